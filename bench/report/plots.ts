/** Plots of the committed figures as SVG files: horizontal bars, readable on white and on black. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_SIZE } from '../fixture/size';
import { number } from './figures';
import type { Results, SizedResults } from './results';

interface Bar {
  readonly label: string;
  /** Stacked from the left. */
  readonly parts: readonly { readonly value: number; readonly color: string }[];
  /** A line across the bar, such as a target. */
  readonly mark?: number | undefined;
  readonly text: string;
}

interface Plot {
  readonly file: string;
  readonly title: string;
  readonly bars: (rows: readonly SizedResults[]) => readonly Bar[];
}

const OURS = '#2f81f7';
const BARE = '#8b949e';
const POSTGRES = '#d29922';
const BARE_POSTGRES = '#c9b27a';
const TARGET = '#cf222e';

/** The plots of the page, in its order. */
export const PLOTS: readonly Plot[] = [
  {
    file: 'share-of-bare.svg',
    title: 'Rate as a share of the bare server; the red line is the target',
    bars: (rows) =>
      rows.flatMap((row) => {
        if (row.ratio === undefined) return [];
        const mark = row.targets.find(({ figure }) => figure === 'ratio')?.minimum;
        return [
          { label: row.name, parts: [{ value: row.ratio, color: OURS }], mark, text: number(row.ratio) },
        ];
      }),
  },
  {
    file: 'cpu.svg',
    title: 'CPU of an operation in ms, Node + PostgreSQL; bare below',
    bars: (rows) => rows.filter(({ unit }) => unit === 'operations').flatMap(cpuBars),
  },
  {
    file: 'p99.svg',
    title: '99th percentile of the duration in ms; bare below',
    bars: (rows) => rows.flatMap(latencyBars),
  },
];

export function writePlots({ rows }: Results, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const standard = rows.filter(({ size }) => size.products === DEFAULT_SIZE.products);
  for (const plot of PLOTS)
    writeFileSync(path.join(folder, plot.file), draw(plot.title, plot.bars(standard)));
}

function cpuBars({ name, ours, bare }: SizedResults): Bar[] {
  const bar = (label: string, node = 0, postgres = 0, colors: readonly [string, string]): Bar => ({
    label,
    parts: [
      { value: node, color: colors[0] },
      { value: postgres, color: colors[1] },
    ],
    text: `${number(node)} + ${number(postgres)}`,
  });
  if (ours.nodeCpuMs === undefined) return [];
  const bars = [bar(name, ours.nodeCpuMs, ours.postgresCpuMs, [OURS, POSTGRES])];
  return bare ? [...bars, bar('', bare.nodeCpuMs, bare.postgresCpuMs, [BARE, BARE_POSTGRES])] : bars;
}

function latencyBars({ name, ours, bare }: SizedResults): Bar[] {
  if (ours.p99Ms === undefined) return [];
  const bar = (label: string, value: number, color: string): Bar => ({
    label,
    parts: [{ value, color }],
    text: number(value),
  });
  return bare?.p99Ms === undefined
    ? [bar(name, ours.p99Ms, OURS)]
    : [bar(name, ours.p99Ms, OURS), bar('', bare.p99Ms, BARE)];
}

const LABEL_WIDTH = 150;
const BAR_WIDTH = 520;
const TEXT_WIDTH = 130;
const ROW_HEIGHT = 20;
const TOP = 36;
const FONT = 'font-family="sans-serif" font-size="12" fill="#7d8590"';

/**
 * The length of a bar is on a scale of square roots, because the figures span three orders of magnitude; its parts are shares of it.
 */
function draw(title: string, bars: readonly Bar[]): string {
  const sum = ({ parts }: Bar) => parts.reduce((total, { value }) => total + value, 0);
  const highest = Math.max(...bars.map((bar) => Math.max(sum(bar), bar.mark ?? 0)), Number.MIN_VALUE);
  const x = (value: number) => LABEL_WIDTH + Math.sqrt(value / highest) * BAR_WIDTH;
  const height = TOP + bars.length * ROW_HEIGHT + 8;
  const width = LABEL_WIDTH + BAR_WIDTH + TEXT_WIDTH;
  const rows = bars.map((bar, index) => {
    const y = TOP + index * ROW_HEIGHT;
    const [total, end] = [sum(bar), x(sum(bar))];
    let from = LABEL_WIDTH;
    const parts = bar.parts.map(({ value, color }) => {
      const partWidth = total === 0 ? 0 : (value / total) * (end - LABEL_WIDTH);
      from += partWidth;
      return `<rect x="${(from - partWidth).toFixed(1)}" y="${y + 3}" width="${partWidth.toFixed(1)}" height="${ROW_HEIGHT - 6}" fill="${color}"/>`;
    });
    const mark =
      bar.mark === undefined
        ? ''
        : `<rect x="${(x(bar.mark) - 1).toFixed(1)}" y="${y}" width="2" height="${ROW_HEIGHT}" fill="${TARGET}"/>`;
    return `<text x="${LABEL_WIDTH - 8}" y="${y + 14}" text-anchor="end" ${FONT}>${bar.label}</text>${parts.join('')}${mark}<text x="${(x(Math.max(total, bar.mark ?? 0)) + 6).toFixed(1)}" y="${y + 14}" ${FONT}>${bar.text}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${title}</title>
<text x="0" y="18" ${FONT} font-weight="bold">${title}; √ scale</text>
${rows.join('\n')}
</svg>
`;
}
