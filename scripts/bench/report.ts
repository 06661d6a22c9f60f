import { formatValue, label, type Measure, ratios, type Section } from './measures.ts';
import type { Result } from './run.ts';
import { median, spread } from './statistics.ts';

/** The result as tables: medians with their spread, and ratios to the first column. */
export function formatResult(result: Result): string {
  const { machine, startedAt, seconds, parameters } = result;
  const versions = Object.entries(machine.versions).map((entry) => entry.join(' '));
  const head = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}`,
    `${versions.join(', ')}; commit ${machine.commit}`,
    `${startedAt}, ${seconds} s, ${parameters.plan.rounds} rounds; the model takes no time at full throughput, ${parameters.modelMs} ms at a fixed rate`,
    'Each cell: median (lowest to highest), × the ratio to the first column',
  ];
  return [...head, ...result.sections.map(formatSection)].join('\n');
}

function formatSection({ title, subjects, measures }: Section): string {
  const section = { title, subjects, measures };
  const labels = [...new Set(measures.map(label))];
  const rows = labels.map((name) => {
    const ofRow = measures.filter((measure) => label(measure) === name);
    const unit = ofRow[0]?.unit ?? '';
    const cells = subjects.map((subject) => {
      const measure = ofRow.find((other) => other.subject === subject);
      return measure ? formatCell(section, measure) : '';
    });
    return [`${name}, ${unit}`, ...cells];
  });
  return `\n${title}\n${alignColumns([['', ...subjects], ...rows])}`;
}

function formatCell(section: Section, measure: Measure): string {
  const { values, unit } = measure;
  const { min, max } = spread(values);
  const ratio = ratios(section, measure);
  const middle = formatValue(median(values));
  const range = values.length > 1 ? ` (${formatValue(min)} to ${formatValue(max)})` : '';
  return (
    middle + range + (ratio.length > 0 && unit !== 'cores' ? ` ×${formatValue(median(ratio))}` : '')
  );
}

function alignColumns(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
