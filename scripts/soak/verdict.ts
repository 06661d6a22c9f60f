import type { Sample } from './samples.ts';
import { slopeOf } from './slope.ts';

/** Megabytes a minute by which memory may grow, in runs that are long enough to tell. */
const maxSlope = 2;

/** Minutes at the start in which memory may grow, and which are left out. */
const warmUpMinutes = 2;

/** Minutes after the warm-up without which a slope says nothing. */
const slopeMinutes = 3;

/** Sockets and open files that there may be more at the end than at the start. */
const maxMoreFiles = 5;

/** All that a run has shown. */
export interface Record {
  chats: number;
  faults: number;
  /** What clients saw, by status and `x-analytics`, with how often. */
  seen: ReadonlyMap<string, number>;
  /** What must not be, with how often. */
  problems: ReadonlyMap<string, number>;
  samples: readonly Sample[];
  /** After all is over and the pools have closed what rested. */
  first: Sample;
  last: Sample;
}

export interface Verdict {
  ok: boolean;
  /** For people. */
  text: string;
}

/** Judges a run. */
export function judge({ chats, faults, seen, problems, samples, first, last }: Record): Verdict {
  const wrong = [...problems].map(([kind, count]) => `${count} times ${kind}`);
  const settled = samples.filter(({ minutes }) => minutes >= warmUpMinutes);
  const isLong = (settled.at(-1)?.minutes ?? 0) - warmUpMinutes >= slopeMinutes;
  const slope = slopeOf(
    (isLong ? settled : samples).flatMap(({ minutes, memoryMb }) =>
      memoryMb === undefined ? [] : [{ x: minutes, y: memoryMb }],
    ),
  );
  if (isLong && slope > maxSlope) {
    wrong.push(`memory grows by ${slope.toFixed(2)} MB a minute, more than ${maxSlope}`);
  }
  for (const kind of ['sockets', 'all'] as const) {
    const more = (last.files?.[kind] ?? 0) - (first.files?.[kind] ?? 0);
    const name = kind === 'all' ? 'open files' : 'sockets';
    if (more > maxMoreFiles) wrong.push(`${more} ${name} more at the end than at the start`);
  }
  if (chats === 0) wrong.push('no chat was answered');
  const change = (pick: (sample: Sample) => number | undefined) =>
    `${pick(first)?.toFixed(0) ?? 'unknown'} -> ${pick(last)?.toFixed(0) ?? 'unknown'}`;
  return {
    ok: wrong.length === 0,
    text: [
      `${chats} chats, ${faults} faults`,
      'What clients saw:',
      ...[...seen].toSorted().map(([what, count]) => `  ${String(count).padStart(8)}  ${what}`),
      'chat-service, at the start and at the end:',
      `  memory ${change(({ memoryMb }) => memoryMb)} MB, slope ${slope.toFixed(2)} MB a minute${isLong ? '' : ' (too short a run to judge it)'}`,
      `  sockets ${change(({ files }) => files?.sockets)}, open files ${change(({ files }) => files?.all)}`,
      wrong.length === 0 ? 'Verdict: all is well.' : `Verdict: ${wrong.join('; ')}.`,
    ].join('\n'),
  };
}
