import type { Section } from './measures.ts';
import { type Chart, drawCharts } from './plot.ts';
import { median } from './statistics.ts';

/** How latency, memory and CPU grow with chats in flight, as SVG. */
export function plotInFlight(section: Section): string {
  const chart = (metric: string, unit: string): Chart => ({
    title: `${metric}, ${unit}`,
    xLabel: section.title,
    series: section.subjects.map((name) => ({
      name,
      points: section.measures.flatMap((measure) =>
        measure.subject === name && measure.metric === metric && measure.size
          ? [{ x: measure.size.count, y: median(measure.values) }]
          : [],
      ),
    })),
  });
  const metrics = [...new Set(section.measures.map(({ metric }) => metric))].filter(
    (metric) => !/generator|stub|something else/.test(metric),
  );
  return drawCharts(
    metrics.map((metric) =>
      chart(metric, section.measures.find((measure) => measure.metric === metric)?.unit ?? ''),
    ),
  );
}
