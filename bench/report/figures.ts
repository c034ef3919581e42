/** Figures and targets as texts. */
import type { Figures, RowResult, Target } from '../row';

/** The figures of a side: title, and whether a smaller one is better. */
export const FIGURES: Readonly<Record<keyof Figures, { readonly title: string; readonly smaller: boolean }>> =
  {
    perSecond: { title: 'a second', smaller: false },
    coldPerSecond: { title: 'a second, cold', smaller: false },
    firstMs: { title: 'first, ms', smaller: true },
    nodeCpuMs: { title: 'Node, ms', smaller: true },
    postgresCpuMs: { title: 'PostgreSQL, ms', smaller: true },
    statements: { title: 'statements', smaller: true },
    p50Ms: { title: 'p50, ms', smaller: true },
    p95Ms: { title: 'p95, ms', smaller: true },
    p99Ms: { title: 'p99, ms', smaller: true },
    peakRssMb: { title: 'peak RSS, MB', smaller: true },
  };

/** Three significant digits, and whole numbers above them. */
export function number(value: number | undefined): string {
  if (value === undefined) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/** The measured value that a target is about. */
export function measuredValue(result: RowResult, { figure }: Target): number | undefined {
  if (figure === 'ratio') return result.ratio;
  return figure in FIGURES ? result.ours[figure as keyof Figures] : result.more?.[figure];
}

export function isReached(result: RowResult, target: Target): boolean {
  const value = measuredValue(result, target);
  if (value === undefined) return false;
  return value >= (target.minimum ?? -Infinity) && value <= (target.maximum ?? Infinity);
}

/** "≥ 0.5 of bare", "≤ 0.45 Node, ms". */
export function targetText({ figure, minimum, maximum }: Target): string {
  const bound = minimum === undefined ? `≤ ${number(maximum)}` : `≥ ${number(minimum)}`;
  if (figure === 'ratio') return `${bound} of bare`;
  return `${bound} ${figure in FIGURES ? FIGURES[figure as keyof Figures].title : figure}`;
}
