import { Failure } from './failure.ts';
/** A multi-app file that cannot be run; the message lists everything that is wrong with it. */
export class InvalidMultiAppFile extends Failure {
  override name = 'InvalidMultiAppFile';

  constructor(file: string, problems: readonly string[]) {
    super([`${file} cannot be used:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}
