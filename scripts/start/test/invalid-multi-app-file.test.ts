import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProject, type Project, valid } from './multi-app-project.ts';

let project: Project;

beforeEach(() => {
  project = createProject();
});

afterEach(() => project.remove());

describe('readMultiAppFile with a file that is wrong', () => {
  it.each([
    ['at the top', 'version: 1', 'version: 1\napp: []', 'line 2: unknown key "app"'],
    ['in common', '  placementHostAddress: ""', '  other: {}', 'line 6: unknown key "other"'],
    [
      'of an app',
      '    metricsPort: 9092',
      '    metricsPort: 9092\n    port: 1',
      'line 23: unknown key "port"',
    ],
    ['of apps in common', 'common:', 'common:\n  appPort: 1', 'line 3: unknown key "appPort"'],
  ])('names an unknown key %s and its line', (_place, text, replacement, problem) => {
    expect(project.problems(valid.replace(text, replacement))).toEqual([
      `${problem}, which Dapr would ignore.`,
    ]);
  });

  it('proposes the key that was meant', () => {
    expect(project.problems(valid.replace('configFilePath', 'config_filepath'))).toEqual([
      'line 3: unknown key "config_filepath", which Dapr would ignore. Did you mean "configFilePath"?',
    ]);
  });

  it.each([
    ['appPort: 8001', 'appPort: "8001"', 'line 10: appPort must be a whole number.'],
    ['appPort: 8001', 'appPort: 80.5', 'line 10: appPort must be a whole number.'],
    ['appPort: 8001', 'appPort: 0', 'line 10: appPort of first is 0; ports go from 1 to 65535.'],
    [
      'appPort: 8001',
      'appPort: 65536',
      'line 10: appPort of first is 65536; ports go from 1 to 65535.',
    ],
    ['appPort: 8001', 'appPort:', 'line 10: first has no appPort; Dapr would take a random port.'],
    ['    appPort: 8001\n', '', 'line 8: first has no appPort; Dapr would take a random port.'],
    [
      '    metricsPort: 9091\n',
      '',
      'line 8: first has no metricsPort; Dapr would take a random port.',
    ],
    [
      'appPort: 8002',
      'appPort: 8001',
      'line 18: appPort of second is 8001, which is appPort of first already.',
    ],
    [
      'metricsPort: 9092',
      'metricsPort: 3501',
      'line 22: metricsPort of second is 3501, which is daprHTTPPort of first already.',
    ],
    ['appID: second', 'appID: first', 'line 16: appID "first" is there twice.'],
    ['appID: first\n    ', '', 'line 8: apps[0] has no appID.'],
    [
      'command: ["node", "server.ts"]',
      'command: node server.ts',
      'line 15: command must be a list of texts.',
    ],
    ['command: ["node", "server.ts"]', 'command: []', 'line 15: first has no command.'],
    ['    command: ["node", "server.ts"]\n', '', 'line 8: first has no command.'],
    ['version: 1', 'version: 0', 'line 1: version is missing; write "version: 1".'],
    ['version: 1', 'name: x', 'line 1: version is missing; write "version: 1".'],
    [
      'placementHostAddress: ""',
      'enableApiLogging: maybe',
      'line 6: enableApiLogging must be true or false.',
    ],
    [
      'placementHostAddress: ""',
      'env: [A]',
      'line 6: env must be a list of names with a value each.',
    ],
  ])('refuses %j written as %j', (text, replacement, problem) => {
    expect(project.problems(valid.replace(text, replacement))).toEqual([problem]);
  });

  it.each([
    [
      'appDirPath: ./one',
      'appDirPath: ./three',
      'line 9: appDirPath of first: there is no folder FOLDER/three.',
    ],
    [
      'appDirPath: ./one',
      'appDirPath: ./dapr.yaml',
      'line 9: appDirPath of first: there is no folder FOLDER/dapr.yaml.',
    ],
    ['    appDirPath: ./one\n', '', 'line 8: first has no appDirPath.'],
    [
      './configuration.yaml',
      './configuration.yml',
      'line 3: configFilePath: there is no FOLDER/configuration.yml.',
    ],
    ['- ./resources', '- ./components', 'line 5: resourcesPaths: there is no FOLDER/components.'],
    [
      'appPort: 8001',
      'appPort: 8001\n    resourcesPaths: [../resources, r]',
      'line 11: resourcesPaths: there is no FOLDER/one/r.',
    ],
  ])('names the path that is not there for %j written as %j', (text, replacement, problem) => {
    expect(project.problems(valid.replace(text, replacement))).toEqual([
      problem.replace('FOLDER', project.folder),
    ]);
  });

  it('reports everything at once, from the top to the end', () => {
    const text = valid
      .replace('version: 1\n', '')
      .replace('appPort: 8001', 'appport: 8001')
      .replace('daprGRPCPort: 50021', 'daprGRPCPort: x');
    expect(project.problems(text)).toEqual([
      'line 1: version is missing; write "version: 1".',
      'line 7: first has no appPort; Dapr would take a random port.',
      'line 9: unknown key "appport", which Dapr would ignore. Did you mean "appPort"?',
      'line 19: daprGRPCPort must be a whole number.',
    ]);
  });

  it.each([
    ['an empty file', '', 'line 1: the file must consist of keys and values.'],
    ['a list', '- a\n', 'line 1: the file must consist of keys and values.'],
    ['no apps', 'version: 1\n', 'line 1: apps is missing or empty; there is nothing to run.'],
    [
      'empty apps',
      'version: 1\napps: []\n',
      'line 2: apps is missing or empty; there is nothing to run.',
    ],
    ['a repeated key', 'version: 1\nversion: 1\n', 'line 2: Map keys must be unique.'],
  ])('refuses %s', (_case, text, problem) => {
    expect(project.problems(text)).toEqual([problem]);
  });

  it('names the line where the YAML breaks', () => {
    expect(project.problems(valid.replace('appID: first', 'appID: first: x'))[0]).toMatch(
      /^line 8: /,
    );
  });
});
