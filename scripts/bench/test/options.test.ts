import { describe, expect, it } from 'vitest';
import { readOptions, UsageError } from '../options.ts';

describe('the command line', () => {
  it('is the full plan without options', () => {
    expect(readOptions([])).toMatchObject({
      help: false,
      json: false,
      against: undefined,
      plot: undefined,
      modelMs: 100,
      rate: 500,
      plan: { rounds: 5, connections: [16, 64], inFlightModelMs: 2000 },
    });
  });

  it('takes less with --quick', () => {
    expect(readOptions(['--quick']).plan.throughputMs).toBeLessThan(
      readOptions([]).plan.throughputMs,
    );
  });

  it('takes parameters, also with --quick', () => {
    const args = '--quick --model-ms 50 --rate 20 --rounds 7 --in-flight-model-ms 3000'.split(' ');
    expect(readOptions([...args, '--against', 'a.json', '--plot=p.svg', '--json'])).toMatchObject({
      json: true,
      against: 'a.json',
      plot: 'p.svg',
      modelMs: 50,
      rate: 20,
      plan: { rounds: 7, inFlightModelMs: 3000 },
    });
  });

  it.each([
    [['--quik'], /--quik/],
    [['fast'], /fast/],
    [['--against'], /--against/],
    [['--plot', ''], /--plot needs a path/],
    [['--rate', '0'], /--rate is "0"; it takes a whole number from 1 to 5000/],
    [['--rate', '5001'], /--rate/],
    [['--rounds', '1.5'], /--rounds is "1.5"/],
    [['--model-ms', 'fast'], /--model-ms is "fast"/],
    [['--in-flight-model-ms', '99'], /--in-flight-model-ms/],
  ])('is refused with what is wrong with it: %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(message);
  });
});
