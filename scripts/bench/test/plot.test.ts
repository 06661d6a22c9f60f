import { describe, expect, it } from 'vitest';
import { plotInFlight } from '../in-flight-plot.ts';
import { drawCharts, roundTicks } from '../plot.ts';

describe('a plot', () => {
  const svg = drawCharts([
    {
      title: 'p99 & more',
      xLabel: 'in flight',
      series: [
        {
          name: 'bare <A>',
          points: [
            { x: 1, y: 0 },
            { x: 10, y: 50 },
            { x: 100, y: 100 },
          ],
        },
      ],
    },
  ]);

  it('puts equal factors at equal distances, and 0 at the bottom', () => {
    expect(svg).toContain('points="80,192 310,114 540,36"');
  });

  it('escapes what is XML', () => {
    expect(svg).toContain('p99 &amp; more');
    expect(svg).toContain('bare &lt;A&gt;');
  });

  it('draws a single point, which has no span', () => {
    const one = [{ name: 'a', points: [{ x: 5, y: 1 }] }];
    expect(drawCharts([{ title: '', xLabel: '', series: one }])).toContain('points="310,36"');
  });

  it('has a chart for each metric of the app, and none for the tools', () => {
    const measure = { subject: 'C', unit: 'ms', better: 'lower', values: [1, 3, 2] } as const;
    const size = { count: 10, of: 'in flight' };
    const drawn = plotInFlight({
      title: 'Chats in flight',
      subjects: ['C'],
      measures: [
        { ...measure, metric: 'p99', size, values: [...measure.values] },
        { ...measure, metric: 'CPU of the load generator', size, values: [1] },
      ],
    });
    expect(drawn).toContain('p99, ms');
    expect(drawn).not.toContain('generator');
  });
});

describe('ticks', () => {
  it.each([
    [100, [0, 20, 40, 60, 80, 100]],
    [7, [0, 2, 4, 6, 8]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [0, [0, 1]],
    [Number.NaN, [0, 1]],
  ])('up to %d are round and reach it', (max, expected) => {
    expect(roundTicks(max)).toEqual(expected);
  });
});
