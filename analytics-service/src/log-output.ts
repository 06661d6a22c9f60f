import { writeSync } from 'node:fs';

const standardOutput = 1;

/** Milliseconds between two tries where whoever reads the log is behind, and their number. */
const pause = { ms: 10, times: 100 };

/**
 * Standard output for a log. Where it takes no more, as on a full disk, lines are lost and not the
 * service: pino's own would raise an error out of the request that is logged. How many were lost is
 * said as soon as it takes lines again.
 */
export function createLogOutput(): { write(line: string): void } {
  let lost = 0;
  return {
    write(line) {
      const problem = tryWrite(lost > 0 ? `\n${lostLines(lost)}${line}` : line);
      lost = problem === undefined ? 0 : lost + 1;
      if (lost === 1) console.error(`The log takes no more lines: ${problem}`);
    },
  };
}

function lostLines(count: number): string {
  return `${JSON.stringify({ level: 40, time: Date.now(), msg: 'log lines were lost', count })}\n`;
}

/** @returns the code of the error, where not all was written */
function tryWrite(text: string): string | undefined {
  let rest = Buffer.from(text);
  for (let tries = 0; ; ) {
    try {
      rest = rest.subarray(writeSync(standardOutput, rest));
      if (rest.length === 0) return undefined;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      tries += 1;
      if (code !== 'EAGAIN' || tries > pause.times) return code;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause.ms);
    }
  }
}
