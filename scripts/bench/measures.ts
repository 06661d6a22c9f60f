/** A group of subjects that are measured side by side. */
export interface Section {
  title: string;
  /** In the order of the table; ratios are to the first. */
  subjects: string[];
  measures: Measure[];
}

export interface Measure {
  subject: string;
  metric: string;
  unit: string;
  better: 'higher' | 'lower';
  /** One for each round, in the same order for all subjects. */
  values: number[];
  /** Where a metric is taken at several sizes: how many of what. */
  size?: { count: number; of: string };
}

export type Reading = Omit<Measure, 'values'> & {
  /** Undefined where the system does not tell: nothing is recorded. */
  value: number | undefined;
};

export function createSection(title: string, subjects: string[]): Section {
  return { title, subjects, measures: [] };
}

/** Adds a round's value to its measure. */
export function record(section: Section, { value, ...measure }: Reading): void {
  if (value === undefined) return;
  const known = section.measures.find((other) => isSame(other, measure));
  if (known) known.values.push(value);
  else section.measures.push({ ...measure, values: [value] });
}

/** A metric with its size, as a person reads it. */
export function label({ metric, size }: Pick<Measure, 'metric' | 'size'>): string {
  return size === undefined
    ? metric
    : `${metric}, ${size.count.toLocaleString('en-GB')} ${size.of}`;
}

/** Whether two measures are of the same thing. */
export function isSame(a: Omit<Measure, 'values'>, b: Omit<Measure, 'values'>): boolean {
  return a.subject === b.subject && label(a) === label(b);
}

/** Ratios to the section's first subject, round by round; empty for the first itself. */
export function ratios(section: Section, measure: Measure): number[] {
  const [first = ''] = section.subjects;
  if (measure.subject === first) return [];
  const base = section.measures.find((other) => isSame(other, { ...measure, subject: first }));
  return measure.values.flatMap((value, round) => {
    const against = base?.values[round];
    return against === undefined || against <= 0 || value < 0 ? [] : [value / against];
  });
}

/** A value with three digits that count; whole numbers from 100 on. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.max(2 - Math.floor(Math.log10(Math.abs(value) || 1)), 0);
  return value.toLocaleString('en-GB', {
    minimumFractionDigits: Math.min(digits, 3),
    maximumFractionDigits: Math.min(digits, 3),
  });
}
