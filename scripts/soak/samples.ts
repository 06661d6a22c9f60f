import { memoryOf } from '../bench/usage.ts';
import { type OpenFiles, openFiles, tellsOpenFiles } from '../faults/open-files.ts';

/** What a process takes at one moment. */
export interface Sample {
  /** Since the run began. */
  minutes: number;
  /** Resident; undefined where the system does not tell. */
  memoryMb: number | undefined;
  files: OpenFiles | undefined;
}

/** Looks at a process that runs. */
export function takeSample(pid: number, minutes: number): Sample {
  return {
    minutes,
    memoryMb: memoryOf(pid)?.residentMb,
    files: tellsOpenFiles ? openFiles(pid) : undefined,
  };
}
