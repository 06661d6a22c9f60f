import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findPortHolders as findPortHoldersHere } from '../port-holder.ts';
import { listProcesses as listProcessesHere } from '../processes.ts';

function has(program: string): boolean {
  return spawnSync(program, ['-v']).error === undefined;
}

// What macOS takes instead of /proc; both tools take the same options on Linux.
describe('without /proc', () => {
  const { platform } = process;

  beforeEach(() => {
    vi.resetModules();
    Object.defineProperty(process, 'platform', { value: 'darwin' });
  });

  afterEach(() => {
    Object.defineProperty(process, 'platform', { value: platform });
  });

  it.skipIf(!has('ps'))('ps tells the same about processes', async () => {
    const { commandOf, findProcess, isRunning, listProcesses } = await import('../processes.ts');
    const found = listProcesses().find(({ pid }) => pid === process.pid);
    const { parent, group } = listProcessesHere().find(({ pid }) => pid === process.pid) ?? {};
    expect(found).toMatchObject({ parent, group, session: 0 });
    expect(found?.startedAt).toBeLessThan(Date.now());
    expect(found?.startedAt).toBeGreaterThan(Date.now() - 3_600_000);
    if (found === undefined) return;
    expect(isRunning(found)).toBe(true);
    expect(commandOf(found)).toEqual(commandOf({ pid: process.pid }));
    expect(commandOf(found)[0]).toContain('node');
    expect(findProcess(2 ** 22 + 1)).toBeUndefined();
  });

  it.skipIf(!has('ps') || !has('lsof'))('lsof tells the same about ports', async () => {
    const { findPortHolders } = await import('../port-holder.ts');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    try {
      const holders = await findPortHolders([port]);
      expect(holders.get(port)?.pid).toBe(process.pid);
      expect((await findPortHoldersHere([port])).get(port)?.pid).toBe(process.pid);
    } finally {
      server.close();
    }
    expect([...(await findPortHolders([port]))]).toEqual([]);
  });
});
