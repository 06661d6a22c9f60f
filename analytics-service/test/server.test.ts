import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort, runService, startService } from './service-process.ts';

describe('node src/server.ts', { timeout: 30_000 }, () => {
  it('listens, answers, and ends with 0 on SIGTERM', async () => {
    const port = await freePort();
    const service = await startService({ APP_PORT: String(port) });
    const response = await fetch(`http://127.0.0.1:${port}/analytics/alice`);
    expect(await response.json()).toEqual({ message_count: 5 });
    service.kill('SIGTERM');
    expect(await service.exitCode()).toBe(0);
  });

  it('names every wrong variable, and has not listened', async () => {
    const { code, stdout, stderr } = await runService({ APP_PORT: 'x', LOG_LEVEL: 'loud' });
    expect(stderr).toMatch(/^analytics-service cannot start: The configuration is not usable:\n/);
    for (const name of ['APP_PORT', 'LOG_LEVEL']) expect(stderr).toContain(`  ${name} must`);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('names a port that is taken, and what to do', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      holder.close();
    });
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { code, stderr } = await runService({ APP_PORT: String(port) });
    expect(stderr).toMatch(/^analytics-service cannot start: listen EADDRINUSE: .*\n$/);
    expect(stderr).toContain(`127.0.0.1:${port}`);
    expect(stderr).toContain('stop the process that listens there, or set APP_PORT');
    expect(code).toBe(1);
  });

  it('names a host that is none of this machine', async () => {
    const { code, stderr } = await runService({ HOST: '192.0.2.1' });
    expect(stderr).toContain('192.0.2.1');
    expect(stderr).toContain('set HOST to an address of this machine');
    expect(code).toBe(1);
  });
});
