import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder } from '../cache.ts';
import { DaprUnavailable } from '../dapr-unavailable.ts';
import { readVersion } from '../executables.ts';
import { findDapr } from '../find.ts';
import { readPins } from '../modules.ts';
import { temporaryFolder, writeCli, writeDapr, writeDaprd, writeProgram } from './fakes.ts';

async function machine() {
  const folder = await temporaryFolder();
  const [home, bin, chosen] = ['home', 'bin', 'chosen'].map((name) => join(folder, name));
  const env = { HOME: home, PATH: bin, XDG_CACHE_HOME: join(folder, 'cache') };
  const built = join(cacheFolder(env), (await readPins()).key);
  const reports: string[] = [];
  const find = (more: NodeJS.ProcessEnv = {}) =>
    findDapr({ ...env, ...more }, (line) => reports.push(line));
  return { home: home ?? '', bin: bin ?? '', chosen: chosen ?? '', built, reports, find };
}

test('finds nothing, and says nothing, where there is no Dapr', async () => {
  const { find, reports } = await machine();
  expect(await find()).toBeUndefined();
  expect(reports).toEqual([]);
});

test('takes DAPR_RUNTIME_PATH before PATH before ~/.dapr/bin before its own build', async () => {
  const { home, bin, chosen, built, find } = await machine();
  await writeDapr(built);
  expect(await find()).toMatchObject({ root: built, origin: `built here, in ${built}` });
  await writeDapr(home);
  expect(await find()).toMatchObject({ root: home, origin: '~/.dapr/bin' });
  await writeCli(bin, '1.15.1');
  expect(await find()).toMatchObject({ root: home, cli: `${bin}/dapr`, origin: 'PATH' });
  await writeDapr(chosen);
  expect(await find({ DAPR_RUNTIME_PATH: chosen })).toEqual({
    root: chosen,
    cli: `${chosen}/.dapr/bin/dapr`,
    daprd: `${chosen}/.dapr/bin/daprd`,
    placement: undefined,
    sentry: undefined,
    cliVersion: '1.12.0',
    runtimeVersion: '1.18.0',
    origin: 'DAPR_RUNTIME_PATH',
  });
});

test('names placement and sentry where they lie beside daprd', async () => {
  const { home, find } = await machine();
  await writeDapr(home);
  const placement = await writeProgram(`${home}/.dapr/bin/placement`, 'exit 1');
  await writeFile(`${home}/.dapr/bin/sentry`, 'not executable');
  expect(await find()).toMatchObject({ placement, sentry: undefined });
});

test('uses the CLI on PATH with the daprd of DAPR_RUNTIME_PATH, which has no CLI', async () => {
  const { bin, chosen, find } = await machine();
  await writeCli(bin);
  await writeDaprd(chosen);
  const dapr = await find({ DAPR_RUNTIME_PATH: chosen });
  expect(dapr).toMatchObject({ cli: `${bin}/dapr`, root: chosen });
});

test('passes over folders on PATH that depend on where one stands', async () => {
  const { bin, home, find } = await machine();
  await writeCli(bin);
  await writeDaprd(home);
  expect(await find({ PATH: relative(process.cwd(), bin) })).toBeUndefined();
});

test('goes by ~/.dapr/bin where a daprd on PATH is not in such a folder', async () => {
  const { home, bin, find } = await machine();
  await writeCli(bin);
  await writeProgram(join(bin, 'daprd'), 'echo 1.99.0');
  await writeDaprd(home);
  expect(await find()).toMatchObject({ root: home, runtimeVersion: '1.18.0' });
});

test('asks a CLI for its version with the runtime that goes with it', async () => {
  const { home, find } = await machine();
  await writeDaprd(home);
  const script = `[ "$DAPR_RUNTIME_PATH" = '${home}' ] && echo 'CLI version: 1.12.0'`;
  await writeProgram(join(home, '.dapr', 'bin', 'dapr'), script);
  expect(await find()).toMatchObject({ root: home });
});

