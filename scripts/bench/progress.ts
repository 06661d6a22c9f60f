/** Where progress is shown, such as standard error. */
export interface ProgressOutput {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Shows what is being done: in place on a terminal, a line each elsewhere. */
export function createProgress(output: ProgressOutput, now = () => performance.now()) {
  const start = now();
  return {
    show(doing: string) {
      const line = `${Math.round((now() - start) / 1000)} s: ${doing}`;
      if (!output.isTTY) output.write(`${line}\n`);
      else output.write(`\r\x1b[K${line.slice(0, (output.columns ?? 80) - 1)}`);
    },
    /** Leaves an empty line behind on a terminal. */
    end() {
      if (output.isTTY) output.write('\r\x1b[K');
    },
  };
}
