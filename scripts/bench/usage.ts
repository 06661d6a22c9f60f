import { readFileSync, writeFileSync } from 'node:fs';

// What the system knows of a process, where there is a /proc (Linux); undefined elsewhere.

/** Linux reports CPU time to processes in hundredths of a second, on every architecture. */
const msPerTick = 10;

/** CPU time of the process so far, in milliseconds, all its threads. */
export function cpuMsOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in brackets may hold blanks; utime and stime are fields 14 and 15, see proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

export interface Memory {
  /** Resident now, in megabytes of a million bytes. */
  residentMb: number;
  /** The most since the start or the last `resetPeak`. */
  peakMb: number;
}

/** Memory of the process. */
export function memoryOf(pid: number): Memory | undefined {
  const status = read(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  const mb = (name: string) =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}

/** Lets the peak start anew from what is resident now. */
export function resetPeak(pid: number): void {
  if (read(`/proc/${pid}/status`) !== undefined) writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** CPU time that the whole machine has spent on processes so far, in milliseconds. */
export function machineCpuMs(): number | undefined {
  const [, user, nice, system] = read('/proc/stat')?.split('\n', 1)[0]?.split(/\s+/) ?? [];
  return user === undefined
    ? undefined
    : (Number(user) + Number(nice) + Number(system)) * msPerTick;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
