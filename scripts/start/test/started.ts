import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../live/ports.ts';
import { type App, type AppPorts, readMultiAppFile } from '../multi-app-file.ts';
import { portKeys } from '../multi-app-keys.ts';
import { DEFAULT_FILE } from '../options.ts';
import { createOwnProcesses } from '../own-processes.ts';
import { familyOf, findProcess, listProcesses, type Process } from '../processes.ts';
import { type AppChanges, type Variant, writeVariant } from '../variant.ts';

const START = fileURLToPath(new URL('../start.ts', import.meta.url));
const READY_MS = 25_000;

/** A variant of a multi-app file whose ports nothing else has; remove it when done. */
export async function writeVariantOnFreePorts(
  location: string = DEFAULT_FILE,
  changesFor: (app: App) => AppChanges = () => ({}),
): Promise<Variant & { apps: readonly App[] }> {
  const file = readMultiAppFile(location);
  const ports = await freePorts(file.apps.length * (portKeys.length + 1));
  const variant = writeVariant(file, (app) => {
    const { env, ...changes } = changesFor(app);
    return {
      ports: Object.fromEntries(portKeys.map((key) => [key, ports.pop()])) as unknown as AppPorts,
      env: { APP_METRICS_PORT: String(ports.pop()), ...env },
      ...changes,
    };
  });
  return { ...variant, apps: readMultiAppFile(variant.path).apps };
}

/** A running `pnpm start`. */
export interface Started {
  pid: number;
  /** All that it has printed so far. */
  output(): string;
  /** Waits for a text in what it prints; rejects with all of it when it ends without. */
  untilPrinted(text: string): Promise<void>;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
  /** All processes that come from it now; remembered, so that none is left after the test. */
  family(): Process[];
  [Symbol.dispose](): void;
}

/** Runs the start script as a person would, without the keys of this environment. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const {
    OPENAI_API_KEY: _key,
    OPENAI_BASE_URL: _url,
    GEMINI_API_KEY: _gemini,
    DAPR_API_TOKEN: _token,
    ...inherited
  } = process.env;
  const child = spawn(process.execPath, [START, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const own = createOwnProcesses();
  const pid = child.pid ?? 0;
  own.add(pid);
  const root = findProcess(pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      child.emit('printed');
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  return {
    pid,
    output: () => output,
    async untilPrinted(text) {
      const printed = new Promise<void>((resolve) => {
        const look = () => {
          if (output.includes(text)) resolve();
        };
        child.on('printed', look);
        look();
      });
      const timeout = AbortSignal.timeout(READY_MS);
      const late = new Promise((_resolve, reject) => {
        timeout.addEventListener('abort', () =>
          reject(new Error(`Not printed: ${text}\n${output}`)),
        );
      });
      const over = ended.then((code) => {
        if (!output.includes(text))
          throw new Error(`Ended with ${code}, not printed: ${text}\n${output}`);
      });
      await Promise.race([printed, late, over]);
    },
    ended,
    family() {
      const family = root === undefined ? [] : familyOf([root], listProcesses());
      for (const found of family) own.add(found);
      return family;
    },
    [Symbol.dispose]: () => own.kill(),
  };
}
