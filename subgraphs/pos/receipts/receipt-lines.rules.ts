/** A receipt as lines of columns, for all formats that print on a roll. Pure. */
import { displayWidth, wrap } from '#kernel/typesetting/display-width.rules';
import type { ReceiptLayout, ReceiptRow } from './receipt-layout';

/** The width of the paper in millimetres. */
export type PaperWidth = 58 | 80;

/** Number of characters on a line: the printers' font A has 12 dots a character, and 8 dots a millimetre. */
export const COLUMNS: Readonly<Record<PaperWidth, number>> = { 58: 32, 80: 42 };

/** A text and its place on a line. */
export interface Cell {
  text: string;
  /** Where the text begins, or for `end`, where it ends; in columns from the left. A centred text is in the middle of the line. */
  column: number;
  align: 'start' | 'center' | 'end';
}

/** A line of a receipt on paper. */
export interface ReceiptLine {
  cells: readonly Cell[];
  strong: boolean;
}

/** The lines of a receipt, from the top; each is laid out when the caller iterates to it. */
export function* receiptLines(layout: ReceiptLayout, columns: number): Generator<ReceiptLine> {
  for (const line of linesFromLeft(layout, columns))
    yield layout.rightToLeft ? mirrored(line, columns) : line;
}

/** A line of a receipt that is read from right to left: the texts that began on the left begin on the right. */
function mirrored({ cells, strong }: ReceiptLine, columns: number): ReceiptLine {
  const opposite = { start: 'end', end: 'start', center: 'center' } as const;
  const placed = cells.map(({ text, column, align }): Cell => ({
    text,
    column: align === 'center' ? 0 : columns - column,
    align: opposite[align],
  }));
  return { cells: placed.reverse(), strong };
}

function* linesFromLeft(layout: ReceiptLayout, columns: number): Generator<ReceiptLine> {
  const rule: ReceiptLine = {
    cells: [{ text: '-'.repeat(columns), column: 0, align: 'start' }],
    strong: false,
  };
  const { marks, head, details, items, totals, tenders, taxTitles, taxes, foot } = layout;
  yield* centred([layout.title], columns, true);
  yield* centred(head, columns, false);
  yield* centred(
    marks.map((mark) => `*** ${mark} ***`),
    columns,
    true,
  );
  for (const rows of [details, items, totals]) {
    yield rule;
    yield* rowsOf(rows, columns);
  }
  if (tenders.length > 0) yield rule;
  yield* rowsOf(tenders, columns);
  yield rule;
  yield { cells: taxCells(taxTitles, columns), strong: false };
  for (const { rate, net, tax } of taxes) yield { cells: taxCells([rate, net, tax], columns), strong: false };
  if (foot.length > 0) yield rule;
  yield* centred(foot, columns, false);
}

/** Columns that a text may take up to the texts beside it; at least its own. */
export function roomOf(cells: readonly Cell[], index: number, columns: number): number {
  const { text, align, column } = cells[index]!;
  if (align === 'center') return columns;
  const [before, next] = [cells[index - 1], cells[index + 1]];
  if (align === 'start') return (next ? startOf(next) - 1 : columns) - column;
  return Math.max(column - (before ? endOf(before) + 1 : 0), displayWidth(text));
}

const startOf = ({ text, column, align }: Cell) => (align === 'end' ? column - displayWidth(text) : column);
const endOf = ({ text, column, align }: Cell) => (align === 'end' ? column : column + displayWidth(text));

function* centred(texts: readonly string[], columns: number, strong: boolean): Generator<ReceiptLine> {
  for (const text of texts) {
    for (const line of wrap(text, columns))
      yield { cells: [{ text: line, column: 0, align: 'center' }], strong };
  }
}

function* rowsOf(rows: readonly ReceiptRow[], columns: number): Generator<ReceiptLine> {
  for (const row of rows)
    for (const cells of rowLines(row, columns)) yield { cells, strong: row.strong === true };
}

function taxCells([rate, net, amount]: readonly [string, string, string], columns: number): Cell[] {
  return [
    { text: rate, column: 0, align: 'start' },
    { text: net, column: Math.floor((columns * 9) / 14), align: 'end' },
    { text: amount, column: columns, align: 'end' },
  ];
}

/** Minimum number of columns for a text on the left; with fewer, the text on the right goes below it. */
const MIN_LEFT = 10;

function rowLines({ left, right, detail }: ReceiptRow, columns: number): Cell[][] {
  const indent = detail ? 2 : 0;
  const start = (text: string): Cell => ({ text, column: indent, align: 'start' });
  const end = (text: string): Cell => ({ text, column: columns, align: 'end' });
  const room = columns - indent - (right ? displayWidth(right) + 1 : 0);
  if (room < MIN_LEFT) {
    return [
      ...wrap(left, columns - indent).map((part) => [start(part)]),
      ...wrap(right, columns).map((part) => [end(part)]),
    ];
  }
  const parts = wrap(left, room);
  return parts.map((part, index) =>
    index === parts.length - 1 && right ? [start(part), end(right)] : [start(part)],
  );
}

/** Arabic, Hebrew and their relatives are written from right to left. */
const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/**
 * Invisible marks around a right-to-left text keep it in place, so that the amount beside it stays in its column. Between them the text
 * is isolated, with the direction of its first letter: a Latin word or a number in it stands where a reader expects it.
 */
const LEFT_TO_RIGHT_MARK = '\u200e';
const ISOLATE = '\u2068';
const END_OF_ISOLATE = '\u2069';

/** A line as text. */
export function lineText({ cells }: ReceiptLine, columns: number): string {
  let text = '';
  for (const cell of cells) {
    const width = displayWidth(cell.text);
    const start =
      cell.align === 'end'
        ? cell.column - width
        : cell.align === 'center'
          ? Math.floor((columns - width) / 2)
          : cell.column;
    const room = start - displayWidth(text);
    text += ' '.repeat(Math.max(room, text ? 1 : 0)) + withDirectionMarks(cell.text);
  }
  return text.trimEnd();
}

function withDirectionMarks(text: string): string {
  if (!RIGHT_TO_LEFT.test(text)) return text;
  return LEFT_TO_RIGHT_MARK + ISOLATE + text + END_OF_ISOLATE + LEFT_TO_RIGHT_MARK;
}
