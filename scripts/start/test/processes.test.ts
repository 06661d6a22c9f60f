import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  commandOf,
  familyOf,
  findProcess,
  isRunning,
  listProcesses,
  type Process,
  signalProcess,
} from '../processes.ts';

function processOf(pid: number, parent: number, group: number, session: number): Process {
  return { pid, parent, group, session, startedAt: pid };
}

describe('familyOf', () => {
  const root = processOf(100, 1, 100, 100);
  const family = (...processes: Process[]) => familyOf([root], processes).map(({ pid }) => pid);

  it('holds a root and its descendants, however far', () => {
    const child = processOf(101, 100, 101, 101);
    const grandchild = processOf(102, 101, 102, 102);
    expect(family(grandchild, processOf(200, 1, 200, 200), child, root)).toEqual([102, 101, 100]);
  });

  it('holds an orphan that shares the session or the group', () => {
    expect(family(processOf(101, 1, 300, 100), processOf(102, 1, 100, 300))).toEqual([101, 102]);
  });

  it('holds what an orphan has started', () => {
    expect(family(processOf(102, 101, 102, 102), processOf(101, 1, 101, 100))).toEqual([102, 101]);
  });

  it('is empty when the pid of the root belongs to a later process', () => {
    const stranger = { ...root, startedAt: 101 };
    expect(family(stranger, processOf(102, 100, 100, 100))).toEqual([]);
  });

  it('never holds the process that asks', () => {
    expect(family(processOf(process.pid, 100, 100, 100), root)).toEqual([100]);
  });
});

describe('the processes of this system', () => {
  it('include this one with its parent', () => {
    const own = listProcesses().find(({ pid }) => pid === process.pid);
    expect(own).toMatchObject({ parent: process.ppid });
    expect(findProcess(process.pid)).toMatchObject({ startedAt: own?.startedAt });
    expect(commandOf({ pid: process.pid })[0]).toContain('node');
  });

  it('no longer include one that has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const found = findProcess(child.pid ?? 0);
    if (found === undefined) throw new Error('It does not run.');
    expect(isRunning(found)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isRunning(found)).toBe(false);
    expect(findProcess(found.pid)).toBeUndefined();
    expect(commandOf({ pid: found.pid })).toEqual([]);
    expect(signalProcess(found.pid, 'SIGTERM')).toBe(false);
  });

  it('tell a process from an earlier one with the same pid', () => {
    const own = findProcess(process.pid);
    if (own === undefined) throw new Error('This process does not run.');
    expect(isRunning(own)).toBe(true);
    expect(isRunning({ ...own, startedAt: own.startedAt + 1 })).toBe(process.platform !== 'linux');
  });
});
