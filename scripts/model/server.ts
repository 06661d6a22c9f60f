import { parseArgs } from 'node:util';
import { startModel } from './model.ts';

const USAGE = `Usage: pnpm model [--port PORT]

Runs the stand-in model alone, for services that are started by hand.
  --port PORT  port on 127.0.0.1; default: the variable PORT, else 4010
  --help       prints this`;

/** Exit codes: 0 after SIGINT, SIGTERM or SIGHUP; 1 for a port that is taken; 2 for a wrong option. */
async function main(): Promise<number> {
  let port: number;
  try {
    const { values } = parseArgs({
      options: { port: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    port =
      values.port === undefined
        ? portFrom(process.env['PORT'] || '4010', 'The variable PORT')
        : portFrom(values.port, '--port');
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${USAGE}`);
    return 2;
  }
  return serve(port);
}

async function serve(port: number): Promise<number> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stopRequested = new Promise<void>((resolve) => {
    for (const signal of signals) process.on(signal, () => resolve());
  });
  try {
    const model = await startModel({ port });
    console.log(`The stand-in model listens on ${model.baseUrl}. To use it:

  OPENAI_BASE_URL=${model.baseUrl} dapr run -f dapr

Ctrl-C stops it.`);
    await stopRequested;
    await model.close();
    return 0;
  } catch (error) {
    console.error(
      isAddressInUse(error)
        ? `Port ${port} is taken. Stop what listens on it, or choose another: pnpm model --port PORT`
        : `The stand-in model does not start on port ${port}: ${messageOf(error)}`,
    );
    return 1;
  }
}

function portFrom(text: string, source: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new Error(`${source} is "${text}"; it takes a port from 1 to 65535.`);
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// Open connections of clients would keep the process for as long as they like.
process.exit(await main());
