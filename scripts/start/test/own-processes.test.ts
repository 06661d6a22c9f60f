import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { createOwnProcesses } from '../own-processes.ts';
import { findProcess, isRunning, type Process } from '../processes.ts';
import { OBEDIENT, STUBBORN } from './fake-dapr.ts';
import { until } from './until.ts';

const started: ChildProcess[] = [];

afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(-(pid ?? 0), 'SIGKILL');
    } catch (error) {
      expect(error).toMatchObject({ code: 'ESRCH' });
    }
  }
});

/** Starts a process that starts another one, which runs `code`, and waits until both run. */
async function startPair(code: string): Promise<{ parent: Process; child: Process }> {
  const script = `
    const { spawn } = require('node:child_process');
    const code = ${JSON.stringify(`${code}; console.log(process.pid)`)};
    spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'inherit', 'inherit'] });
    setInterval(() => {}, 1000);`;
  const process_ = spawn(process.execPath, ['-e', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(process_);
  const [line] = await once(createInterface({ input: process_.stdout }), 'line');
  const parent = findProcess(process_.pid ?? 0);
  const child = findProcess(Number(line));
  if (parent === undefined || child === undefined) throw new Error('They do not run.');
  return { parent, child };
}

describe('createOwnProcesses', () => {
  it('ends a process and what it has started', async () => {
    const { parent, child } = await startPair(OBEDIENT);
    const own = createOwnProcesses();
    own.add(parent.pid);
    await own.end(5_000);
    expect([parent, child].map(isRunning)).toEqual([false, false]);
  });

  it('ends what is left of a process that has died', async () => {
    const { parent, child } = await startPair(OBEDIENT);
    const own = createOwnProcesses();
    own.add(parent);
    process.kill(parent.pid, 'SIGKILL');
    await until(() => !isRunning(parent));
    expect(isRunning(child)).toBe(true);
    await own.end(5_000);
    expect(isRunning(child)).toBe(false);
  });

  it('ends with SIGKILL what does not heed SIGTERM', async () => {
    const { parent, child } = await startPair(STUBBORN);
    const own = createOwnProcesses();
    own.add(parent);
    await own.end(100);
    expect([parent, child].map(isRunning)).toEqual([false, false]);
  });

  it('ends everything without giving up control', async () => {
    const { parent, child } = await startPair(STUBBORN);
    const own = createOwnProcesses();
    own.add(parent);
    own.kill();
    await until(() => ![parent, child].some(isRunning));
  });

  it('spares a stranger that has got the pid of a process of its own', async () => {
    const { parent, child } = await startPair(OBEDIENT);
    const own = createOwnProcesses();
    own.add({ ...parent, startedAt: parent.startedAt - 1 });
    await own.end(100);
    own.kill();
    expect([parent, child].map(isRunning)).toEqual([true, true]);
  });

  it('has nothing to do when nothing was started', async () => {
    const own = createOwnProcesses();
    await own.end(100);
    own.kill();
  });
});
