import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { type App, type MultiAppFile, readMultiAppFile } from '../multi-app-file.ts';
import { DEFAULT_FILE } from '../options.ts';
import { type AppChanges, type Variant, watchCommand, writeVariant } from '../variant.ts';

const original = readMultiAppFile(DEFAULT_FILE);
const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function write(file: MultiAppFile, changesFor: (app: App) => AppChanges): Variant {
  const variant = writeVariant(file, changesFor);
  cleanups.push(variant.remove);
  return variant;
}

describe('writeVariant', () => {
  it('runs the same apps with the same files when nothing is changed', () => {
    const variant = write(original, () => ({}));
    expect(path.dirname(variant.path)).not.toBe(path.dirname(original.path));
    expect(readMultiAppFile(variant.path).apps).toEqual(original.apps);

    const folder = path.dirname(original.path);
    const { common, ...rest } = parse(readFileSync(variant.path, 'utf8'));
    expect(common).toEqual({
      ...(original.content['common'] as object),
      configFilePath: path.join(folder, 'configuration.yaml'),
      resourcesPaths: [path.join(folder, 'resources')],
    });
    expect(rest).toMatchObject({ version: 1 });
  });

  it('changes ports, command and variables of the app that they are given for', () => {
    const variant = write(original, ({ id }) =>
      id === 'chat-service'
        ? { ports: { appPort: 18_000 }, command: ['node', 'x.ts'], env: { ON: 'on' } }
        : {},
    );
    const [analytics, chat] = readMultiAppFile(variant.path).apps;
    expect(analytics).toEqual(original.apps[0]);
    expect(chat).toEqual({
      ...original.apps[1],
      ports: { ...original.apps[1]?.ports, appPort: 18_000 },
      command: ['node', 'x.ts'],
    });
    expect(parse(readFileSync(variant.path, 'utf8')).apps[1].env).toEqual({
      APP_METRICS_PORT: '9190',
      ON: 'on',
    });
  });

  it('keeps the paths of an app, which start at its own folder', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'variant-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    mkdirSync(path.join(folder, 'app', 'resources'), { recursive: true });
    writeFileSync(
      path.join(folder, 'dapr.yaml'),
      `version: 1
apps:
  - appID: a
    appDirPath: app
    resourcesPath: resources
    env: {A: "1", B: "2"}
    appPort: 1
    daprHTTPPort: 2
    daprGRPCPort: 3
    daprInternalGRPCPort: 4
    metricsPort: 5
    command: [node]
`,
    );
    const variant = write(readMultiAppFile(folder), () => ({ env: { B: '3' } }));
    expect(parse(readFileSync(variant.path, 'utf8')).apps[0]).toMatchObject({
      appDirPath: path.join(folder, 'app'),
      resourcesPath: path.join(folder, 'app', 'resources'),
      env: { A: '1', B: '3' },
    });
  });

  it('removes what it has written, also when asked twice', () => {
    const variant = write(original, () => ({}));
    variant.remove();
    variant.remove();
    expect(existsSync(path.dirname(variant.path))).toBe(false);
  });

  it('writes nothing when the changes fail', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'variant-'));
    cleanups.push(() => rmSync(folder, { recursive: true }), vi.unstubAllEnvs);
    vi.stubEnv('TMPDIR', folder);
    expect(() =>
      writeVariant(original, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('watchCommand', () => {
  const [app] = original.apps as [App];

  it('lets node restart the app on change', () => {
    expect(watchCommand({ ...app, command: ['../bin/node', '--no-warnings', 'a.ts'] })).toEqual([
      '../bin/node',
      '--watch',
      '--no-warnings',
      'a.ts',
    ]);
  });

  it('names an app that something else runs', () => {
    expect(() => watchCommand({ ...app, id: 'py', command: ['python3', 'a.py'] })).toThrow(
      'py cannot be restarted on change: only node can watch, it runs python3.',
    );
  });
});
