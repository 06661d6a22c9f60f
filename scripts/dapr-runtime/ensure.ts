import { buildDapr } from './build.ts';
import { findDapr } from './find.ts';
import type { Output } from './progress.ts';
import type { DaprRuntime } from './runtime.ts';

export { DaprUnavailable } from './dapr-unavailable.ts';
export { findDapr } from './find.ts';
export type { DaprRuntime } from './runtime.ts';

/**
 * Finds a Dapr that works, else builds one; progress and what was found not to work go to `output`.
 * Throws DaprUnavailable with a sentence a person can act on, or the signal's reason.
 */
export async function ensureDapr(options: {
  env: NodeJS.ProcessEnv;
  output: Output;
  signal: AbortSignal;
}): Promise<DaprRuntime> {
  const { env, output } = options;
  const found = await findDapr(env, (line) => output.write(`${line}\n`));
  return found ?? (await buildDapr(options));
}
