import { parseArgs } from 'node:util';
import { Failure } from '../start/failure.ts';

export interface Options {
  help: boolean;
  minutes: number;
  /** Selects the faults and their times: the same seed, the same run. */
  seed: number;
  /** Chats a second. */
  rate: number;
}

export const USAGE = `Usage: pnpm soak [--minutes N] [--seed N] [--rate N]

Runs both services under steady load while faults come at random, and gives a verdict.
  --minutes N  how long; default 10, and fractions are fine
  --seed N     repeats the faults of an earlier run; default: a random one, which is printed
  --rate N     chats a second; default 50
  --help       prints this`;

/** A command line that is not understood; the message names what is wrong with it. */
export class UsageError extends Failure {
  override name = 'UsageError';
}

/** Reads the command line without the program's own name. Throws UsageError. */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const number = (name: 'minutes' | 'seed' | 'rate', pattern: RegExp, from: number, to: number) => {
    const text = values[name];
    if (text === undefined) return undefined;
    const value = pattern.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    throw new UsageError(`--${name} is "${text}"; it takes a number from ${from} to ${to}.`);
  };
  return {
    help: values.help,
    minutes: number('minutes', /^\d+(?:\.\d+)?$/, 0.1, 10_000) ?? 10,
    seed: number('seed', /^\d+$/, 0, 0xffff_ffff) ?? Math.floor(Math.random() * 0xffff_ffff),
    rate: number('rate', /^\d+$/, 1, 500) ?? 50,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', default: false },
        minutes: { type: 'string' },
        seed: { type: 'string' },
        rate: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
