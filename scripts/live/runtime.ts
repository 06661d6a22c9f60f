import { type DaprRuntime, findDapr } from '../dapr-runtime/ensure.ts';

/** The Dapr that live tests run; undefined where there is none, and they are skipped. */
export const runtime: DaprRuntime | undefined = await findDapr(process.env, () => {});

/** For tests that are skipped without a runtime. */
export function needRuntime(): DaprRuntime {
  if (!runtime) throw new Error('There is no Dapr on this machine');
  return runtime;
}
