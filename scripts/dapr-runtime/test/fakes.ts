import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Output } from '../progress.ts';

/** An empty folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dapr-runtime-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function writeProgram(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

export function writeCli(folder: string, version = '1.12.0'): Promise<string> {
  return writeProgram(
    join(folder, 'dapr'),
    `printf 'CLI version: ${version} \\nRuntime version: n/a\\n'`,
  );
}

export function writeDaprd(root: string, version = '1.18.0'): Promise<string> {
  return writeProgram(join(root, '.dapr', 'bin', 'daprd'), `echo ${version}`);
}

/** Both in the place where Dapr's CLI looks for daprd. */
export async function writeDapr(root: string): Promise<void> {
  await writeCli(join(root, '.dapr', 'bin'));
  await writeDaprd(root);
}

/**
 * A Go that fetches one file and compiles programs which print their version. `onList` and
 * `onBuild` are shell commands that run first; each call adds a line to `<folder>/calls`.
 */
export async function writeGo(
  folder: string,
  {
    version = '1.26.8',
    toolchain = 'auto',
    onList = '',
    onBuild = '',
  }: { version?: string; toolchain?: string; onList?: string; onBuild?: string } = {},
): Promise<string> {
  return await writeProgram(
    join(folder, 'go'),
    `PATH=/usr/bin:/bin
fetched="$GOMODCACHE/fetched"
program=; for argument; do case "$argument" in -o=*) program="\${argument#-o=}";; esac; done
echo "$1 \${program##*/}" >> '${folder}/calls'
case "$1" in
env) printf 'go${version}\\n${toolchain}\\n' ;;
list)
  ${onList}
  mkdir -p "$GOMODCACHE"
  echo "go: downloading example.com/module v1.0.0" >&2
  echo module > "$fetched" ;;
build)
  ${onBuild}
  echo example.com/package >&2
  case "$program" in */dapr) says='CLI version: 1.12.0' ;; *) says=1.18.0 ;; esac
  printf '#!/bin/sh\\necho %s\\n' "$says" > "$program"
  chmod +x "$program" ;;
esac`,
  );
}

/** Remembers what is written to it. */
export function recordOutput(terminal?: { columns: number }): Output & { text(): string } {
  let text = '';
  return {
    write(more) {
      text += more;
    },
    text: () => text,
    ...(terminal && { isTTY: true, ...terminal }),
  };
}
