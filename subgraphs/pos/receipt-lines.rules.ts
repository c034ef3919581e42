/** A receipt in lines of columns, from which everything is made that prints on a roll. Pure. */
import { displayWidth, wrap } from './display-width.rules';
import type { ReceiptLayout, ReceiptRow } from './receipt';

/** The width of the paper in millimetres. */
export type PaperWidth = 58 | 80;

/** How many characters fit on a line: the printers' font A has 12 dots a character, and 8 dots a millimetre. */
export const COLUMNS: Readonly<Record<PaperWidth, number>> = { 58: 32, 80: 42 };

/** A text on a line, and where it stands. */
export interface Cell {
  text: string;
  /** Where it begins, or for `end`, where it ends; in columns from the left. A centred text stands in the middle of the line. */
  column: number;
  align: 'start' | 'center' | 'end';
}

/** A line of a receipt on paper. */
export interface ReceiptLine {
  cells: readonly Cell[];
  strong: boolean;
}

/** The lines of a receipt. */
export function receiptLines(layout: ReceiptLayout, columns: number): ReceiptLine[] {
  const plain = (cells: readonly Cell[]): ReceiptLine => ({ cells, strong: false });
  const strong = (cells: readonly Cell[]): ReceiptLine => ({ cells, strong: true });
  const centred = (text: string) => wrap(text, columns).map((line): Cell[] => [{ text: line, column: 0, align: 'center' }]);
  const rows = (all: readonly ReceiptRow[]) =>
    all.flatMap((row) => rowLines(row, columns).map((cells) => ({ cells, strong: row.strong === true })));
  const rule = plain([{ text: '-'.repeat(columns), column: 0, align: 'start' }]);
  const tax = (rate: string, net: string, amount: string) => plain(taxCells([rate, net, amount], columns));
  return [
    ...centred(layout.title).map(strong),
    ...layout.head.flatMap(centred).map(plain),
    ...layout.marks.flatMap((mark) => centred(`*** ${mark} ***`)).map(strong),
    rule,
    ...rows(layout.facts),
    rule,
    ...rows(layout.items),
    rule,
    ...rows(layout.totals),
    ...(layout.tenders.length > 0 ? [rule] : []),
    ...rows(layout.tenders),
    rule,
    tax('Tax', 'Net', 'Amount'),
    ...layout.taxes.map(({ rate, net, tax: amount }) => tax(rate, net, amount)),
    ...(layout.foot.length > 0 ? [rule, ...layout.foot.flatMap(centred).map(plain)] : []),
  ];
}

function taxCells([rate, net, amount]: readonly [string, string, string], columns: number): Cell[] {
  return [
    { text: rate, column: 0, align: 'start' },
    { text: net, column: Math.floor((columns * 9) / 14), align: 'end' },
    { text: amount, column: columns, align: 'end' },
  ];
}

/** A text on the left has this room at least, or what is on the right goes below it. */
const MIN_LEFT = 10;

function rowLines({ left, right, detail }: ReceiptRow, columns: number): Cell[][] {
  const indent = detail ? 2 : 0;
  const start = (text: string): Cell => ({ text, column: indent, align: 'start' });
  const end = (text: string): Cell => ({ text, column: columns, align: 'end' });
  const room = columns - indent - (right ? displayWidth(right) + 1 : 0);
  if (room < MIN_LEFT) {
    return [...wrap(left, columns - indent).map((part) => [start(part)]), ...wrap(right, columns).map((part) => [end(part)])];
  }
  const parts = wrap(left, room);
  return parts.map((part, index) => (index === parts.length - 1 && right ? [start(part), end(right)] : [start(part)]));
}

/** Arabic, Hebrew and their relatives are written from right to left. */
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/** Marks of no width that hold a text from right to left in its place, so that the amount beside it stays on the right. */
const LEFT_TO_RIGHT_MARK = '\u200e';

/** A line as text. */
export function lineText({ cells }: ReceiptLine, columns: number): string {
  let text = '';
  for (const cell of cells) {
    const width = displayWidth(cell.text);
    const start =
      cell.align === 'end' ? cell.column - width : cell.align === 'center' ? Math.floor((columns - width) / 2) : cell.column;
    const room = start - displayWidth(text);
    text += ' '.repeat(Math.max(room, text ? 1 : 0)) + heldInPlace(cell.text);
  }
  return text.trimEnd();
}

function heldInPlace(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? LEFT_TO_RIGHT_MARK + text + LEFT_TO_RIGHT_MARK : text;
}

/** The receipt as text: each line ended with a line feed. */
export function receiptText(layout: ReceiptLayout, paper: PaperWidth): string {
  const columns = COLUMNS[paper];
  return receiptLines(layout, columns).map((line) => `${lineText(line, columns)}\n`).join(''); // prettier-ignore
}
