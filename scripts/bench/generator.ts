import { setTimeout as wait } from 'node:timers/promises';
import { runClosedLoop } from './closed-loop.ts';
import { type Connection, connectTo } from './connection.ts';
import type { LoadOrder, LoadReport } from './load.ts';
import { runOpenLoop } from './open-loop.ts';
import { summarise } from './statistics.ts';

// The load generator, a process of its own: takes one order at a time from its parent, and ends
// with it.

const clock = { now: () => performance.now(), wait: (ms: number) => wait(ms) };

process.on('disconnect', () => process.exit());
process.on('message', async (order: LoadOrder) => {
  process.send?.(await carryOut(order));
});

/** After so many wrong answers the run is lost, and the rest of it no use. */
const maxWrong = 20;

class TooManyWrong extends Error {
  override name = 'TooManyWrong';
}

async function carryOut({ origin, exchanges, loop }: LoadOrder): Promise<LoadReport> {
  const connect = connectTo(origin);
  const free: Connection[] = [];
  let sent = 0;
  let wrong = 0;
  let firstProblem: string | undefined;

  const send = async () => {
    if (wrong >= maxWrong) throw new TooManyWrong();
    const exchange = exchanges[sent % exchanges.length];
    if (!exchange) throw new Error('The order has no exchanges');
    const connection = free.pop() ?? connect();
    sent += 1;
    const problem = await connection.exchange(exchange);
    free.push(connection);
    if (problem === undefined) return;
    wrong += 1;
    firstProblem ??= problem;
  };
  const report = (latenciesMs: number[], requestsPerSecond: number, latenessMs?: number[]) => {
    for (const connection of free) connection.close();
    return {
      sent,
      wrong,
      firstProblem,
      requestsPerSecond,
      latency: summarise(latenciesMs),
      lateness: latenessMs && summarise(latenessMs),
    };
  };

  try {
    if (loop.kind === 'closed') {
      const { latenciesMs, requestsPerSecond } = await runClosedLoop(loop, clock, send);
      return report(latenciesMs, requestsPerSecond);
    }
    const { latenciesMs, latenessMs } = await runOpenLoop(loop, clock, send);
    return report(latenciesMs, loop.ratePerSecond, latenessMs);
  } catch (error) {
    if (error instanceof TooManyWrong) return report([], 0);
    throw error;
  }
}
