import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { DaprUnavailable } from './dapr-unavailable.ts';
import { allOnPath } from './executables.ts';
import { oldestVersion } from './find.ts';
import { isAtLeast } from './version.ts';

export interface Go {
  /** Absolute path of the `go` executable. */
  path: string;
  /** Such as `1.26.8`. */
  version: string;
  /** Whether it is older than what is wanted, and fetches a newer Go by itself. */
  switches: boolean;
}

const versionDeadlineMs = 30_000;
const firstGoThatSwitches = '1.21';

/** Finds a Go that can build what needs Go `wanted`. Throws DaprUnavailable where there is none. */
export async function requireGo(env: NodeJS.ProcessEnv, wanted: string): Promise<Go> {
  const [path] = await allOnPath('go', env);
  if (path === undefined) throw new DaprUnavailable(waysToDapr('no Go to build it with', wanted));
  const { version, toolchain } = await askGo(path, env);
  if (isAtLeast(version, wanted)) return { path, version, switches: false };
  const automatic = toolchain === 'auto' || toolchain.endsWith('+auto');
  const switches = automatic && isAtLeast(version, firstGoThatSwitches);
  if (switches) return { path, version, switches };
  const reason = `Go ${version} (${path}) is too old to build it: Go ${wanted} or newer is wanted`;
  throw new DaprUnavailable(waysToDapr(reason, wanted));
}

async function askGo(path: string, env: NodeJS.ProcessEnv) {
  const options = { env: { ...env, GOWORK: 'off' }, cwd: tmpdir(), timeout: versionDeadlineMs };
  const asked = ['env', 'GOVERSION', 'GOTOOLCHAIN'];
  const { stdout } = await promisify(execFile)(path, asked, options).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new DaprUnavailable(
      `There is no Dapr here, and the Go to build it with does not work: ${reason}`,
      { cause },
    );
  });
  const [version = '', toolchain = ''] = stdout.split('\n');
  const number = /^(?:devel )?go(\d+\.\d+(?:\.\d+)?)/.exec(version)?.[1];
  if (number === undefined) {
    throw new DaprUnavailable(
      `There is no Dapr here, and ${path} does not say which Go it is (it prints "${version}").`,
    );
  }
  return { version: number, toolchain };
}

function waysToDapr(reason: string, goVersion: string): string {
  return `There is no Dapr on this machine, and ${reason}. Do one of these, then run this again:
  - Install Dapr ${oldestVersion} or newer, its CLI and its runtime:
      https://docs.dapr.io/getting-started/install-dapr-cli/
      then \`dapr init\` (with Docker) or \`dapr init --slim\` (without)
  - Install Go ${goVersion} or newer, and Dapr is built here, once, in some minutes:
      https://go.dev/dl/`;
}

/**
 * The environment for Go: all that it fetches and compiles stays below `work`. Whatever the user
 * has set for proxies, checksums and flags stays as it is.
 */
export function goEnvironment(env: NodeJS.ProcessEnv, work: string): NodeJS.ProcessEnv {
  return {
    ...env,
    GOMODCACHE: `${work}/mod`,
    GOCACHE: `${work}/compiled`,
    // Else an interrupted link leaves its half in the machine's folder for temporary files.
    GOTMPDIR: `${work}/tmp`,
    GO111MODULE: 'on',
    GOWORK: 'off',
    // As Dapr's own releases are built; no C compiler is needed.
    CGO_ENABLED: '0',
    GOOS: process.platform,
    GOARCH: process.arch === 'x64' ? 'amd64' : process.arch,
  };
}
