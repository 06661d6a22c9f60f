import { describe, expect, it } from 'vitest';
import { readOptions } from '../options.ts';

describe('readOptions', () => {
  it('takes 10 minutes, 50 chats a second and a seed of its own by default', () => {
    const { seed, ...options } = readOptions([]);
    expect(options).toEqual({ help: false, minutes: 10, rate: 50 });
    expect(Number.isSafeInteger(seed)).toBe(true);
  });

  it('takes all of them', () => {
    expect(readOptions(['--minutes', '0.5', '--seed', '7', '--rate', '20'])).toEqual({
      help: false,
      minutes: 0.5,
      seed: 7,
      rate: 20,
    });
  });

  it.each([
    [['--minutes', 'ten'], '--minutes is "ten"; it takes a number from 0.1 to 10000.'],
    [['--minutes', '0'], '--minutes is "0"; it takes a number from 0.1 to 10000.'],
    [['--seed', '1.5'], '--seed is "1.5"; it takes a number from 0 to 4294967295.'],
    [['--rate', '501'], '--rate is "501"; it takes a number from 1 to 500.'],
    [['--hours', '1'], "Unknown option '--hours'"],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
