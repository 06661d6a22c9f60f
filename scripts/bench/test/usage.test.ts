import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cpuMsOf, memoryOf } from '../usage.ts';

describe.runIf(existsSync('/proc'))('what the system tells of a process', () => {
  it('is about what the process itself knows', () => {
    const { user, system } = process.cpuUsage();
    const knownMs = (user + system) / 1000;
    expect(Math.abs((cpuMsOf(process.pid) ?? 0) - knownMs)).toBeLessThan(knownMs / 4 + 20);
    const resident = memoryOf(process.pid)?.residentMb ?? 0;
    expect(resident / (process.memoryUsage.rss() / 1e6)).toBeCloseTo(1, 0);
  });

  it('is nothing for a process that is not there', () => {
    expect(cpuMsOf(2 ** 30)).toBeUndefined();
    expect(memoryOf(2 ** 30)).toBeUndefined();
  });
});
