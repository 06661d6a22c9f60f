import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { Failure } from './failure.ts';
import { type App, type AppPorts, absolutePath, type MultiAppFile } from './multi-app-file.ts';
import { pathKeys } from './multi-app-keys.ts';
import type { Section } from './multi-app-syntax.ts';

export interface AppChanges {
  ports?: Partial<AppPorts>;
  command?: readonly string[];
  /** Variables for the app alone; its sidecar never sees them. */
  env?: Readonly<Record<string, string>>;
}

export interface Variant {
  /** Absolute path of the file, for `dapr run -f`. */
  path: string;
  /** Removes the file; whoever runs it has read it by then. */
  remove(): void;
}

/** Writes a copy of a multi-app file with some values changed into a temporary folder of its own. */
export function writeVariant(file: MultiAppFile, changesFor: (app: App) => AppChanges): Variant {
  const base = path.dirname(file.path);
  const sections = file.content['apps'] as readonly Section[];
  const content = {
    ...file.content,
    common: withAbsolutePaths(file.content['common'] as Section | undefined, base),
    apps: sections.map((section, index) => {
      const app = file.apps[index];
      if (app === undefined) throw new Error(`apps[${index}] of ${file.path} has not been read.`);
      const { ports, command = app.command, env } = changesFor(app);
      return {
        ...withAbsolutePaths(section, app.directory),
        ...ports,
        appDirPath: app.directory,
        command,
        ...(env && { env: { ...(section['env'] as Section | undefined), ...env } }),
      };
    }),
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'dapr-run-'));
  const target = path.join(folder, 'dapr.yaml');
  writeFileSync(target, stringify(content));
  return { path: target, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The command that restarts an app when its sources change. Throws a Failure where Node does not run it. */
export function watchCommand({ id, command }: App): readonly string[] {
  const [program = '', ...args] = command;
  if (path.basename(program) !== 'node') {
    throw new Failure(
      `${id} cannot be restarted on change: only node can watch, it runs ${program}.`,
    );
  }
  return [program, '--watch', ...args];
}

function withAbsolutePaths(section: Section | undefined, base: string): Section {
  const changed: Record<string, unknown> = { ...section };
  for (const key of pathKeys) {
    const value = changed[key];
    if (typeof value === 'string') changed[key] = absolutePath(base, value);
    if (Array.isArray(value)) changed[key] = value.map((text) => absolutePath(base, String(text)));
  }
  return changed;
}