test('uses the daprd beside a CLI whose .dapr/bin is on PATH', async () => {
  const { chosen, find } = await machine();
  await writeDapr(chosen);
  expect(await find({ PATH: `${chosen}/.dapr/bin` })).toMatchObject({
    root: chosen,
    origin: 'PATH',
  });
});

test('refuses a DAPR_RUNTIME_PATH without a Dapr that works, though there is another', async () => {
  const { home, chosen, find } = await machine();
  await writeDapr(home);
  const search = find({ DAPR_RUNTIME_PATH: chosen });
  await expect(search).rejects.toThrow(DaprUnavailable);
  await expect(search).rejects.toThrow(
    `DAPR_RUNTIME_PATH is ${chosen}, but ${chosen}/.dapr/bin/dapr is not there. Set it to`,
  );
});

test('reports each Dapr that does not work in one line and goes on to the next', async () => {
  const { home, bin, built, reports, find } = await machine();
  await writeCli(bin, '1.11.0');
  await writeCli(join(home, '.dapr', 'bin'));
  await writeProgram(join(home, '.dapr', 'bin', 'daprd'), 'echo broken >&2; exit 3');
  await writeDapr(built);
  expect(await find()).toMatchObject({ root: built });
  expect(reports).toEqual([
    `Dapr not used: ${bin}/dapr is version 1.11.0, 1.12.0 or newer is needed.`,
    `Dapr not used: ${home}/.dapr/bin/daprd fails with exit code 3 ("broken").`,
  ]);
});

test.each([
  ['1.11.9', 'is version 1.11.9, 1.12.0 or newer is needed'],
  ['edge', 'prints no version ("edge")'],
])('reports a daprd that prints %s', async (version, problem) => {
  const { home, reports, find } = await machine();
  await writeDapr(home);
  await writeDaprd(home, version);
  expect(await find()).toBeUndefined();
  expect(reports).toEqual([`Dapr not used: ${home}/.dapr/bin/daprd ${problem}.`]);
});

test('accepts release candidates and a version that starts with v', async () => {
  const { home, find } = await machine();
  await writeCli(join(home, '.dapr', 'bin'), 'v1.16.0-rc.1');
  await writeDaprd(home, 'v1.12.0');
  expect(await find()).toMatchObject({ cliVersion: '1.16.0-rc.1', runtimeVersion: '1.12.0' });
});

test('reports a CLI without daprd, and a daprd without CLI', async () => {
  const { home, bin, reports, find } = await machine();
  await writeDaprd(home);
  await find();
  await find({ HOME: '/nowhere', PATH: `${await writeCli(bin)}/..:${bin}` });
  expect(reports).toEqual([
    `Dapr not used: ${home}/.dapr/bin/dapr is not there.`,
    'Dapr not used: /nowhere/.dapr/bin/daprd is not there.',
  ]);
});

test('passes over what is called dapr on PATH and is no program', async () => {
  const { home, bin, reports, find } = await machine();
  await mkdir(join(bin, 'dapr'), { recursive: true });
  await writeDapr(home);
  expect(await find()).toMatchObject({ root: home, origin: '~/.dapr/bin' });
  expect(reports).toEqual([]);
});

test('gives up on a program that never prints its version', async () => {
  const path = await writeProgram(join(await temporaryFolder(), 'dapr'), 'exec sleep 600');
  const env = { PATH: '/usr/bin:/bin' };
  expect(await readVersion(path, /(.+)/, env, 50)).toEqual({
    problem: 'printed no version within 0.05 s',
  });
});

test('tells that a program cannot run on this machine', async () => {
  const path = join(await temporaryFolder(), 'dapr');
  await writeFile(path, '\x7fELF of another machine');
  await chmod(path, 0o755);
  expect(await readVersion(path, /(.+)/, {})).toEqual({ problem: expect.stringContaining('run') });
});
