import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { faultRows } from '../table.ts';

it('README.md shows every fault, what a client sees and in what time', () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../README.md'), 'utf8');
  // A formatter aligns columns.
  const rows = readme.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  for (const row of faultRows()) expect(rows).toContain(row);
});
