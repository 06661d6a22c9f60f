import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { App } from '../multi-app-file.ts';
import { looksForPlacement, startPlacement } from '../placement.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function executable(script: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'placement-'));
  folders.push(folder);
  const file = path.join(folder, 'placement');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('looksForPlacement', () => {
  const app = (placementHostAddress: string) => ({ placementHostAddress }) as App;

  it.each(['1.12.0', '1.13.2', '1.15.9', '0.9.0'])('is so with CLI %s', (version) => {
    expect(looksForPlacement(version, [app('')])).toBe(true);
  });

  it.each(['1.16.0', '1.18.0', '2.0.0'])('is not so with CLI %s', (version) => {
    expect(looksForPlacement(version, [app('')])).toBe(false);
  });

  it('is not so where the file names a placement service for every app', () => {
    expect(looksForPlacement('1.12.0', [app('localhost:50005')])).toBe(false);
    expect(looksForPlacement('1.12.0', [app('localhost:50005'), app('')])).toBe(true);
  });
});

describe('startPlacement', () => {
  const signal = AbortSignal.timeout(5_000);

  it('tells the last words of one that ends at once', async () => {
    const onStart = vi.fn();
    const file = executable('echo "unknown flag: --listen-address" >&2; exit 2');
    await expect(startPlacement(file, { signal, onStart })).rejects.toThrow(
      'it ended at once: unknown flag: --listen-address',
    );
    expect(onStart).toHaveBeenCalledExactlyOnceWith(expect.any(Number));
  });

  it('rejects for one that cannot be executed', async () => {
    const onStart = vi.fn();
    await expect(startPlacement('/nowhere/placement', { signal, onStart })).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(onStart).not.toHaveBeenCalled();
  });
});
