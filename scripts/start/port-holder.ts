import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { commandOf, listProcesses } from './processes.ts';

export interface PortHolder {
  pid: number;
  /** For people: the program and, for an interpreter, its script. */
  name: string;
  /** The `dapr run` that started it. */
  daprRunPid: number | undefined;
}

/** Who listens on each of the ports; a port is missing where the system does not tell. */
export async function findPortHolders(
  ports: readonly number[],
): Promise<ReadonlyMap<number, PortHolder>> {
  const pids = process.platform === 'linux' ? await pidsFromProc(ports) : await pidsFromLsof(ports);
  return new Map([...pids].map(([port, pid]) => [port, describe(pid)]));
}

// Arguments beyond the script may hold secrets, so they are not shown.
function describe(pid: number): PortHolder {
  const [program = 'unknown program', script = ''] = commandOf({ pid });
  const shown = script === '' || script.startsWith('-') ? '' : ` ${script}`;
  return { pid, name: path.basename(program) + shown, daprRunPid: daprRunOf(pid) };
}

function daprRunOf(pid: number): number | undefined {
  const processes = new Map(listProcesses().map((found) => [found.pid, found]));
  for (let next = processes.get(pid); next !== undefined; next = processes.get(next.parent)) {
    const [program = '', verb] = commandOf(next);
    if (path.basename(program) === 'dapr' && verb === 'run') return next.pid;
  }
  return undefined;
}

async function pidsFromProc(ports: readonly number[]): Promise<Map<number, number>> {
  const portOfInode = new Map<string, number>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const [port, inode] of listeners(await readOrEmpty(table))) {
      if (ports.includes(port)) portOfInode.set(inode, port);
    }
  }
  const pids = new Map<number, number>();
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || portOfInode.size === 0) continue;
    for (const inode of await socketInodes(`/proc/${pid}/fd`)) {
      const port = portOfInode.get(inode);
      if (port !== undefined) pids.set(port, Number(pid));
    }
  }
  return pids;
}

function listeners(table: string): [port: number, inode: string][] {
  const LISTEN = '0A';
  return table.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const [, local = '', , state] = columns;
    const inode = columns[9];
    if (state !== LISTEN || inode === undefined) return [];
    return [[Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16), inode]];
  });
}

async function socketInodes(folder: string): Promise<string[]> {
  try {
    const links = await Promise.all(
      (await readdir(folder)).map((name) => readlink(path.join(folder, name)).catch(() => '')),
    );
    return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  } catch {
    // The process ended meanwhile, or is another user's: its ports stay without a name.
    return [];
  }
}

async function readOrEmpty(file: string): Promise<string> {
  // A kernel without IPv6 has no tcp6.
  return readFile(file, 'utf8').catch(() => '');
}

async function pidsFromLsof(ports: readonly number[]): Promise<Map<number, number>> {
  const found = await Promise.all(
    ports.map(async (port): Promise<[number, number][]> => {
      const pid = await lsof(port);
      return pid === undefined ? [] : [[port, pid]];
    }),
  );
  return new Map(found.flat());
}

async function lsof(port: number): Promise<number | undefined> {
  try {
    const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'];
    const { stdout } = await promisify(execFile)('lsof', args, { timeout: 3_000 });
    const pid = /^p(\d+)$/m.exec(stdout)?.[1];
    return pid === undefined ? undefined : Number(pid);
  } catch {
    // lsof ends with 1 where it finds nothing, and is missing on some systems.
    return undefined;
  }
}
