import { describe, expect, it } from 'vitest';
import { planChat, problemOf } from '../chats.ts';
import { planFault } from '../fault-plan.ts';
import { createRandom } from '../random.ts';

describe('what a seed selects', () => {
  const plan = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 20 }, () => {
      const { fault, afterMs, lastsMs } = planFault(random);
      return [fault.fault, afterMs, lastsMs];
    });
  };

  it('is the same for the same seed, and different for another', () => {
    expect(plan(7)).toEqual(plan(7));
    expect(plan(7)).not.toEqual(plan(8));
  });

  it('is spread over all numbers from 0 to 1', () => {
    const random = createRandom(1);
    const tenths = new Set(Array.from({ length: 200 }, () => Math.floor(random() * 10)));
    expect([...tenths].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("is a chat without the model's faults, 19 times of 20", () => {
    const random = createRandom(1);
    const plain = Array.from({ length: 1000 }, () => planChat(random, 1)).filter(
      ({ text, status }) => text === 'Hello' && status === 200,
    );
    expect(plain.length).toBeGreaterThan(900);
    expect(plain.length).toBeLessThan(990);
  });
});

describe('problemOf', () => {
  const sent = { port: 1, user: 'alice', text: 'Hello', status: 200 };
  const answer = {
    requestId: 'one',
    status: 200,
    analytics: 'fallback; reason=timeout',
    retryAfter: undefined,
    text: 'Hi',
    ms: 2010,
  };

  it('finds none in a chat that fell back in time', () => {
    expect(problemOf(answer, sent)).toBeUndefined();
  });

  it.each([
    ['no answer', new Error('reset'), 'no answer (reset)'],
    ['another status', { ...answer, status: 502 }, 'status 502 instead of 200'],
    ['a late answer', { ...answer, ms: 5001 }, 'an answer after more than 5000 ms'],
  ])('finds %s', (_name, outcome, problem) => {
    expect(problemOf(outcome, sent)).toBe(problem);
  });
});
