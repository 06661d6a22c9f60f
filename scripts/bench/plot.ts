/** A line of a chart; points in ascending order of x. */
export interface Series {
  name: string;
  points: { x: number; y: number }[];
}

export interface Chart {
  title: string;
  xLabel: string;
  series: Series[];
}

const width = 720;
const chartHeight = 240;
const left = 80;
const right = 180;
const top = 36;
const bottom = 48;
const colours = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd'];

/** Charts one below the other, as an SVG document. The x axes are logarithmic, the y axes begin at 0. */
export function drawCharts(charts: readonly Chart[]): string {
  const drawn = charts.map(
    (chart, index) => `<g transform="translate(0 ${index * chartHeight})">${drawChart(chart)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${charts.length * chartHeight}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>${drawn.join('')}</svg>\n`;
}

function drawChart({ title, xLabel, series }: Chart): string {
  const points = series.flatMap((line) => line.points);
  const ticksX = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b);
  const ticksY = roundTicks(Math.max(...points.map(({ y }) => y)));
  const scaleX = logScale(ticksX[0] ?? 1, ticksX.at(-1) ?? 1);
  const scaleY = (y: number) =>
    round(chartHeight - bottom - (y / (ticksY.at(-1) ?? 1)) * (chartHeight - top - bottom));
  const end = width - right;
  return [
    `<text x="${left}" y="20" font-weight="bold">${escapeXml(title)}</text>`,
    ...ticksY.map(
      (y) =>
        `<path d="M${left} ${scaleY(y)}H${end}" stroke="#ddd"/><text x="${left - 8}" y="${scaleY(y) + 4}" text-anchor="end">${y.toLocaleString('en-GB')}</text>`,
    ),
    ...ticksX.map(
      (x) =>
        `<text x="${scaleX(x)}" y="${chartHeight - bottom + 18}" text-anchor="middle">${x.toLocaleString('en-GB')}</text>`,
    ),
    `<text x="${(left + end) / 2}" y="${chartHeight - 10}" text-anchor="middle">${escapeXml(xLabel)}</text>`,
    ...series.map(({ name, points: own }, index) => {
      const colour = colours[index % colours.length];
      const path = own.map(({ x, y }) => `${scaleX(x)},${scaleY(y)}`).join(' ');
      const labelY = top + 14 + index * 18;
      return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/><text x="${end + 12}" y="${labelY}" fill="${colour}">${escapeXml(name)}</text>`;
    }),
  ].join('');
}

function logScale(from: number, to: number): (x: number) => number {
  const span = Math.log(to) - Math.log(from);
  return (x) => {
    const share = span === 0 ? 0.5 : (Math.log(x) - Math.log(from)) / span;
    return round(left + share * (width - left - right));
  };
}

/** 0 and up to five more round values, of which the last is not below `max`. */
export function roundTicks(max: number): number[] {
  if (!(max > 0)) return [0, 1];
  const magnitude = 10 ** Math.floor(Math.log10(max / 4));
  const step = [1, 2, 5, 10].map((n) => n * magnitude).find((size) => max / size <= 5) ?? max;
  const count = Math.ceil(max / step);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
