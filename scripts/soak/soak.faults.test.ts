import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { needRuntime, runtime } from '../live/runtime.ts';
import { waitUntil } from '../live/sidecar-process.ts';
import { familyOf, findProcess, listProcesses } from '../start/processes.ts';

describe.skipIf(!runtime)('pnpm soak', () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  const start = (...args: string[]) => {
    const started = spawn(process.execPath, [path.join(import.meta.dirname, 'soak.ts'), ...args], {
      env: { ...process.env, DAPR_RUNTIME_PATH: needRuntime().root },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    let output = '';
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const exit = once(started, 'exit').then(([code]) => code as number | null);
    return { pid: started.pid ?? 0, output: () => output, exit };
  };

  it('finds nothing wrong in 20 s with faults', async () => {
    const { output, exit } = start('--minutes', '0.33', '--seed', '4', '--rate', '20');
    expect(await exit, output()).toBe(0);
    expect(output()).toContain('--seed 4 repeats it');
    expect(output()).toMatch(/\d+ chats, [1-9]\d* faults/);
    expect(output()).toContain('Verdict: all is well.');
  });

  it('ends all it has started when it is interrupted, and judges what it has seen', async () => {
    const { pid, output, exit } = start('--minutes', '5', '--rate', '20');
    await waitUntil('it runs', async () => output().includes(' wrong, '), 30_000);
    const root = findProcess(pid);
    const family = root ? familyOf([root], listProcesses()) : [];
    expect(family.length).toBeGreaterThan(4);
    process.kill(pid, 'SIGINT');
    expect(await exit).toBe(130);
    expect(output()).toContain('Verdict:');
    await waitUntil('all have ended', async () => familyOf(family, listProcesses()).length === 0);
  });

  it('leaves nothing behind where it is killed', async () => {
    const { pid, output, exit } = start('--minutes', '5', '--rate', '20');
    await waitUntil('it runs', async () => output().includes(' wrong, '), 30_000);
    const root = findProcess(pid);
    const family = root ? familyOf([root], listProcesses()) : [];
    expect(family.length).toBeGreaterThan(4);
    process.kill(pid, 'SIGKILL');
    await exit;
    await waitUntil('all have ended', async () => familyOf(family, listProcesses()).length === 0);
  });

  it('refuses a wrong option', async () => {
    const { output, exit } = start('--minutes', 'ten');
    expect(await exit).toBe(2);
    expect(output()).toContain('--minutes is "ten"');
  });
});
