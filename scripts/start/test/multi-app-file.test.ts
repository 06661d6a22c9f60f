import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMultiAppFile } from '../multi-app-file.ts';
import { DEFAULT_FILE } from '../options.ts';
import { createProject, type Project, valid } from './multi-app-project.ts';

let project: Project;

beforeEach(() => {
  project = createProject();
});

afterEach(() => project.remove());

describe('readMultiAppFile', () => {
  it('reads what the project itself runs', () => {
    const { apps, path: location } = readMultiAppFile(DEFAULT_FILE);
    expect(location).toBe(DEFAULT_FILE);
    expect(apps).toMatchObject([
      { id: 'analytics-service', ports: { appPort: 8001, daprHTTPPort: 3501 } },
      { id: 'chat-service', ports: { appPort: 8000, daprHTTPPort: 3500 } },
    ]);
    expect(apps[1]?.directory).toBe(
      fileURLToPath(new URL('../../../chat-service', import.meta.url)),
    );
  });

  it('gives absolute folders, every port and the health path of each app', () => {
    expect(project.read(valid).apps).toEqual([
      {
        id: 'first',
        directory: path.join(project.folder, 'one'),
        command: ['node', 'server.ts'],
        ports: {
          appPort: 8001,
          daprHTTPPort: 3501,
          daprGRPCPort: 50011,
          daprInternalGRPCPort: 50012,
          metricsPort: 9091,
        },
        healthPath: '/health',
        placementHostAddress: '',
      },
      expect.objectContaining({
        id: 'second',
        healthPath: '/ready',
        placementHostAddress: 'placement:50005',
      }),
    ]);
  });

  it('takes a folder for the dapr.yaml in it', () => {
    expect(project.read(valid).path).toBe(project.file);
    expect(readMultiAppFile(project.folder).path).toBe(project.file);
  });

  it('says so when there is no such file', () => {
    expect(() => readMultiAppFile(path.join(project.folder, 'other.yaml'))).toThrow(
      'there is no such file',
    );
  });

  it('knows the keys of old and new versions of the CLI', () => {
    const keys = [
      'daprHTTPMaxRequestSize: 8',
      'maxBodySize: 8Mi',
      'schedulerHostAddress: " "',
      'enableApiLogging: true',
      'env:\n    PORT: 5\n    DEBUG: "true"',
    ];
    const common = keys.map((key) => `  ${key}\n`).join('');
    expect(project.problems(valid.replace('common:\n', `common:\n${common}`))).toEqual([]);
  });

  it('follows anchors and merges', () => {
    const text = valid
      .replace('- appID: first', '- &first\n    appID: first')
      .replace('- appID: second', '- <<: *first\n    appID: second')
      .replace(/ {4}command: .*\n$/, '');
    expect(project.read(text).apps[1]).toMatchObject({
      id: 'second',
      command: ['node', 'server.ts'],
    });
  });
});
