import { expect } from 'vitest';
import { waitUntil } from '../live/sidecar-process.ts';
import type { ChatAnswer } from './chat-client.ts';
import { type OpenFiles, openFiles, tellsOpenFiles } from './open-files.ts';
import { linesAbout } from './request-log.ts';
import { countReply } from './scripted-model.ts';
import { firstInstances, type System } from './system.ts';

/** Milliseconds after the end of a fault in which all is well again. */
const recoveryMs = 5000;

/** pino's level of a line that says why the process ends. */
const fatal = 60;

let probes = 0;

/**
 * Resolves when all is well again, which is at most 5 s after the fault: analytics itself has
 * answered, and both users whom it knows get their counts. Those two are asked only then, since
 * each failure counts against the breaker that Dapr keeps for a user.
 */
export async function expectWell(system: System): Promise<void> {
  const end = performance.now() + recoveryMs;
  await waitUntil(
    'analytics answers again',
    async () => {
      probes += 1;
      const { analytics } = await system.chat(`probe-${probes}`);
      return analytics === 'fallback; reason=user-unknown';
    },
    recoveryMs,
  );
  expect(await system.chat('alice')).toMatchObject(ok(5));
  expect(await system.chat('bob')).toMatchObject(ok(3));
  expect(performance.now()).toBeLessThan(end);
}

/** A chat that was personalised with this count. */
export function ok(count: number) {
  return { status: 200, analytics: 'ok', text: countReply(count) };
}

/** What `x-analytics` says to whoever has this count, or none for this reason. */
export function headerOf(reason: string): string {
  return reason === 'ok' ? 'ok' : `fallback; reason=${reason}`;
}

/** One line with the reason, and no second one. */
export async function expectOneReason(
  system: System,
  { requestId }: ChatAnswer,
  reason: string | RegExp,
): Promise<void> {
  const lines = await linesAbout(firstInstances(system).caller.service, requestId);
  const reasons = lines.flatMap((line) => line.reason ?? []);
  expect(reasons).toEqual([typeof reason === 'string' ? reason : expect.stringMatching(reason)]);
}

/** What chat-service is before faults, to be held against what it is after them. */
export interface Baseline {
  pid: number;
  files: OpenFiles;
}

export function takeBaseline(system: System): Baseline {
  const pid = firstInstances(system).caller.service.pid();
  return { pid, files: tellsOpenFiles ? openFiles(pid) : { sockets: 0, all: 0 } };
}

/** The same process still runs, has complained of nothing and holds no more sockets than before. */
export async function expectUnharmed(system: System, { pid, files }: Baseline): Promise<void> {
  const { service } = firstInstances(system).caller;
  expect(service.isRunning()).toBe(true);
  expect(service.pid()).toBe(pid);
  expect(service.complaints()).toBe('');
  expect(service.lines().filter(({ level }) => level >= fatal)).toEqual([]);
  if (!tellsOpenFiles) return;
  // Connections that rest in a pool close by themselves after a few seconds.
  await waitUntil(
    `chat-service has no more than ${files.sockets + 2} sockets and ${files.all + 2} files open again`,
    async () => {
      const now = openFiles(pid);
      return now.sockets <= files.sockets + 2 && now.all <= files.all + 2;
    },
  );
}
