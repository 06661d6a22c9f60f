import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findLog, lastLines, logFolder } from '../logs.ts';
import type { App } from '../multi-app-file.ts';

let app: App;

beforeEach(() => {
  app = {
    id: 'chat',
    directory: mkdtempSync(path.join(tmpdir(), 'logs-')),
    command: ['node'],
    ports: {
      appPort: 1,
      daprHTTPPort: 2,
      daprGRPCPort: 3,
      daprInternalGRPCPort: 4,
      metricsPort: 5,
    },
    healthPath: '/health',
    placementHostAddress: '',
  };
});

afterEach(() => rmSync(app.directory, { recursive: true }));

function write(name: string, text = ''): string {
  mkdirSync(logFolder(app), { recursive: true });
  const file = path.join(logFolder(app), name);
  writeFileSync(file, text);
  return file;
}

describe('findLog', () => {
  const since = new Date(2026, 0, 2, 3, 4, 5, 900);

  it('finds the file of this run, not of one before or after it', () => {
    write('chat_app_20260102030404.log');
    const own = write('chat_app_20260102030405.log');
    write('chat_app_20260102030501.log');
    expect(findLog(app, 'app', since)).toBe(own);
  });

  it('tells the sidecar from the app and one app from another', () => {
    write('chat_app_20260102030405.log');
    write('chat_two_daprd_20260102030405.log');
    const own = write('chat_daprd_20260102030406.log');
    expect(findLog(app, 'sidecar', since)).toBe(own);
  });

  it('finds none when there is none', () => {
    expect(findLog(app, 'app', since)).toBeUndefined();
    write('chat_app_20260102030404.log');
    expect(findLog(app, 'app', since)).toBeUndefined();
  });
});

describe('lastLines', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\nb\n\nc\n', ['b', 'c']],
  ])('reads the end of %j', (text, lines) => {
    expect(lastLines(write('a.log', text), 2)).toEqual(lines);
  });

  it('reads whole lines only from the end of a large file', () => {
    const file = write('a.log', `${'x'.repeat(20_000)}\nlast\n`);
    expect(lastLines(file, 5)).toEqual(['last']);
  });
});
