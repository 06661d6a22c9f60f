import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder, writeDaprd, writeProgram } from './fakes.ts';

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));

async function start(script: string | undefined, ...args: string[]) {
  const home = await temporaryFolder();
  if (script !== undefined) {
    await writeDaprd(home);
    const version = `[ "$1" = --version ] && { echo "CLI version: 1.12.0"; exit; }`;
    await writeProgram(join(home, '.dapr', 'bin', 'dapr'), `${version}\n${script}`);
  }
  const env = { HOME: home, PATH: '/usr/bin:/bin' };
  const child = spawn(process.execPath, [cli, ...args], { env, stdio: 'pipe' });
  onTestFinished(() => {
    child.stdin.destroy();
    child.kill('SIGKILL');
  });
  return { child, home };
}

const ending = async (child: ChildProcess) => (await once(child, 'close'))[0];

test("runs the CLI with the arguments, and its own build's folder as the runtime", async () => {
  const script = 'read line; echo "$line|$1|$2|$DAPR_RUNTIME_PATH"; echo oops >&2; exit 7';
  const { child, home } = await start(script, 'invoke', '--data={"a": 1}');
  child.stdin.end('input\n');
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ending(child),
  ]);
  expect(output).toBe(`input|invoke|--data={"a": 1}|${home}\n`);
  expect(errors).toBe('oops\n');
  expect(code).toBe(7);
});

test.each([
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGTERM'],
  ['SIGHUP', 'SIGTERM'],
] as const)('passes %s on as %s, and waits for the CLI to end', async (signal, received) => {
  const program = `
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"])
      process.on(name, () => { console.log(name); process.exit(5); });
    process.stdin.resume().on("end", () => process.exit(9));
    console.log("ready");`;
  const { child } = await start(`exec '${process.execPath}' --eval '${program}'`);
  const [ready] = await once(child.stdout, 'data');
  expect(String(ready)).toBe('ready\n');
  child.kill(signal);
  const [output, code] = await Promise.all([text(child.stdout), ending(child)]);
  expect(output).toBe(`${received}\n`);
  expect(code).toBe(5);
});

test('ends as a shell does when a signal killed the CLI', async () => {
  const { child } = await start('kill -KILL $$');
  expect(await ending(child)).toBe(137);
});

test('says what to do where there is no Dapr, and builds none', async () => {
  const { child } = await start(undefined, 'list');
  const [errors, code] = await Promise.all([text(child.stderr), ending(child)]);
  expect(errors).toMatch(
    /^There is no Dapr here yet\. `pnpm start` builds it, or install it: .*\n$/,
  );
  expect(code).toBe(1);
});
