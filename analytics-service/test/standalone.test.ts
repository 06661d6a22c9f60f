import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort, startService } from './service-process.ts';

const folder = path.resolve(import.meta.dirname, '..');
const source = path.join(folder, 'src');
const { dependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

const files = readdirSync(source).map((file) => ({
  file,
  code: readFileSync(path.join(source, file), 'utf8'),
}));

/** What the files in src import, by file. */
const imports = files.flatMap(({ file, code }) => {
  const statics = code.matchAll(/^(?:import|export)\b(?:[^;]*?\bfrom)? '([^']+)'/gm);
  const dynamics = code.matchAll(/\bimport\('([^']+)'\)/g);
  return [...statics, ...dynamics].map(([, specifier = '']) => ({ file, specifier }));
});

describe('what src imports', () => {
  it('is a file of src, a part of Node, or a package that package.json declares', () => {
    expect(imports.length).toBeGreaterThan(files.length);
    expect(files.filter(({ code }) => /\b(?:import\((?!'[^']+'\))|require\()/.test(code))).toEqual(
      [],
    );
    const strangers = imports.filter(({ specifier }) => {
      if (specifier.startsWith('.')) return !/^\.\/[\w-]+\.ts$/.test(specifier);
      const [scopeOrName = '', name] = specifier.split('/');
      const declared = scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName;
      return !isBuiltin(specifier) && !Object.hasOwn(dependencies, declared);
    });
    expect(strangers).toEqual([]);
  });

  it('is all that package.json declares', () => {
    const used = (name: string) =>
      imports.some(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`));
    expect(Object.keys(dependencies).filter((name) => !used(name))).toEqual([]);
  });
});

describe('the folder alone', { timeout: 30_000 }, () => {
  it('starts and serves where there is no workspace and no development dependency', async () => {
    const copy = mkdtempSync(path.join(realpathSync(tmpdir()), 'service-'));
    onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
    cpSync(path.join(folder, 'package.json'), path.join(copy, 'package.json'));
    cpSync(source, path.join(copy, 'src'), { recursive: true });
    for (const name of Object.keys(dependencies)) {
      const link = path.join(copy, 'node_modules', name);
      mkdirSync(path.dirname(link), { recursive: true });
      symlinkSync(realpathSync(path.join(folder, 'node_modules', name)), link);
    }
    const port = await freePort();
    const service = await startService({ APP_PORT: String(port) }, copy);
    const response = await fetch(`http://127.0.0.1:${port}/openapi.json`);
    expect(await response.json()).toMatchObject({ info: { version: '0.1.0' } });
    service.kill('SIGTERM');
    expect(await service.exitCode()).toBe(0);
  });
});
