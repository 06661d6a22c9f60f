import { afterEach, describe, expect, it } from 'vitest';
import { runtime } from '../live/runtime.ts';
import { waitUntil } from '../live/sidecar-process.ts';
import { type ChatAnswer, chat } from './chat-client.ts';
import { expectWell, ok } from './expectations.ts';
import { type Load, startLoad } from './load.ts';
import { answer, countReply, message } from './scripted-model.ts';
import { type Instance, type System, startSystem } from './system.ts';

/**
 * Milliseconds within which a sidecar knows all instances of an app: Dapr's mDNS takes the first
 * that answers, and looks for more every 30 s, for 3 s.
 */
const discoveryMs = 40_000;

describe.skipIf(!runtime)('replicas under continuous load', () => {
  let system: System | undefined;
  let load: Load | undefined;
  afterEach(async () => {
    await load?.stop();
    await system?.stop();
  });

  const users = ['alice', 'bob'] as const;
  const chats = ({ chats: [first] }: System) => {
    const port = first?.service.port ?? 0;
    return startLoad(20, (index) => ({ port, user: users[index % 2] ?? '', text: 'Hello' }));
  };
  const answered = (count: number) =>
    waitUntil(`${count} more answers`, hasMore(load?.answers ?? [], count), 20_000);
  const requestsTo = ({ service }: Instance, prefix: string) =>
    service
      .lines()
      .flatMap(({ msg, url, requestId = '' }) =>
        msg === 'request' && url?.startsWith(prefix) ? [requestId] : [],
      );

  const knowsAll = ({ analytics, chat: send }: System) => {
    const isKnown = async () => {
      await send('alice');
      return analytics.every((instance) => requestsTo(instance, '/analytics/').length > 0);
    };
    return waitUntil('every instance is known', isKnown, discoveryMs);
  };

  it.each([2, 3])('%i instances of analytics share the calls', async (analyticsInstances) => {
    system = await startSystem({ analyticsInstances });
    await knowsAll(system);
    load = chats(system);
    await answered(120);
    await load.stop();
    const spread = system.analytics.map((instance) => requestsTo(instance, '/analytics/').length);
    expect(load.failures).toEqual([]);
    expect(load.answers.filter(({ analytics }) => analytics !== 'ok')).toEqual([]);
    for (const count of spread) {
      expect(count, `spread: ${spread}`).toBeGreaterThan(load.answers.length / 2 / spread.length);
    }
  });

  it.each([
    ['instance and sidecar', ({ service, sidecar }: Instance) => [service, sidecar]],
    ['sidecar alone', ({ sidecar }: Instance) => [sidecar]],
  ])('one of three instances dies (%s): no chat falls back', async (_name, partsOf) => {
    system = await startSystem({ analyticsInstances: 3 });
    await knowsAll(system);
    const [, second] = system.analytics;
    if (!second) throw new Error('There is no second instance');
    await Promise.all(partsOf(second).map((part) => part.end('SIGKILL')));
    // One chat after the other: Dapr takes the instances in turn, so that a retry meets the next.
    const answers = [];
    for (let turn = 0; turn < 60; turn += 1) answers.push(await system.chat('alice'));
    expect(tally(answers)).toEqual({ '200 ok': 60 });
  });

  it('one of three instances dies under load: only 200s, most of them with their count', async () => {
    system = await startSystem({ analyticsInstances: 3 });
    await knowsAll(system);
    load = chats(system);
    await answered(30);
    const [, second] = system.analytics;
    await Promise.all([second?.service.end('SIGKILL'), second?.sidecar.end('SIGKILL')]);
    await answered(200);
    await load.stop();
    expect(load.failures).toEqual([]);
    expectMostOk(load);
  });

  it('a rolling restart of analytics and of its sidecar: only 200s', async () => {
    system = await startSystem({ analyticsInstances: 2 });
    await knowsAll(system);
    load = chats(system);
    await answered(30);
    for (const { service, sidecar } of system.analytics) {
      await sidecar.end('SIGTERM');
      await service.end('SIGTERM');
      await service.start();
      await sidecar.start();
      await answered(100);
    }
    await load.stop();
    expect(load.failures).toEqual([]);
    expectMostOk(load);
    await expectWell(system);
  });

  it('SIGTERM of one of two chat-services: every chat that it accepted is answered', async () => {
    system = await startSystem({ chatInstances: 2, env: { MODEL_TIMEOUT_MS: '10000' } });
    const [leaving, staying] = system.chats;
    if (!leaving || !staying) throw new Error('There are no two instances');
    // What the model holds back is in flight when the signal comes.
    const release: (() => void)[] = [];
    system.model.script('held', (response) => {
      release.push(() => answer(response, message({ content: countReply(5) })));
    });
    // Through a sidecar that chooses the instance: a chat-service's own would call nobody else.
    const port = system.analytics[0]?.sidecar.httpPort ?? 0;
    const through = { port, appId: system.chatAppId, user: 'alice' };
    const isKnown = async () => {
      await chat({ ...through, text: 'Hello' });
      return requestsTo(leaving, '/chat').length > 1 && requestsTo(staying, '/chat').length > 0;
    };
    await waitUntil('the sidecar knows both instances', isKnown, discoveryMs);
    const asked = system.model.received('Hello');
    const held = Array.from({ length: 20 }, () => chat({ ...through, text: 'held' }));
    await waitUntil('the model holds 20 chats', async () => release.length === 20);
    load = startLoad(20, () => ({ ...through, text: 'Hello' }));
    await answered(20);

    const ended = leaving.service.end('SIGTERM');
    await answered(20);
    for (const reply of release) reply();
    await ended;
    await answered(100);
    await load.stop();

    const heldAnswers = await Promise.all(held);
    for (const one of heldAnswers) expect(one).toMatchObject(ok(5));
    const met = new Set(requestsTo(leaving, '/chat'));
    expect(heldAnswers.filter(({ requestId }) => met.has(requestId)).length).toBeGreaterThan(5);
    // Of the others, whatever got as far as the model has got to its client.
    const { '200 ok': answeredOk = 0 } = tally(load.answers);
    expect(answeredOk).toBe(system.model.received('Hello') - asked);
    expect(load.failures).toEqual([]);
  });
});

/** Only 200s, each in time, and a count in most of them. */
function expectMostOk({ answers }: Load): void {
  const { '200 ok': personalised = 0, ...others } = tally(answers);
  for (const seen of Object.keys(others)) expect(seen).toMatch(/^200 fallback; reason=/);
  expect(personalised, JSON.stringify(others)).toBeGreaterThan(answers.length * 0.7);
  expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(2500);
}

/** How many clients saw what: statuses with `x-analytics`. */
function tally(answers: readonly ChatAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, analytics } of answers) {
    const seen = `${status} ${analytics}`;
    counts[seen] = (counts[seen] ?? 0) + 1;
  }
  return counts;
}

function hasMore(list: readonly unknown[], count: number): () => Promise<boolean> {
  const wanted = list.length + count;
  return async () => list.length >= wanted;
}
