import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DaprRun, startDaprRun } from '../dapr-run.ts';
import type { App } from '../multi-app-file.ts';
import { createOwnProcesses, type OwnProcesses } from '../own-processes.ts';

// Stands in for Dapr's CLI: it starts two processes for each app in the same order, prints the same
// lines, and ends them all on SIGINT. An app's command is JavaScript here.
const SCRIPT = `#!${process.execPath}
const { spawn } = require('node:child_process');
const children = [];
const start = (code, args, argv0) => {
  const child = spawn(process.execPath, ['-e', code, '--', ...args], {
    argv0,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  children.push(child);
  return new Promise((resolve) => child.once('spawn', resolve));
};
process.on('SIGINT', () => {
  console.log('Received signal to stop Dapr and app processes.');
  for (const child of children) child.kill('SIGKILL');
  process.exit(0);
});
(async () => {
  for (const { id, command } of JSON.parse(process.env.FAKE_APPS)) {
    await start('setInterval(() => {}, 1000)', ['--app-id', id], '/opt/daprd');
    await start(command, [], 'app');
    if (process.env.FAKE_UNFINISHED !== id) console.log('Started Dapr with app id "' + id + '".');
  }
  setInterval(() => {}, 1000);
})();
`;

export interface FakeRun {
  run: DaprRun;
  apps: App[];
  own: OwnProcesses;
  /** Lines that apps have printed, each as `id: text`. */
  appLines: string[];
  [Symbol.dispose](): void;
}

/** Runs one app for each of `commands`, named a, b, …; disposing of it ends what is left. */
export async function startFakeRun(
  commands: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<FakeRun> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fake-dapr-'));
  const cli = path.join(folder, 'dapr');
  writeFileSync(cli, SCRIPT);
  chmodSync(cli, 0o755);
  const apps = commands.map(
    (command, index): App => ({
      id: String.fromCharCode(97 + index),
      directory: folder,
      command: [command],
      ports: {
        appPort: 1,
        daprHTTPPort: 2,
        daprGRPCPort: 3,
        daprInternalGRPCPort: 4,
        metricsPort: 5,
      },
      healthPath: '/health',
      placementHostAddress: '',
    }),
  );
  const own = createOwnProcesses();
  const appLines: string[] = [];
  const FAKE_APPS = JSON.stringify(apps.map(({ id, command: [command] }) => ({ id, command })));
  const run = await startDaprRun({
    cli,
    file: 'dapr.yaml',
    env: { ...process.env, ...env, FAKE_APPS },
    onStart: (pid) => own.add(pid),
    onAppLine: (id, text) => appLines.push(`${id}: ${text}`),
  });
  return {
    run,
    apps,
    own,
    appLines,
    [Symbol.dispose]() {
      own.kill();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Code of an app that runs until it is told to stop. */
export const OBEDIENT = 'setInterval(() => {}, 1000)';
/** Code of an app that only SIGKILL ends. */
export const STUBBORN = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
