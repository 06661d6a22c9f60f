import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Failure } from './failure.ts';

export interface Options {
  /** Path of the multi-app file, or of the folder that holds a `dapr.yaml`. */
  file: string;
  /** Restart the apps when their sources change. */
  watch: boolean;
  /** mTLS, access control and tokens. */
  secure: boolean;
  help: boolean;
}

export const DEFAULT_FILE = fileURLToPath(new URL('../../dapr/dapr.yaml', import.meta.url));

export const SECURE_FILE = fileURLToPath(new URL('../../dapr/secure/dapr.yaml', import.meta.url));

export const USAGE = `Usage: pnpm start [--file PATH] [--secure] [--watch]

Starts the services of a multi-app file, each beside its Dapr sidecar.
  --file PATH  the multi-app file; default dapr/dapr.yaml, with --secure dapr/secure/dapr.yaml
  --secure     with mTLS, access control and tokens
  --watch      restarts a service when its sources change (pnpm dev)
  --help       prints this`;

/** A command line that is not understood; the message names what is wrong with it. */
export class UsageError extends Failure {
  override name = 'UsageError';
}

/** Reads the command line without the program's own name. Throws UsageError. */
export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        file: { type: 'string' },
        secure: { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.file === '') throw new Error("Option '--file' needs a path.");
    return { ...values, file: values.file ?? (values.secure ? SECURE_FILE : DEFAULT_FILE) };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
