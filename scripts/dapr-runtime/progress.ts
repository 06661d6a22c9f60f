/** What of a `NodeJS.WriteStream` is used here. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

export interface Progress {
  /** The step, how far it is (may be empty), and what is done of the whole, in usual seconds. */
  show(step: string, count: string, doneSeconds: number): void;
  /** Clears the bar and stops its timer. */
  close(): void;
}

const lineEveryMs = 30_000;
const barEveryMs = 1_000;
const redrawAfterMs = 200;
const barWidth = 10;
// A guess made out of less is wild.
const enoughToGuess = { ms: 15_000, seconds: 10 };

/**
 * One line that is written over on a terminal; elsewhere a line at each step and every 30 s. Each
 * phase goes at a pace of its own (the network's, the processor's): `phaseEnds` are the seconds
 * from the start to the end of each as usual, told until this attempt's pace is known.
 */
export function createProgress(output: Output, phaseEnds: readonly number[]): Progress {
  const start = performance.now();
  const total = phaseEnds.at(-1) ?? 0;
  let currentStep = '';
  let activity = '';
  let done = 0;
  let phase = { end: -1, startedAt: start, doneAtStart: 0 };
  let closed = false;
  let drawnAt = Number.NEGATIVE_INFINITY;

  function timing(): { elapsed: string; left: string; known: boolean } {
    const elapsedMs = performance.now() - phase.startedAt;
    const doneInPhase = done - phase.doneAtStart;
    const known = elapsedMs >= enoughToGuess.ms && doneInPhase >= enoughToGuess.seconds;
    const msPerSecond = known ? elapsedMs / doneInPhase : 1000;
    const leftMs = (phase.end - done) * msPerSecond + (total - phase.end) * 1000;
    return { elapsed: minutes(performance.now() - start), left: minutes(leftMs), known };
  }

  function draw(): void {
    drawnAt = performance.now();
    const percent = `${Math.floor((done / total) * 100)} %`;
    const { elapsed, left, known } = timing();
    if (output.isTTY) {
      const filled = Math.floor((done / total) * barWidth);
      const bar = `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]`;
      const line = `${bar} ${percent.padStart(5)}  ${activity}, ${elapsed}, ~${left} left`;
      output.write(`\r\x1b[2K${line.slice(0, (output.columns ?? 80) - 1)}`);
    } else {
      const guess = `${known ? 'about' : 'usually'} ${left} to go`;
      output.write(`Building Dapr: ${activity}, ${percent}, ${elapsed} so far, ${guess}\n`);
    }
  }

  const everyMs = output.isTTY ? barEveryMs : lineEveryMs;
  const timer = setInterval(() => {
    if (performance.now() - drawnAt >= everyMs) draw();
  }, barEveryMs);

  return {
    show(step, count, nextDone) {
      const stepChanged = step !== currentStep;
      currentStep = step;
      activity = count === '' ? step : `${step}, ${count}`;
      done = Math.min(total, Math.max(done, nextDone));
      const end = phaseEnds.find((seconds) => done < seconds) ?? total;
      if (end !== phase.end) phase = { end, startedAt: performance.now(), doneAtStart: done };
      if (stepChanged || (output.isTTY && performance.now() - drawnAt >= redrawAfterMs)) draw();
    },
    close() {
      if (!closed && output.isTTY) output.write('\r\x1b[2K');
      closed = true;
      clearInterval(timer);
    },
  };
}

/** Milliseconds as minutes and seconds, such as `4:05`. */
export function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
