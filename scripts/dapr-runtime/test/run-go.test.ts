import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runGo } from '../run-go.ts';
import { temporaryFolder, writeProgram } from './fakes.ts';

const env = { PATH: '/usr/bin:/bin' };

async function go(script: string) {
  const cwd = await temporaryFolder();
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const path = await writeProgram(join(cwd, 'go'), script);
  return { path, cwd, signal: controller.signal };
}

test('passes its arguments on and gives each line of standard error', async () => {
  const { path, cwd, signal } = await go('echo "$1"; echo "$1 $2" >&2; pwd >&2');
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  await runGo(path, ['build', '-v'], { cwd, env, signal, onLine });
  expect(lines).toEqual(['build -v', cwd]);
});

test('ends a Go that has said nothing for too long, even one that ignores SIGTERM', async () => {
  const { path, cwd, signal } = await go(
    "trap '' TERM; echo started >&2; while :; do sleep 1; done",
  );
  const run = runGo(path, [], { cwd, env, signal, onLine() {}, silenceMs: 100 });
  await expect(run).rejects.toThrow('Go said nothing for');
});

test('waits as long as it takes for a Go that keeps saying something', async () => {
  const { path, cwd, signal } = await go(
    'exec 3< pipe; read line <&3; echo "$line" >&2; read line <&3',
  );
  const pipe = join(cwd, 'pipe');
  await promisify(execFile)('mkfifo', [pipe]);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const said = Promise.withResolvers<string>();
  const run = runGo(path, [], { cwd, env, signal, onLine: said.resolve, silenceMs: 1000 });
  vi.advanceTimersByTime(900);
  const writer = await open(pipe, 'w');
  await writer.write('still here\n');
  expect(await said.promise).toBe('still here');
  vi.advanceTimersByTime(900);
  await writer.write('done\n');
  await writer.close();
  await run;
});

test('ends Go and rejects with what the reader of its lines threw', async () => {
  const { path, cwd, signal } = await go('echo line >&2; exec sleep 600');
  const onLine = () => {
    throw new Error('the log cannot be written');
  };
  const run = runGo(path, [], { cwd, env, signal, onLine });
  await expect(run).rejects.toThrow('the log cannot be written');
});

test('starts nothing when it is stopped already', async () => {
  const { path, cwd } = await go('exit 5');
  const run = runGo(path, [], {
    cwd,
    env,
    signal: AbortSignal.abort(new Error('no')),
    onLine() {},
  });
  await expect(run).rejects.toThrow('no');
});

test('rejects where there is no such program', async () => {
  const { cwd, signal } = await go('exit 5');
  const run = runGo(join(cwd, 'none'), [], { cwd, env, signal, onLine() {} });
  await expect(run).rejects.toThrow('ENOENT');
});
