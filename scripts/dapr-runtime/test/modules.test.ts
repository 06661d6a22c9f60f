import { appendFile, cp, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { pinnedModules, readPins } from '../modules.ts';
import { isAtLeast } from '../version.ts';
import { temporaryFolder } from './fakes.ts';

test('reads the versions from the pinned modules, and names the build after them', async () => {
  const { versions, goVersion, key } = await readPins();
  expect(versions).toEqual(['1.18.0', '1.12.0']);
  expect(goVersion).toBe('1.26.6');
  expect(key).toMatch(
    new RegExp(`^1\\.18\\.0-1\\.12\\.0-${process.platform}-${process.arch}-[0-9a-f]{8}$`),
  );
});

test('gives a build with other checksums another name', async () => {
  const folder = await temporaryFolder();
  const [daprd] = pinnedModules;
  if (daprd === undefined) expect.fail('No module is pinned.');
  await cp(daprd.folder, folder, { recursive: true });
  const { key } = await readPins([{ ...daprd, folder }]);
  expect((await readPins([{ ...daprd, folder }])).key).toBe(key);
  await appendFile(`${folder}/go.sum`, 'example.com/m v1.0.0 h1:other=\n');
  expect((await readPins([{ ...daprd, folder }])).key).not.toBe(key);
});

test('names the go.mod that does not pin what is built', async () => {
  const folder = await temporaryFolder();
  const [daprd] = pinnedModules;
  if (daprd === undefined) expect.fail('No module is pinned.');
  await writeFile(`${folder}/go.mod`, 'module m\n\ngo 1.26\n');
  await writeFile(`${folder}/go.sum`, '');
  const pins = readPins([{ ...daprd, folder }]);
  await expect(pins).rejects.toThrow(`${folder}/go.mod requires no github.com/dapr/dapr`);
});

test('has checksums for every pinned module', async () => {
  for (const { folder, source } of pinnedModules) {
    expect(await readFile(`${folder}/go.sum`, 'utf8')).toContain(`${source} v`);
  }
});

test.each([
  ['1.12', '1.12.0', true],
  ['1.12.0', '1.12', true],
  ['1.9.9', '1.12.0', false],
  ['1.26.10', '1.26.9', true],
  ['2.0.0', '1.99.99', true],
  ['1.26.5', '1.26.6', false],
  ['1.16.0-rc.1', '1.15.9', true],
])('version %s is at least %s: %s', (actual, wanted, expected) => {
  expect(isAtLeast(actual, wanted)).toBe(expected);
});
