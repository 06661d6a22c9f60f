import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { takeLock } from '../lock.ts';
import { temporaryFolder } from './fakes.ts';

const patience = { deadlineMs: 20_000, pauseMs: 5 };
const { signal } = new AbortController();

function failToWait() {
  expect.fail('The lock was free.');
}

async function startHolder(path: string) {
  const url = new URL('../lock.ts', import.meta.url).href;
  const program = `
    import { takeLock } from '${url}';
    const { signal } = new AbortController();
    await takeLock(process.argv[1], { deadlineMs: 0, signal, onWait() {} });
    process.stdout.write('taken');
    setInterval(() => {}, 1000);`;
  const args = ['--input-type=module', '--eval', program, path];
  const holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    holder.kill('SIGKILL');
  });
  await once(holder.stdout, 'data');
  return holder;
}

test('gives the lock to one at a time, and to the next on release', async () => {
  const path = join(await temporaryFolder(), 'lock');
  const first = await takeLock(path, { ...patience, signal, onWait: failToWait });
  const waits: number[] = [];
  let taken = false;
  const second = takeLock(path, { ...patience, signal, onWait: release }).then((lock) => {
    taken = true;
    return lock;
  });
  function release(waitedMs: number) {
    expect(taken).toBe(false);
    waits.push(waitedMs);
    if (waits.length === 3) first?.release();
  }
  (await second)?.release();
  expect(waits).toHaveLength(3);
});

test('takes over the lock of a process that was killed', async () => {
  const path = join(await temporaryFolder(), 'lock');
  const holder = await startHolder(path);
  const waiting = Promise.withResolvers<void>();
  const lock = takeLock(path, { ...patience, signal, onWait: () => waiting.resolve() });
  await waiting.promise;
  holder.kill('SIGKILL');
  expect(await lock).toBeDefined();
  (await lock)?.release();
});

test('gives up at its deadline', async () => {
  const path = join(await temporaryFolder(), 'lock');
  const holder = await takeLock(path, { ...patience, signal, onWait: failToWait });
  onTestFinished(() => holder?.release());
  const options = { deadlineMs: 20, pauseMs: 5, signal, onWait() {} };
  expect(await takeLock(path, options)).toBeUndefined();
});

test('stops waiting when it is told to', async () => {
  const path = join(await temporaryFolder(), 'lock');
  const holder = await takeLock(path, { ...patience, signal, onWait: failToWait });
  onTestFinished(() => holder?.release());
  const controller = new AbortController();
  const onWait = () => setImmediate(() => controller.abort(new Error('enough')));
  const options = { deadlineMs: 20_000, pauseMs: 20_000, signal: controller.signal, onWait };
  await expect(takeLock(path, options)).rejects.toThrow('enough');
});

test('leaves nothing beside the lock file', async () => {
  const folder = await temporaryFolder();
  const lock = await takeLock(join(folder, 'lock'), { ...patience, signal, onWait: failToWait });
  expect(await readdir(folder)).toEqual(['lock']);
  lock?.release();
  expect(await readdir(folder)).toEqual(['lock']);
});
