import { setTimeout as pause } from 'node:timers/promises';
import { readConsoleLine } from './console.ts';
import type { DaprRun } from './dapr-run.ts';
import { Failure } from './failure.ts';
import { findLog, lastLines } from './logs.ts';
import { type App, displayName } from './multi-app-file.ts';
import type { PartName, PartsFollower } from './parts.ts';

const SHOWN_LINES = 12;
const EXPLANATION_MS = 500;
const CLI_STOP_MS = 15_000;

/**
 * Waits for the end of a run. Resolves when somebody else has stopped it on purpose, as
 * `dapr stop` does. Rejects with a Failure that names the part that ended and shows its last log
 * lines, or with the signal's reason.
 */
export async function untilOver(
  run: DaprRun,
  follower: Pick<PartsFollower, 'untilLost'>,
  apps: readonly App[],
  signal: AbortSignal,
): Promise<void> {
  const lost = await Promise.race([follower.untilLost(signal), run.ended.then(() => undefined)]);
  // The CLI may be why a part has ended; what it says about that comes a moment later.
  const deadline = Date.now() + EXPLANATION_MS;
  while (run.isRunning() && !run.isStopRequested() && Date.now() < deadline) {
    await pause(25, undefined, { signal });
  }
  if (run.isRunning() && lost !== undefined && !run.isStopRequested()) {
    throw new Failure(`${nameOf(lost)} has ended. ${logExcerpt(lost, run, apps)}`);
  }
  const ending = await Promise.race([run.ended, pause(CLI_STOP_MS, undefined, { signal })]);
  if (run.isStopRequested()) return;
  const how = ending?.signal ? `by ${ending.signal}` : `with exit code ${ending?.code}`;
  const said = [`Dapr's CLI (dapr run) has ended ${how}. It said last:`, ...indented(run.lines)];
  throw new Failure(said.join('\n'));
}

/** The last log lines of one part of a run, with where they come from, ready to be printed. */
export function logExcerpt({ appId, kind }: PartName, run: DaprRun, apps: readonly App[]): string {
  const app = apps.find(({ id }) => id === appId);
  const log = app === undefined ? undefined : findLog(app, kind, run.startedAt);
  const lines =
    log === undefined
      ? run.linesOf(appId)
      : lastLines(log, SHOWN_LINES).map((line) => readConsoleLine(line).text);
  if (lines.length === 0) return `No log lines of ${nameOf({ appId, kind })} were found.`;
  const source = log === undefined ? '' : `, from ${displayName(log)}`;
  return [`Its last log lines${source}:`, ...indented(lines)].join('\n');
}

function nameOf({ appId, kind }: PartName): string {
  return kind === 'app' ? appId : `${appId}'s sidecar (daprd)`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
