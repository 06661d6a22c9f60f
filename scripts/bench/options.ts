import { parseArgs } from 'node:util';
import { Failure } from '../start/failure.ts';
import { fullPlan, type Plan, quickPlan } from './plan.ts';

export interface Options {
  help: boolean;
  /** Prints the result as JSON instead of tables. */
  json: boolean;
  /** Path of an earlier result to compare with. */
  against: string | undefined;
  /** Path of the plot to write. */
  plot: string | undefined;
  /** Of the model at a fixed rate, in milliseconds. */
  modelMs: number;
  /** Requests a second at a fixed rate. */
  rate: number;
  plan: Plan;
}

export const USAGE = `Usage: pnpm bench [--quick] [--json] [--against FILE] [--plot FILE] [parameters]

Measures chat-service and analytics-service through real sidecars, side by side with bare servers.
  --quick         less of everything, in less than a minute
  --json          prints the result as JSON, to be kept for --against
  --against FILE  compares with an earlier result and says what changed beyond the noise
  --plot FILE     writes how cost grows with chats in flight, as SVG
  --help          prints this
Parameters:
  --model-ms N            time the model takes at the fixed rate; default 100
  --rate N                requests a second at the fixed rate; default 500
  --rounds N              times that everything is measured; default 5 (quick: 3)
  --in-flight-model-ms N  time the model takes while chats in flight are counted; default 2000`;

/** A command line that is not understood; the message names what is wrong with it. */
export class UsageError extends Failure {
  override name = 'UsageError';
}

/** Reads the command line without the program's own name. Throws UsageError. */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const number = (
    name: 'model-ms' | 'rate' | 'rounds' | 'in-flight-model-ms',
    from: number,
    to: number,
  ) => {
    const text = values[name];
    if (text === undefined) return undefined;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    throw new UsageError(`--${name} is "${text}"; it takes a whole number from ${from} to ${to}.`);
  };
  const file = (name: 'against' | 'plot') => {
    if (values[name] === '') throw new UsageError(`--${name} needs a path.`);
    return values[name];
  };
  const plan = values.quick ? quickPlan : fullPlan;
  return {
    help: values.help,
    json: values.json,
    against: file('against'),
    plot: file('plot'),
    modelMs: number('model-ms', 0, 10_000) ?? 100,
    rate: number('rate', 1, 5000) ?? 500,
    plan: {
      ...plan,
      rounds: number('rounds', 1, 50) ?? plan.rounds,
      inFlightModelMs: number('in-flight-model-ms', 100, 10_000) ?? plan.inFlightModelMs,
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        against: { type: 'string' },
        plot: { type: 'string' },
        'model-ms': { type: 'string' },
        rate: { type: 'string' },
        rounds: { type: 'string' },
        'in-flight-model-ms': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
