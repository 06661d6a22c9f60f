import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

const versionDeadlineMs = 10_000;

/** Whether a file is there that may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Every executable of that name on PATH, in the order in which a shell finds them. */
export async function allOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const paths = [...new Set(folders)].map((folder) => join(folder, name));
  const found = await Promise.all(paths.map(isExecutable));
  return paths.filter((_, index) => found[index]);
}

export type Version = { version: string } | { problem: string };

/** What `pattern` captures of the output of `path --version`, or why there is no such thing. */
export function readVersion(
  path: string,
  pattern: RegExp,
  env: NodeJS.ProcessEnv,
  deadlineMs: number = versionDeadlineMs,
): Promise<Version> {
  return new Promise((resolve) => {
    const options = { env, timeout: deadlineMs, killSignal: 'SIGKILL' } as const;
    execFile(path, ['--version'], options, (error, stdout, stderr) => {
      const version = pattern.exec(stdout)?.[1];
      if (error === null && version !== undefined) resolve({ version });
      else if (error === null) resolve({ problem: `prints no version (${quote(stdout)})` });
      else if (error.killed)
        resolve({ problem: `printed no version within ${deadlineMs / 1000} s` });
      else if (error.code === 'ENOENT') resolve({ problem: 'is not there' });
      else if (typeof error.code === 'string') resolve({ problem: `cannot run (${error.code})` });
      else
        resolve({
          problem: `fails with ${error.signal ?? `exit code ${error.code}`} (${quote(stderr)})`,
        });
    });
  });
}

function quote(output: string): string {
  const line = output.trim().split('\n', 1)[0] ?? '';
  return line === '' ? 'no output' : `"${line.slice(0, 120)}"`;
}
