/** A process of the system that faults happen to, and that can be started again as it was. */
export interface Part {
  name: string;
  pid(): number;
  isRunning(): boolean;
  /** Starts it on the same ports as before, and waits until it answers. */
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal, SIGKILL unless told, and waits until it has ended. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** Ends a part and starts it anew. */
export async function restart(part: Part, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  await part.end(signal);
  await part.start();
}
