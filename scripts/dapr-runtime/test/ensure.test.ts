import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DaprUnavailable, ensureDapr, findDapr } from '../ensure.ts';
import { recordOutput, temporaryFolder, writeDapr, writeDaprd } from './fakes.ts';

async function machine() {
  const home = await temporaryFolder();
  const env = { HOME: home, PATH: join(home, 'bin'), XDG_CACHE_HOME: join(home, 'cache') };
  const output = recordOutput();
  return { home, output, options: { env, output, signal: new AbortController().signal } };
}

test('takes what is found, and builds and says nothing', async () => {
  const { home, output, options } = await machine();
  await writeDapr(home);
  expect(await ensureDapr(options)).toEqual(await findDapr(options.env));
  expect(output.text()).toBe('');
});

test('writes what it found not to work, then goes on to build', async () => {
  const { home, output, options } = await machine();
  await writeDapr(home);
  await writeDaprd(home, '1.9.0');
  await expect(ensureDapr(options)).rejects.toThrow(DaprUnavailable);
  expect(output.text()).toBe(
    `Dapr not used: ${home}/.dapr/bin/daprd is version 1.9.0, 1.12.0 or newer is needed.\n`,
  );
});
