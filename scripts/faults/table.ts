import { quickAnalyticsFaults, slowAnalyticsFaults } from './analytics-faults.ts';
import { modelFaults } from './model-faults.ts';

/** The faults that are tables in the code, as rows of README.md's tables. */
export function faultRows(): string[] {
  const analytics = [...quickAnalyticsFaults, ...slowAnalyticsFaults].map(
    ({ fault, how, seen, withinMs }) =>
      row(fault, how, `200, ${seen.map((reason) => `\`${reason}\``).join(' or ')}`, withinMs),
  );
  const model = modelFaults.map(({ fault, status, retryAfter, withinMs }) =>
    row(fault, String(status) + (retryAfter ? `, Retry-After ${retryAfter}` : ''), withinMs),
  );
  return [...analytics, ...model];
}

function row(...cells: [...string[], number]): string {
  const texts = cells.map((cell) => (typeof cell === 'number' ? `${cell / 1000} s` : cell));
  return `| ${texts.join(' | ')} |`;
}
