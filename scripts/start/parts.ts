import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DaprRun } from './dapr-run.ts';
import type { App } from './multi-app-file.ts';
import { commandOf, isRunning, listProcesses, type Process } from './processes.ts';

export interface PartName {
  appId: string;
  kind: 'app' | 'sidecar';
}

/** One of the processes that `dapr run -f` starts: two for each app. */
export interface Part extends PartName {
  process: Process;
}

export interface PartsFollower {
  /** The parts seen so far. */
  seen(): readonly Part[];
  /** Looks once; a part that ran before and does not any more, or never came up. */
  findLost(): PartName | undefined;
  /** Looks until a part is lost. Rejects with the signal's reason when aborted. */
  untilLost(signal: AbortSignal): Promise<PartName>;
}

/**
 * Follows the processes of a run by looking at them; the CLI does not tell when one dies.
 * `onSeen` gets each part when it is seen first.
 */
export function followParts(
  run: Pick<DaprRun, 'pid' | 'startedApps'>,
  apps: readonly App[],
  onSeen: (part: Part) => void,
): PartsFollower {
  const parts = new Map<string, Part>();
  const expected = apps.flatMap(({ id }): PartName[] => [
    { appId: id, kind: 'sidecar' },
    { appId: id, kind: 'app' },
  ]);
  const keyOf = ({ appId, kind }: PartName) => `${kind} ${appId}`;
  const isComplete = () => parts.size === expected.length;

  const findLost = (): PartName | undefined => {
    // What the CLI has reported as started is running by now, or has ended already.
    const due = new Set(run.startedApps);
    if (!isComplete()) {
      for (const part of partsAmong(listProcesses(), run.pid)) {
        const isExpected = expected.some((name) => keyOf(name) === keyOf(part));
        if (!isExpected || parts.has(keyOf(part))) continue;
        parts.set(keyOf(part), part);
        onSeen(part);
      }
    }
    return expected.find((name) => {
      const part = parts.get(keyOf(name));
      return part === undefined ? due.has(name.appId) : !isRunning(part.process);
    });
  };

  return {
    seen: () => [...parts.values()],
    findLost,
    async untilLost(signal) {
      for (;;) {
        const lost = findLost();
        if (lost !== undefined) return lost;
        await pause(isComplete() ? 250 : 100, undefined, { signal });
      }
    },
  };
}

/**
 * The parts among all processes: the CLI starts, for one app after the other, first the sidecar,
 * which bears the app's id among its arguments, then the app.
 */
export function partsAmong(processes: readonly Process[], cliPid: number): Part[] {
  const children = processes
    .filter(({ parent }) => parent === cliPid)
    .toSorted((left, right) => left.startedAt - right.startedAt || left.pid - right.pid);
  const parts: Part[] = [];
  let appId: string | undefined;
  for (const child of children) {
    const [program = '', ...args] = commandOf(child);
    // Between fork and exec a child still bears its parent's command.
    if (program === '' || path.basename(program) === 'dapr') continue;
    if (path.basename(program) === 'daprd') {
      appId = args[args.indexOf('--app-id') + 1];
      if (appId !== undefined) parts.push({ appId, kind: 'sidecar', process: child });
    } else if (appId !== undefined) {
      parts.push({ appId, kind: 'app', process: child });
    }
  }
  return parts;
}
