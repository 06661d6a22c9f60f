import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { InvalidMultiAppFile } from './invalid-multi-app-file.ts';
import { pathKeys, portKeys } from './multi-app-keys.ts';
import { type ParsedMultiAppFile, parseMultiAppFile, type Section } from './multi-app-syntax.ts';

export type PortKey = (typeof portKeys)[number];
export type AppPorts = Readonly<Record<PortKey, number>>;

export interface App {
  /** Dapr's app id, unique in the file. */
  id: string;
  /** Absolute path of the folder that the app is started in. */
  directory: string;
  command: readonly string[];
  ports: AppPorts;
  /** The port of the app's own metrics, where its `env` sets APP_METRICS_PORT. */
  ownMetricsPort?: number | undefined;
  /** Path of the health route, `/health` where the file names none. */
  healthPath: string;
  /** Empty where the file leaves it to Dapr's CLI. */
  placementHostAddress: string;
}

export interface MultiAppFile {
  /** Absolute path. */
  path: string;
  /** In the order in which Dapr's CLI starts them. */
  apps: readonly App[];
  /** The file's own keys and values, with relative paths as they stand. */
  content: Section;
}

/**
 * Reads the file that `dapr run -f` takes, or `dapr.yaml` in the folder of that name.
 * Stricter than Dapr's CLI: every port is pinned, and a key that the CLI would ignore is an error.
 * Throws InvalidMultiAppFile with all that is wrong.
 */
export function readMultiAppFile(location: string): MultiAppFile {
  const file = locate(path.resolve(location));
  const parsed = parseMultiAppFile(readText(file), displayName(file));
  reportMissing(parsed);
  reportMissingPaths(parsed, ['common'], parsed.common, path.dirname(file));
  const apps = parsed.apps.map((section, index) => readApp(parsed, section, index, file));
  reportDuplicates(parsed, apps);

  const problems = parsed.problems();
  if (problems.length > 0) throw new InvalidMultiAppFile(displayName(file), problems);
  return { path: file, apps, content: parsed.root };
}

/** A path as a person at this terminal would write it. */
export function displayName(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') || relative === '' ? file : relative;
}

/** The path that Dapr's CLI makes of one in a multi-app file. */
export function absolutePath(base: string, text: string): string {
  return path.resolve(base, text.replace(/^~(?=\/|$)/, homedir()));
}

function locate(file: string): string {
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? path.join(file, 'dapr.yaml') : file;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidMultiAppFile(displayName(file), [
      existsSync(file) ? `it cannot be read: ${reason}.` : 'there is no such file.',
    ]);
  }
}

function reportMissing({ root, apps, report }: ParsedMultiAppFile): void {
  // Any version but 0 passes the CLI's own check.
  if ((root['version'] ?? 0) === 0) report([], 'version is missing; write "version: 1".');
  if (apps.length === 0) report(['apps'], 'apps is missing or empty; there is nothing to run.');
}

function readApp(
  { common, report }: ParsedMultiAppFile,
  section: Section,
  index: number,
  file: string,
): App {
  const place = (key: string) => ['apps', index, key];
  const text = (key: string) => String(section[key] ?? '');
  const id = text('appID');
  const name = nameOf(id, index);
  const isMissing = (key: string) => (section[key] ?? '') === '';
  if (isMissing('appID')) report(place('appID'), `${name} has no appID.`);

  const directory = absolutePath(path.dirname(file), text('appDirPath'));
  if (isMissing('appDirPath')) report(place('appDirPath'), `${name} has no appDirPath.`);
  else if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    report(place('appDirPath'), `appDirPath of ${name}: there is no folder ${directory}.`);
  } else reportMissingPaths({ report }, ['apps', index], section, directory);

  const command = Array.isArray(section['command']) ? section['command'].map(String) : [];
  const isList = Array.isArray(section['command']) || isMissing('command');
  if (isList && !command[0]) report(place('command'), `${name} has no command.`);

  const port = (key: PortKey): number => {
    const value = section[key];
    if (isMissing(key)) {
      report(place(key), `${name} has no ${key}; Dapr would take a random port.`);
    } else if (Number.isSafeInteger(value) && !isPort(value)) {
      report(place(key), `${key} of ${name} is ${value}; ports go from 1 to 65535.`);
    }
    return isPort(value) ? value : 0;
  };

  return {
    id,
    directory,
    command,
    ports: {
      appPort: port('appPort'),
      daprHTTPPort: port('daprHTTPPort'),
      daprGRPCPort: port('daprGRPCPort'),
      daprInternalGRPCPort: port('daprInternalGRPCPort'),
      metricsPort: port('metricsPort'),
    },
    ownMetricsPort:
      Number((section['env'] as Section | undefined)?.['APP_METRICS_PORT']) || undefined,
    healthPath: String(section['appHealthCheckPath'] || common['appHealthCheckPath'] || '/health'),
    placementHostAddress: String(
      section['placementHostAddress'] || common['placementHostAddress'] || '',
    ),
  };
}

function reportDuplicates({ report }: ParsedMultiAppFile, apps: readonly App[]): void {
  const ids = new Set<string>();
  const owners = new Map<number, string>();
  for (const [index, { id, ports }] of apps.entries()) {
    const name = nameOf(id, index);
    if (id !== '' && ids.has(id)) report(['apps', index, 'appID'], `appID "${id}" is there twice.`);
    ids.add(id);
    for (const key of portKeys) {
      const owner = owners.get(ports[key]);
      if (owner !== undefined && ports[key] > 0) {
        report(
          ['apps', index, key],
          `${key} of ${name} is ${ports[key]}, which is ${owner} already.`,
        );
      }
      owners.set(ports[key], `${key} of ${name}`);
    }
  }
}

function nameOf(id: string, index: number): string {
  return id === '' ? `apps[${index}]` : id;
}

function reportMissingPaths(
  { report }: Pick<ParsedMultiAppFile, 'report'>,
  place: readonly (string | number)[],
  section: Section,
  base: string,
): void {
  for (const key of pathKeys) {
    for (const text of [section[key] ?? []].flat()) {
      const target = absolutePath(base, String(text));
      if (!existsSync(target)) report([...place, key], `${key}: there is no ${target}.`);
    }
  }
}

function isPort(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= 65_535;
}
