import { isFree } from '../start/ports.ts';

// Below the range that systems take for outgoing connections, so that none of those gets in between.
const FIRST = 20_000;
const LAST = 31_999;

/** So many different ports that nothing listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  let port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
  for (let tried = 0; found.length < count; tried += 1) {
    if (tried > LAST - FIRST) throw new Error(`Fewer than ${count} ports are free.`);
    if (await isFree(port)) found.push(port);
    port = port === LAST ? FIRST : port + 1;
  }
  return found;
}
