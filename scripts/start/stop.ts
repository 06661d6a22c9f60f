import { setTimeout as pause } from 'node:timers/promises';
import { type DaprRun, isStarted } from './dapr-run.ts';
import type { App } from './multi-app-file.ts';
import type { Part } from './parts.ts';
import { isRunning, signalProcess } from './processes.ts';

/** How long apps may take to finish the requests in flight. */
const APPS_MS = 10_000;
const CLI_MS = 7_000;

/**
 * Stops a run in the order that loses no request: the apps, while their sidecars still serve them,
 * then Dapr's CLI, which ends the sidecars. What is left after that is the caller's to end.
 */
export async function stopDaprRun(
  run: DaprRun,
  parts: readonly Part[],
  apps: readonly App[],
): Promise<void> {
  const running = parts.filter(({ kind }) => kind === 'app');
  // No request is in flight while an app is still to come.
  if (running.length === apps.length) await stopApps(running);
  if (!run.isRunning()) return;
  // The CLI heeds no signal before it has started everything.
  signalProcess(run.pid, isStarted(run, apps) ? 'SIGINT' : 'SIGKILL');
  await Promise.race([run.ended, pause(CLI_MS, undefined, { ref: false })]);
}

async function stopApps(apps: readonly Part[]): Promise<void> {
  const running = () => apps.filter(({ process }) => isRunning(process));
  for (const { process } of running()) signalProcess(process.pid, 'SIGTERM');
  const deadline = Date.now() + APPS_MS;
  while (running().length > 0 && Date.now() < deadline) await pause(50);
}
