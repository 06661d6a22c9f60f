import { readFileSync } from 'node:fs';
import { Failure } from '../start/failure.ts';
import { type Result, resultFormat } from './run.ts';

/** Reads what `--json` has printed. Throws Failure for any other file. */
export function readResult(file: string): Result {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`${file} cannot be compared with: ${reason}`, { cause: error });
  }
  if (!isResult(value)) {
    throw new Failure(
      `${file} is no result of "pnpm bench --json" of this version; make a new one`,
    );
  }
  return value;
}

function isResult(value: unknown): value is Result {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === resultFormat
  );
}
