import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InvalidMultiAppFile } from '../invalid-multi-app-file.ts';
import { displayName, type MultiAppFile, readMultiAppFile } from '../multi-app-file.ts';

/** A multi-app file that nothing is wrong with, in the folder of `createProject`. */
export const valid = `version: 1
common:
  configFilePath: ./configuration.yaml
  resourcesPaths:
    - ./resources
  placementHostAddress: ""
apps:
  - appID: first
    appDirPath: ./one
    appPort: 8001
    daprHTTPPort: 3501
    daprGRPCPort: 50011
    daprInternalGRPCPort: 50012
    metricsPort: 9091
    command: ["node", "server.ts"]
  - appID: second
    appDirPath: ./two
    appPort: 8002
    daprHTTPPort: 3502
    daprGRPCPort: 50021
    daprInternalGRPCPort: 50022
    metricsPort: 9092
    appHealthCheckPath: /ready
    placementHostAddress: placement:50005
    command: ["node", "server.ts"]
`;

export interface Project {
  folder: string;
  file: string;
  /** Reads a multi-app file that says `text`. */
  read(text: string): MultiAppFile;
  /** What is wrong with a multi-app file that says `text`. */
  problems(text: string): string[];
  remove(): void;
}

/** A folder with everything that the valid file names. */
export function createProject(): Project {
  const folder = mkdtempSync(path.join(tmpdir(), 'multi-app-file-'));
  const file = path.join(folder, 'dapr.yaml');
  for (const name of ['one', 'two', 'resources']) mkdirSync(path.join(folder, name));
  writeFileSync(path.join(folder, 'configuration.yaml'), '');
  const read = (text: string) => {
    writeFileSync(file, text);
    return readMultiAppFile(file);
  };
  return {
    folder,
    file,
    read,
    problems(text) {
      try {
        read(text);
      } catch (error) {
        if (!(error instanceof InvalidMultiAppFile)) throw error;
        const [title, ...lines] = error.message.split('\n');
        if (title !== `${displayName(file)} cannot be used:`) throw error;
        return lines.map((line) => line.trim());
      }
      return [];
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
