import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileDapr } from '../compile.ts';
import { temporaryFolder, writeGo } from './fakes.ts';

test("counts Go's lines as it writes them, and comes to its end with the last program", async () => {
  const folder = await temporaryFolder();
  const go = await writeGo(folder);
  await mkdir(join(folder, 'bin'));
  const shown: [string, string, number][] = [];
  await compileDapr({
    go,
    env: { GOMODCACHE: join(folder, 'mod') },
    versions: ['1.18.0', '1.12.0'],
    folder: join(folder, 'bin'),
    log: join(folder, 'log'),
    signal: new AbortController().signal,
    progress: { show: (...step) => shown.push(step), close() {} },
  });
  expect(shown.slice(0, 2)).toEqual([
    ['fetching modules', '0/476 modules', 0],
    ['fetching modules', '1/476 modules', 60 / 476],
  ]);
  expect(shown.at(-1)).toEqual(['compiling dapr (4/4)', '1/1113 packages', 270 + 80 / 1113]);
});
