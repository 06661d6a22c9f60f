import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_FILE, readOptions, SECURE_FILE, UsageError } from '../options.ts';

vi.setConfig({ testTimeout: 20_000 });

const START = fileURLToPath(new URL('../start.ts', import.meta.url));

describe('readOptions', () => {
  it("takes the project's own file, without watching, by default", () => {
    expect(readOptions([])).toEqual({
      file: DEFAULT_FILE,
      secure: false,
      watch: false,
      help: false,
    });
    expect(readOptions(['--secure'])).toMatchObject({ file: SECURE_FILE, secure: true });
    expect(existsSync(DEFAULT_FILE)).toBe(true);
  });

  it('reads every option', () => {
    expect(readOptions(['--watch', '--file', 'a.yaml'])).toMatchObject({
      file: 'a.yaml',
      watch: true,
    });
    expect(readOptions(['--help'])).toMatchObject({ help: true });
  });

  it.each([
    [['--wathc'], "'--wathc'"],
    [['-x'], "'-x'"],
    [['a.yaml'], "'a.yaml'"],
    [['--file'], "'--file <value>'"],
    [['--file='], "'--file'"],
    [['--watch=yes'], "'--watch'"],
  ])('names what it does not understand in %j', (args, name) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(name);
  });
});

describe('the command', () => {
  function start(...args: string[]) {
    return spawnSync(process.execPath, [START, ...args], { encoding: 'utf8', timeout: 10_000 });
  }

  it('ends with 2 and its usage for an unknown option', () => {
    const { status, stdout, stderr } = start('--wathc');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^Unknown option '--wathc'.*\n\nUsage: pnpm start/);
    expect(stdout).toBe('');
  });

  it('ends with 0 for --help', () => {
    const { status, stdout } = start('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: pnpm start');
  });

  it('ends with 1 and without a stack trace for a file that is not there', () => {
    const { status, stderr } = start('--file', 'none.yaml');
    expect(status).toBe(1);
    expect(stderr).toBe('none.yaml cannot be used:\n  there is no such file.\n');
  });
});
