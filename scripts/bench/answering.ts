import { get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../start/failure.ts';

/** Milliseconds between two attempts, which bounds how exactly a start is measured. */
const pauseMs = 2;

/**
 * Asks until the answer has the wanted status.
 * @returns milliseconds that this took
 * @throws Failure after the deadline, and what `signal` is aborted with
 */
export async function answering(
  url: string,
  {
    status,
    signal,
    timeoutMs = 20_000,
  }: { status: number; signal: AbortSignal; timeoutMs?: number },
): Promise<number> {
  const start = performance.now();
  let last: number | string = 'no answer';
  while (performance.now() - start < timeoutMs) {
    signal.throwIfAborted();
    last = await statusOf(url);
    if (last === status) return performance.now() - start;
    await wait(pauseMs);
  }
  throw new Failure(`${url} did not answer ${status} within ${timeoutMs} ms, but: ${last}`);
}

function statusOf(url: string): Promise<number | string> {
  return new Promise((resolve) => {
    // Its own connection each time: one that was refused is not reused.
    const request = get(url, { agent: false, timeout: 5000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.on('timeout', () => request.destroy(new Error('no answer in 5 s')));
    request.on('error', (error) => resolve(error.message));
  });
}
