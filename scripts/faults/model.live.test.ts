import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtime } from '../live/runtime.ts';
import { waitUntil } from '../live/sidecar-process.ts';
import { openChat } from './chat-client.ts';
import {
  type Baseline,
  expectOneReason,
  expectUnharmed,
  ok,
  takeBaseline,
} from './expectations.ts';
import { openIdleConnections } from './idle-connections.ts';
import { modelFaults } from './model-faults.ts';
import { runModelRow } from './model-rows.ts';
import { linesAbout } from './request-log.ts';
import { firstInstances, type System, startSystem } from './system.ts';

describe.skipIf(!runtime)("the model's failures and the client's own", () => {
  let system: System;
  let baseline: Baseline;

  beforeAll(async () => {
    system = await startSystem();
    baseline = takeBaseline(system);
  });
  afterAll(() => system?.stop());

  it.each(modelFaults)('$fault: $status', (row) => runModelRow(system, baseline, row));

  it('the model refuses connections: 502', async () => {
    await system.model.close();
    try {
      const during = await system.chat('alice');
      expect(during).toMatchObject({ status: 502, text: 'The model could not be reached' });
      expect(during.ms).toBeLessThan(1400);
      await expectOneReason(system, during, /no answer: .*ECONNREFUSED/);
    } finally {
      await system.model.listen();
    }
    expect(await system.chat('alice')).toMatchObject(ok(5));
    await expectUnharmed(system, baseline);
  });

  it('the client goes while analytics is asked: the model is not', async () => {
    const { callee, caller } = firstInstances(system);
    const text = 'gone before the model call';
    callee.service.signal('SIGSTOP');
    try {
      const { port } = caller.service;
      const client = openChat({ port, user: 'carol', text }, 'gone-before');
      client.on('error', () => {});
      await waitUntil('daprd is asked', async () => /analytics\/carol/.test(caller.sidecar.log()));
      client.destroy();
      expect(await linesAbout(caller.service, 'gone-before')).toEqual([
        expect.objectContaining({ status: 499, msg: 'the client has gone' }),
      ]);
    } finally {
      callee.service.signal('SIGCONT');
    }
    expect(system.model.received(text)).toBe(0);
    expect(await system.chat('alice')).toMatchObject(ok(5));
    await expectUnharmed(system, baseline);
  });

  it('the client goes during the model call: the call is cancelled', async () => {
    const { caller } = firstInstances(system);
    const text = 'gone during the model call';
    system.model.script(text, () => {});
    const { port } = caller.service;
    const client = openChat({ port, user: 'alice', text }, 'gone-during');
    client.on('error', () => {});
    await waitUntil('the model is asked', async () => system.model.received(text) === 1);
    const gone = performance.now();
    client.destroy();
    await waitUntil('the call is cancelled', async () => system.model.abandoned(text) === 1);
    // Well before the model's deadline, which would cancel it too.
    expect(performance.now() - gone).toBeLessThan(500);
    expect(await linesAbout(caller.service, 'gone-during')).toEqual([
      expect.objectContaining({ status: 499, msg: 'the client has gone' }),
    ]);
    expect(system.model.received(text)).toBe(1);
    await expectUnharmed(system, baseline);
  });

  it('1,000 connections that send nothing: chats go on', async () => {
    const { service } = firstInstances(system).caller;
    const connections = await openIdleConnections(service.port, 1000);
    try {
      const during = await system.chat('alice');
      expect(during).toMatchObject(ok(5));
      expect(during.ms).toBeLessThan(500);
    } finally {
      connections.close();
    }
    expect(await system.chat('alice')).toMatchObject(ok(5));
    await expectUnharmed(system, baseline);
  });
});
