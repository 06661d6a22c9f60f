import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type BuildOptions, buildDapr } from '../build.ts';
import { cacheFolder } from '../cache.ts';
import { DaprUnavailable } from '../dapr-unavailable.ts';
import { readPins } from '../modules.ts';
import { recordOutput, temporaryFolder, writeDapr, writeDaprd, writeGo } from './fakes.ts';

const plentyOfDisk = async () => 1e12;

async function machine() {
  const folder = await temporaryFolder();
  const env = { HOME: folder, PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') };
  const base = cacheFolder(env);
  const target = join(base, (await readPins()).key);
  const output = recordOutput();
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const build = (more: Partial<BuildOptions> = {}) =>
    buildDapr({ env, output, signal: controller.signal, free: plentyOfDisk, ...more });
  const go = (script: Parameters<typeof writeGo>[1] = {}) => writeGo(env.PATH, script);
  const calls = async () => (await readFile(join(env.PATH, 'calls'), 'utf8')).trim().split('\n');
  return { folder, env, base, target, output, controller, build, go, calls };
}

const everyCall = [
  'env',
  'list',
  'list',
  'build daprd',
  'build placement',
  'build sentry',
  'build dapr',
];

test('builds all four programs, once, and removes what it fetched for that', async () => {
  const { base, target, build, go, calls } = await machine();
  await go();
  const dapr = await build();
  expect(dapr).toEqual({
    root: target,
    cli: `${target}/.dapr/bin/dapr`,
    daprd: `${target}/.dapr/bin/daprd`,
    placement: `${target}/.dapr/bin/placement`,
    sentry: `${target}/.dapr/bin/sentry`,
    cliVersion: '1.12.0',
    runtimeVersion: '1.18.0',
    origin: `built here, in ${target}`,
  });
  expect((await readdir(base)).sort()).toEqual([(await readPins()).key, 'build.lock']);
  expect(await build()).toEqual(dapr);
  expect((await calls()).map((call) => call.trim())).toEqual([...everyCall, 'env']);
});

test('pins, verifies and strips what it builds, and leaves proxy and checksum settings alone', async () => {
  const { env, folder, build, go } = await machine();
  await go({ onBuild: `echo "$@" >> '${folder}/arguments'; env >> '${folder}/environment'` });
  const settings = {
    GOPROXY: 'https://proxy.example',
    GOSUMDB: 'sum.example',
    GOFLAGS: '-v=false',
  };
  await build({ env: { ...env, ...settings } });
  const [daprd, , , cli] = (await readFile(join(folder, 'arguments'), 'utf8')).split('\n');
  expect(daprd).toContain(
    '-mod=readonly -modcacherw -trimpath -tags=stablecomponents -ldflags=-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=1.18.0 ',
  );
  expect(cli).toContain('-s -w -X main.version=1.12.0 ');
  const environment = await readFile(join(folder, 'environment'), 'utf8');
  for (const [name, value] of Object.entries(settings)) {
    expect(environment).toContain(`${name}=${value}\n`);
  }
  expect(environment).not.toMatch(/GONOSUM|GOINSECURE|GOPRIVATE|GONOPROXY/);
});

test('keeps all that Go writes in one folder, and needs no C compiler', async () => {
  const { folder, build, go, target } = await machine();
  await go({ onBuild: `env > '${folder}/environment'` });
  await build();
  const environment = (await readFile(join(folder, 'environment'), 'utf8')).split('\n');
  expect(environment).toEqual(
    expect.arrayContaining([
      `GOMODCACHE=${target}.build/mod`,
      `GOCACHE=${target}.build/compiled`,
      `GOTMPDIR=${target}.build/tmp`,
      'CGO_ENABLED=0',
      'GOWORK=off',
    ]),
  );
});

test('tells each step, counting on from what an earlier attempt logged', async () => {
  const { build, go, target, output } = await machine();
  await go();
  await mkdir(`${target}.build`, { recursive: true });
  const logged = [
    'fetching modules: go: downloading example.com/a v1',
    'fetching modules: go: downloading example.com/a v1',
    'fetching modules: go: downloading example.com/b v1',
    'fetching modules: example.com/b: some error',
    'compiling daprd (1/4): example.com/a',
  ];
  await writeFile(`${target}.build/build.log`, logged.map((line) => `${line}\n`).join(''));
  await build();
  const steps = output.text().matchAll(/^Building Dapr: (.*?, \d+ %)/gm);
  expect([...steps].map(([, step]) => step)).toEqual([
    'fetching modules, 2/476 modules, 0 %',
    'compiling daprd (1/4), 1/2162 packages, 17 %',
    'compiling placement (2/4), 0/28 packages, 74 %',
    'compiling sentry (3/4), 0/36 packages, 75 %',
    'compiling dapr (4/4), 0/1113 packages, 77 %',
    'removing what was fetched, 100 %',
  ]);
});

test('shows nothing in its place before all of it is built', async () => {
  const { base, target, build, go, folder } = await machine();
  await go({ onBuild: `ls '${base}' >> '${folder}/seen'` });
  await build();
  const seen = (await readFile(join(folder, 'seen'), 'utf8')).trim().split('\n');
  expect(new Set(seen)).toEqual(new Set(['build.lock', `${(await readPins()).key}.build`]));
  expect(await readdir(join(target, '.dapr', 'bin'))).toHaveLength(4);
});

test('replaces a build that works no more', async () => {
  const { target, build, go } = await machine();
  await go();
  await writeDapr(target);
  await writeDaprd(target, 'broken');
  expect(await build()).toMatchObject({ root: target, runtimeVersion: '1.18.0' });
});

test('builds once when two start together: the second says that it waits', async () => {
  const { build, go, calls, output } = await machine();
  await go();
  const [first, second] = await Promise.all([build(), build()]);
  expect(second).toEqual(first);
  expect((await calls()).filter((call) => call === 'build daprd')).toHaveLength(1);
  expect(output.text()).toContain('Another process is building Dapr: waiting for it, 0:00 so far');
});

test('ends all that Go started when interrupted, keeps what was fetched, then goes on', async () => {
  const { folder, base, target, output, controller, build, go } = await machine();
  // A pipe that ends when the last process which holds its other end is gone.
  const pipe = join(folder, 'pipe');
  await promisify(execFile)('mkfifo', [pipe]);
  const half = 'echo half > "$program"; echo half > "$GOTMPDIR/half"';
  await go({ onBuild: `${half}; exec 9> '${pipe}'; echo compiling >&9; sleep 600 & wait` });
  const interrupted = build();
  const held = createReadStream(pipe);
  const ended = once(held, 'end');
  await once(held, 'data');
  controller.abort(new Error('Ctrl-C'));
  await expect(interrupted).rejects.toThrow('Ctrl-C');
  await ended;
  expect(await readdir(base)).not.toContain((await readPins()).key);
  expect((await readdir(`${target}.build`)).sort()).toEqual(['build.log', 'mod']);
  expect(output.text()).toContain(`The next attempt goes on from what is in ${target}.build`);

  await go({ onList: '[ -f "$fetched" ] || exit 9' });
  const again = recordOutput();
  const { signal } = new AbortController();
  expect(await build({ signal, output: again })).toMatchObject({ root: target });
  expect(again.text()).toContain('Going on with the build of Dapr 1.18.0');
});

test('clears the leftovers of an attempt that was killed', async () => {
  const { target, build, go } = await machine();
  await writeDapr(join(`${target}.build`, 'result'));
  await writeDapr(join(`${target}.build`, 'tmp'));
  await go({ onBuild: 'ls "$GOTMPDIR" >&2; [ -z "$(ls "$GOTMPDIR")" ] || exit 9' });
  expect(await build()).toMatchObject({ root: target });
});

test('tells how to get Dapr where there is no Go', async () => {
  const { build } = await machine();
  await expect(build()).rejects.toThrow(DaprUnavailable);
  await expect(build()).rejects.toThrow(
    /no Dapr on this machine, and no Go .*\n.*Dapr 1\.12\.0 or newer.*\n.*install-dapr-cli.*\n.*dapr init --slim.*\n.*Go 1\.26\.6 or newer.*\n.*go\.dev\/dl/,
  );
});

test.each([
  ['1.26.5', 'local'],
  ['1.20.14', 'auto'],
])('refuses Go %s with the toolchain setting %s', async (version, toolchain) => {
  const { build, go } = await machine();
  const path = await go({ version, toolchain });
  await expect(build()).rejects.toThrow(
    `Go ${version} (${path}) is too old to build it: Go 1.26.6 or newer is wanted`,
  );
});

test('lets an older Go that may do so fetch the Go it needs', async () => {
  const { build, go, output } = await machine();
  await go({ version: '1.24.1', toolchain: 'auto' });
  await build();
  expect(output.text()).toContain('with Go 1.26.6, which Go 1.24.1 fetches.');
});

test('reports a Go that does not work', async () => {
  const { build, go } = await machine();
  await go({ version: ' of another kind' });
  await expect(build()).rejects.toThrow(
    'does not say which Go it is (it prints "go of another kind")',
  );
});

test('asks for disk space before it starts, less where much is fetched already', async () => {
  const { build, go, target, calls } = await machine();
  await go();
  const free = async () => 7.9e9;
  await expect(build({ free })).rejects.toThrow(/needs 8 GB of disk .*: 7\.9 GB are free/);
  expect(await calls()).toEqual(['env']);
  const fetched = join(`${target}.build`, 'mod', 'fetched');
  await mkdir(dirname(fetched));
  await writeFile(fetched, '');
  await truncate(fetched, 0.2e9);
  expect(await build({ free })).toMatchObject({ root: target });
});

test('names a cache folder that cannot be written', async () => {
  const { build, go, env, folder } = await machine();
  await go();
  await writeFile(join(folder, 'file'), '');
  const search = build({ env: { ...env, XDG_CACHE_HOME: join(folder, 'file') } });
  await expect(search).rejects.toThrow(/cannot be written \(ENOTDIR.*set XDG_CACHE_HOME/);
});

test('keeps what was fetched when the network fails, and says what failed', async () => {
  const { build, go, target } = await machine();
  const line =
    'go: a.example/b@v1: Get "https://proxy.example/b": dial tcp: lookup proxy.example: no such host';
  await go({ onBuild: `echo '${line}' >&2; exit 1` });
  const failure = build();
  await expect(failure).rejects.toThrow(DaprUnavailable);
  await expect(failure).rejects.toThrow(
    'could not be fetched: Get "https://proxy.example/b": dial tcp: lookup proxy.example: no such host. Check the network',
  );
  expect((await readdir(`${target}.build`)).sort()).toEqual(['build.log', 'mod']);
});

test('shows the end of what Go wrote, and where the rest is, when it fails otherwise', async () => {
  const { build, go, target } = await machine();
  await go({
    onBuild: 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do echo "line $i" >&2; done; exit 2',
  });
  await expect(build()).rejects.toThrow(
    /^Dapr could not be built: Go ended with exit code 2\.\n {2}line 2\n(.*\n){11}All of Go's output: .*build\.log$/,
  );
  expect(await readFile(`${target}.build/build.log`, 'utf8')).toContain('line 1\n');
});

test('refuses a build whose programs do not work', async () => {
  const { build, go, base } = await machine();
  await go({ onBuild: 'printf "#!/bin/sh\\nexit 4\\n" > "$program"; chmod +x "$program"; exit 0' });
  await expect(build()).rejects.toThrow(/built, but .*fails with exit code 4/);
  expect(await readdir(base)).not.toContain((await readPins()).key);
});

test('names a lock that cannot be taken', async () => {
  const { build, go, base } = await machine();
  await go();
  await mkdir(join(base, 'build.lock'), { recursive: true });
  await expect(build()).rejects.toThrow(/build\.lock cannot be locked \(.*Delete that file/);
});

test('names what another user left there', async () => {
  const { build, go, target } = await machine();
  await go();
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const attempt = build({ free: () => Promise.reject(denied) });
  await expect(attempt).rejects.toThrow(DaprUnavailable);
  await expect(attempt).rejects.toThrow(`Delete ${target}.build and ${target}, or make them yours`);
});

test('tells that the disk ran full while it worked', async () => {
  const { build, go } = await machine();
  await go();
  const full = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
  await expect(build({ free: () => Promise.reject(full) })).rejects.toThrow(/^The disk ran full/);
});
