import { formatValue, isSame, label, type Measure, ratios } from './measures.ts';
import type { Result } from './run.ts';
import { median, spread } from './statistics.ts';

/** Fewer values than this on either side say nothing about the noise. */
const minValues = 3;

/** A share of the earlier median; what changed by less matters to nobody. */
const minChange = 0.03;

export type Change = 'better' | 'worse' | 'none' | 'unknown';

/**
 * Whether two series of measurements differ by more than their own noise: their medians lie further
 * apart than both ranges together are wide.
 */
export function compare(
  earlier: readonly number[],
  later: readonly number[],
  better: Measure['better'],
): Change {
  if (earlier.length < minValues || later.length < minValues) return 'unknown';
  const [a, b] = [spread(earlier), spread(later)];
  const distance = median(later) - median(earlier);
  const noise = Math.max(a.max - a.min + b.max - b.min, minChange * Math.abs(median(earlier)));
  if (Math.abs(distance) <= noise) return 'none';
  return distance > 0 === (better === 'higher') ? 'better' : 'worse';
}

/**
 * What changed beyond the noise, as a person reads it. Ratios are compared, which hold also where
 * the machine is another or has more to do than the time before; of the first column, which has
 * none, what it tells of the machine.
 */
export function compareResults(earlier: Result, later: Result): string {
  const changes: string[] = [];
  const machine: string[] = [];
  let compared = 0;
  for (const section of later.sections) {
    const before = earlier.sections.find(({ title }) => title === section.title);
    if (!before) continue;
    for (const measure of section.measures) {
      const old = before.measures.find((other) => isSame(other, measure));
      if (!old || measure.unit === 'cores') continue;
      const isFirst = measure.subject === section.subjects[0];
      const from = isFirst ? old.values : ratios(before, old);
      const to = isFirst ? measure.values : ratios(section, measure);
      const change = compare(from, to, measure.better);
      if (change === 'unknown') continue;
      compared += 1;
      if (change === 'none') continue;
      const unit = isFirst ? ` ${measure.unit}` : ' times the first column';
      (isFirst ? machine : changes).push(
        `${change}: ${section.title}: ${measure.subject}: ${label(measure)}: ${formatValue(median(from))} to ${formatValue(median(to))}${unit}`,
      );
    }
  }
  const sameParameters = JSON.stringify(earlier.parameters) === JSON.stringify(later.parameters);
  const title = `Against ${earlier.machine.commit} of ${earlier.startedAt}: ${compared} series compared, ${changes.length} changed beyond the noise.${sameParameters ? '' : ' The parameters differ.'}`;
  const disturbed =
    machine.length === 0
      ? []
      : ['The machine was not the same, as the first columns show:', ...machine];
  return ['', title, ...changes, ...disturbed].join('\n');
}
