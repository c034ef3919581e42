/** A plot with its legend, and the same as a table for those who do not see it. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { DataTable } from '../shared/ui/table';

/** One line of a plot. Its colour is that of `.series-<name>` in the style sheet. */
export interface Series {
  readonly name: 'present' | 'past' | 'low' | 'high';
  readonly label: string;
  /** One for each place of the horizontal axis; null where there is none. */
  readonly values: readonly (number | null)[];
}

export interface PlotProps {
  /** What there is to see, in a sentence: read by screen readers in place of the picture. */
  readonly summary: string;
  /** The places of the horizontal axis, in words. */
  readonly places: readonly string[];
  /** The heading of the places in the table. */
  readonly placesLabel: string;
  readonly series: readonly Series[];
  /** Values in the table. */
  readonly format: (value: number) => string;
  /** Values at the vertical axis. */
  readonly formatShort: (value: number) => string;
  /** Fills the space between the last two series. */
  readonly band?: boolean;
}

const HEIGHT = 240;

export function Plot(props: PlotProps) {
  const { summary, places, placesLabel, series, format } = props;
  const figure = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const shape = useMemo(() => JSON.stringify([places, series]), [places, series]);
  useEffect(() => drawn(figure.current!, canvas.current!, props), [shape]);
  const rows = places.map((place, at) => ({ place, at }));
  const cell = (value: number | null | undefined) => (value == null ? '–' : format(value));
  return (
    <figure class="plot" ref={figure}>
      <div ref={canvas} role="img" aria-label={summary} />
      <figcaption class="legend">
        {series.map(({ name, label }) => (
          <span key={name} class={`series series-${name}`}>
            {label}
          </span>
        ))}
      </figcaption>
      <details>
        <summary>Show as a table</summary>
        <DataTable
          caption={summary}
          empty="Nothing yet."
          rows={rows}
          keyOf={({ place }) => place}
          columns={[
            { header: placesLabel, cell: ({ place }) => place },
            ...series.map(({ label, values }) => ({
              header: label,
              numeric: true,
              cell: ({ at }: { at: number }) => cell(values[at]),
            })),
          ]}
        />
      </details>
    </figure>
  );
}

/** Draws the plot, and again for another width or other colours. @returns a function that removes it. */
function drawn(figure: HTMLElement, target: HTMLElement, props: PlotProps): () => void {
  let plot: uPlot | undefined;
  const draw = () => {
    plot?.destroy();
    plot = new uPlot(optionsOf(figure, target.clientWidth, props), dataOf(props), target);
  };
  const resized = new ResizeObserver(() => plot?.setSize({ width: target.clientWidth, height: HEIGHT }));
  const dark = matchMedia('(prefers-color-scheme: dark)');
  draw();
  resized.observe(figure);
  dark.addEventListener('change', draw);
  return () => {
    resized.disconnect();
    dark.removeEventListener('change', draw);
    plot?.destroy();
  };
}

function dataOf({ places, series }: PlotProps): uPlot.AlignedData {
  return [places.map((_, at) => at), ...series.map(({ values }) => [...values])];
}

function optionsOf(
  figure: HTMLElement,
  width: number,
  { places, series, formatShort, band = false }: PlotProps,
): uPlot.Options {
  // The colours of the style sheet, as the browser has resolved them for light or dark.
  const colour = (selector: string) => getComputedStyle(figure.querySelector(selector) ?? figure).color;
  const quiet = colour('summary');
  const axis = { stroke: quiet, grid: { show: false }, ticks: { show: false }, font: '13px system-ui' };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [
      {
        ...axis,
        space: 60,
        incrs: [1, 2, 3, 4, 6, 12],
        values: (_plot, splits) => splits.map((at) => places[at] ?? ''),
      },
      { ...axis, size: 70, values: (_plot, splits) => splits.map(formatShort) },
    ],
    series: [
      {},
      ...series.map(({ name, label }) => ({
        label,
        stroke: colour(`.series-${name}`),
        width: name === 'present' ? 3 : 2,
        ...(name === 'past' && { dash: [6, 5] }),
      })),
    ],
    ...(band && {
      bands: [
        {
          series: [series.length, series.length - 1] as [number, number],
          fill: colour('.series-high').replace('rgb(', 'rgba(').replace(')', ', 0.15)'),
        },
      ],
    }),
  };
}
