import { sizeText, type FixtureSize } from '../fixture/size';
import type { Figures, RowResult } from '../row';
import { FIGURES, isReached, measuredValue, number, targetText } from './figures';
import { committedRow, type Results } from './results';

const WIDTH = 16;

/** Prints a row: both sides, the ratio, the last committed figures, and the targets. */
export function printResult(result: RowResult, size: FixtureSize, committed: Results | undefined): void {
  const { title, name, clients, unit, ours, bare, ratio, more = {} } = result;
  const last = committedRow(committed, name, size);
  console.log(
    `\n${title} (${name}; ${clients} client${clients === 1 ? '' : 's'}; ${sizeText(size)}; ${unit})`,
  );
  const keys = (Object.keys(FIGURES) as (keyof Figures)[]).filter((key) => ours[key] !== undefined);
  const line = (label: string, textOf: (key: keyof Figures) => string) =>
    console.log(`  ${label.padEnd(12)}${keys.map((key) => textOf(key).padStart(WIDTH)).join('')}`);
  if (keys.length > 0) {
    line('', (key) => FIGURES[key].title);
    line('ours', (key) => number(ours[key]));
    if (bare) line('bare', (key) => number(bare[key]));
    if (last) line('last commit', (key) => number(last.ours[key]));
  }
  for (const [label, value] of Object.entries(more))
    console.log(
      `  ${label}: ${number(value)}${last?.more?.[label] === undefined ? '' : ` (${number(last.more[label])})`}`,
    );
  if (ratio !== undefined)
    console.log(`  ${number(ratio)} of bare${last?.ratio === undefined ? '' : ` (${number(last.ratio)})`}`);
  for (const target of result.targets)
    console.log(
      `  ${isReached(result, target) ? '✓' : '✗'} ${targetText(target)}: ${number(measuredValue(result, target))}`,
    );
}
