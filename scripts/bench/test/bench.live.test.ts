import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runtime } from '../../live/runtime.ts';
import { familyOf, findProcess, isRunning, listProcesses } from '../../start/processes.ts';
import { quickPlan } from '../plan.ts';
import { formatResult } from '../report.ts';
import { runBenchmark } from '../run.ts';

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('bench-'));

describe.skipIf(!runtime)('the benchmark', () => {
  it('measures three rungs and analytics through real sidecars', async () => {
    const plan = {
      ...quickPlan,
      rounds: 1,
      warmUpMs: 100,
      throughputMs: 300,
      connections: [4],
      rateMs: 200,
      inFlight: [2],
      inFlightModelMs: 100,
    };
    const result = await runBenchmark(
      { plan, rate: 50, modelMs: 10 },
      { daprd: runtime?.daprd ?? '', daprVersion: '', progress: () => {} },
    );
    const text = formatResult(result);
    for (const title of ['POST /chat/', 'GET /analytics/', 'Chats in flight']) {
      expect(text).toContain(title);
    }
    const [chat] = result.sections;
    const throughput = chat?.measures.filter(({ metric }) => metric === 'throughput') ?? [];
    expect(throughput).toHaveLength(3);
    for (const { values } of throughput) expect(values[0]).toBeGreaterThan(0);
    const rate = chat?.measures.find(({ metric, size }) => metric === 'p50' && size?.count === 50);
    expect(rate?.values[0]).toBeGreaterThan(10);
  });

  it('ends all it started when it is interrupted, and leaves no file', async () => {
    const before = folders();
    const bench = spawn(
      process.execPath,
      [path.join(import.meta.dirname, '../bench.ts'), '--quick'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let shown = '';
    for await (const text of bench.stderr.setEncoding('utf8')) {
      shown += text;
      if (shown.includes('start 1 of 3: B')) break;
    }
    const root = findProcess(bench.pid ?? 0);
    const family = root ? familyOf([root], listProcesses()) : [];
    expect(family.length).toBeGreaterThan(5);
    const ended = once(bench, 'exit');
    bench.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    await expect.poll(() => family.filter(isRunning)).toEqual([]);
    expect(folders()).toEqual(before);
  });
});
