import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../live/ports.ts';
import { needRuntime, runtime } from '../live/runtime.ts';
import { startSentry } from '../start/sentry.ts';
import {
  type Baseline,
  expectOneReason,
  expectUnharmed,
  expectWell,
  headerOf,
  ok,
  takeBaseline,
} from './expectations.ts';
import { openScope, type Scope } from './scope.ts';
import { firstInstances, type System, startSystem } from './system.ts';

const configPath = path.resolve(import.meta.dirname, '../../dapr/secure/sentry.yaml');

describe.skipIf(!runtime?.sentry)('sentry, the certificate authority, is gone', () => {
  let scope: Scope;
  let system: System;
  let baseline: Baseline;
  let startAuthority: () => Promise<Record<string, string>>;
  let sentryPid: number;

  beforeAll(async () => {
    scope = openScope();
    const [port = 0] = await freePorts(1);
    startAuthority = () =>
      startSentry({
        executable: needRuntime().sentry ?? '',
        configPath,
        credentials: path.join(scope.folder, 'credentials'),
        port,
        signal: AbortSignal.timeout(10_000),
        onStart: (pid) => {
          sentryPid = pid;
          scope.add(pid);
        },
      });
    const env = await startAuthority();
    system = await startSystem({ security: { sentryAddress: `127.0.0.1:${port}`, env } });
    baseline = takeBaseline(system);
  });
  afterAll(async () => {
    await system?.stop();
    await scope?.end();
  });

  it('a running system does not notice', async () => {
    process.kill(sentryPid, 'SIGKILL');
    expect(await system.chat('alice')).toMatchObject(ok(5));
    expect(await system.chat('bob')).toMatchObject(ok(3));
    await expectUnharmed(system, baseline);
  });

  it('a sidecar that starts without it is not there for its service, until it is back', async () => {
    const { sidecar } = firstInstances(system).caller;
    await sidecar.end();
    const starting = sidecar.start();
    const failed = starting.then(
      () => false,
      () => true,
    );
    const during = await system.chat('alice');
    expect(during).toMatchObject({ status: 200, analytics: headerOf('sidecar-unreachable') });
    expect(during.ms).toBeLessThan(500);
    await expectOneReason(system, during, 'sidecar-unreachable');
    await startAuthority();
    // It may have given up meanwhile: then whoever runs it starts it again.
    if (await failed) await sidecar.start();
    await expectWell(system);
    await expectUnharmed(system, baseline);
  });
});
