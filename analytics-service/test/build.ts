import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { buildApp } from '../src/app.ts';
import { type Config, readConfig } from '../src/config.ts';

export type App = Awaited<ReturnType<typeof buildApp>>;

export interface LogLine {
  level: number;
  msg: string;
  requestId?: string;
  [field: string]: unknown;
}

/** analytics-service with the defaults of production; closed after the test. */
export async function build(overrides: Partial<Config> = {}) {
  const built = await create(overrides);
  onTestFinished(() => built.app.close());
  return built;
}

/** One such service for all tests of a file that leave nothing behind in it. */
export function share(): () => App {
  let app: App;
  beforeAll(async () => {
    ({ app } = await create({}));
  });
  afterAll(() => app.close());
  return () => app;
}

async function create(overrides: Partial<Config>) {
  const logged: string[] = [];
  const app = await buildApp(
    { ...readConfig({}), ...overrides },
    { logDestination: { write: (line) => logged.push(line) } },
  );
  return {
    app,
    logText: () => logged.join(''),
    logLines: () => logged.map((line): LogLine => JSON.parse(line)),
  };
}
