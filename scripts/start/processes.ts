import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process as the system knows it at one moment. */
export interface Process {
  pid: number;
  parent: number;
  group: number;
  /** Of the session that `setsid` made; 0 where the system does not tell. */
  session: number;
  /** Tells this process from a later one with the same pid; grows with time. */
  startedAt: number;
  /** Where the system tells it along with the rest. */
  command?: readonly string[];
}

const linux = process.platform === 'linux';

/** All processes that run now, zombies left out. */
export function listProcesses(): Process[] {
  if (!linux) return ps(['-ax']).flatMap(fromPs);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => fromProc(Number(name)) ?? []);
}

/** The process that has this pid now; undefined for none and for a zombie. */
export function findProcess(pid: number): Process | undefined {
  return linux ? fromProc(pid) : ps(['-p', String(pid)]).flatMap(fromPs)[0];
}

/** Whether this very process still runs; a zombie does not. */
export function isRunning({ pid, startedAt }: Process): boolean {
  if (linux) return fromProc(pid)?.startedAt === startedAt;
  // Cheaper than ps, and four times a second; there launchd or the CLI ends zombies soon.
  return signalProcess(pid, 0);
}

/** A process's command with its arguments; empty for one that is gone or another user's. */
export function commandOf({ pid, command }: Pick<Process, 'pid' | 'command'>): readonly string[] {
  if (command !== undefined) return command;
  if (linux) return (readProc(pid, 'cmdline') ?? '').split('\0').slice(0, -1);
  return ps(['-p', String(pid)]).flatMap(fromPs)[0]?.command ?? [];
}

/**
 * The roots that still run and everything that came from them: descendants, and what runs in the
 * session or the process group of one, also after a parent in between has died.
 */
export function familyOf(roots: readonly Process[], processes: readonly Process[]): Process[] {
  const current = new Map(processes.map((found) => [found.pid, found]));
  // A pid goes to a stranger only when nothing is left in the group and session of that name.
  const own = roots.filter(({ pid, startedAt }) => {
    const holder = current.get(pid);
    return holder === undefined || holder.startedAt === startedAt;
  });
  const family = new Set(own.map(({ pid }) => pid));
  for (let size = -1; size !== family.size; ) {
    size = family.size;
    for (const { pid, parent, group, session } of processes) {
      const related = family.has(parent) || family.has(group) || family.has(session);
      if (related && pid !== process.pid) family.add(pid);
    }
  }
  return processes.filter(({ pid }) => family.has(pid));
}

/** Sends a signal, or with 0 none; false for a process that is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ESRCH') return false;
    // It runs, as another user.
    if (code === 'EPERM' && signal === 0) return true;
    throw error;
  }
}

// Field numbers as in proc(5); the name in field 2 may hold blanks and brackets.
function fromProc(pid: number): Process | undefined {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => fields[number - 3] ?? '';
  if (field(3) === 'Z' || field(3) === 'X') return undefined;
  return {
    pid,
    parent: Number(field(4)),
    group: Number(field(5)),
    session: Number(field(6)),
    startedAt: Number(field(22)),
  };
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

function fromPs(line: string): Process[] {
  const [pid, parent, group, state, ...rest] = line.trim().split(/\s+/);
  if (state === undefined || state.startsWith('Z')) return [];
  return [
    {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: 0,
      // As in "Sat Nov 21 03:39:59 2026".
      startedAt: Date.parse(rest.slice(0, 5).join(' ')),
      command: rest.slice(5),
    },
  ];
}

function ps(selection: string[]): string[] {
  const columns = 'pid=,ppid=,pgid=,stat=,lstart=,command=';
  const { stdout, error } = spawnSync('ps', [...selection, '-ww', '-o', columns], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    timeout: 2_000,
  });
  if (error) throw new Error(`ps does not tell which processes run: ${error.message}`);
  return stdout.split('\n').filter((line) => line !== '');
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
