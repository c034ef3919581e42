/** Receipts as lines of columns. */
import fc from 'fast-check';
import { displayWidth } from '#kernel/typesetting/display-width.rules';
import type { ReceiptLayout, ReceiptRow } from '#subgraphs/pos/receipts/receipt-layout';
import {
  COLUMNS,
  lineText,
  receiptLines,
  type PaperWidth,
} from '#subgraphs/pos/receipts/receipt-lines.rules';

const LAYOUT: ReceiptLayout = {
  language: 'en',
  rightToLeft: false,
  title: 'Corner Shop',
  head: ['Main Street 1', 'Tax no. 12/345'],
  marks: ['COPY 2'],
  details: [{ left: 'Receipt', right: 'MAIN-0000042' }],
  items: [
    { left: 'Green tea', right: '7.00' },
    { left: '2 x 3.50', right: '', detail: true },
    { left: 'Very long name of a bread with seeds', right: '2.99' },
    { left: '牛乳 1L', right: '1.20' },
  ],
  totals: [{ left: 'TOTAL EUR', right: '11.19', strong: true }],
  tenders: [{ left: 'Cash', right: '20.00' }, { left: 'Change', right: '8.81' }],
  taxTitles: ['Tax', 'Net', 'Amount'],
  taxes: [{ rate: '19 %', net: '9.40', tax: '1.79' }],
  foot: ['Thank you for shopping with us, see you soon'],
  code: 'receipt=MAIN-0000042',
}; // prettier-ignore

/** The lines of a receipt on paper. */
const receiptText = (layout: ReceiptLayout, paper: PaperWidth) =>
  [...receiptLines(layout, COLUMNS[paper])].map((line) => `${lineText(line, COLUMNS[paper])}\n`).join('');

it.each([
  [
    58,
    `
          Corner Shop
         Main Street 1
         Tax no. 12/345
         *** COPY 2 ***
--------------------------------
Receipt             MAIN-0000042
--------------------------------
Green tea                   7.00
  2 x 3.50
Very long name of a bread
with seeds                  2.99
牛乳 1L                     1.20
--------------------------------
TOTAL EUR                  11.19
--------------------------------
Cash                       20.00
Change                      8.81
--------------------------------
Tax              Net      Amount
19 %            9.40        1.79
--------------------------------
Thank you for shopping with us,
          see you soon
`,
  ],
  [
    80,
    `
               Corner Shop
              Main Street 1
              Tax no. 12/345
              *** COPY 2 ***
------------------------------------------
Receipt                       MAIN-0000042
------------------------------------------
Green tea                             7.00
  2 x 3.50
Very long name of a bread with seeds  2.99
牛乳 1L                               1.20
------------------------------------------
TOTAL EUR                            11.19
------------------------------------------
Cash                                 20.00
Change                                8.81
------------------------------------------
Tax                     Net         Amount
19 %                   9.40           1.79
------------------------------------------
 Thank you for shopping with us, see you
                   soon
`,
  ],
] as [PaperWidth, string][])('on paper of %i mm', (paper, expected) => {
  expect(`\n${receiptText(LAYOUT, paper)}`).toBe(expected);
});

it('omits empty parts and the rules before them', () => {
  const rules = (layout: ReceiptLayout) => receiptText(layout, 58).match(/^-+$/gm)?.length;
  expect([
    rules(LAYOUT),
    rules({ ...LAYOUT, tenders: [] }),
    rules({ ...LAYOUT, tenders: [], foot: [] }),
  ]).toEqual([6, 5, 4]);
});

it('prints the shop’s name, marks and strong rows in bold', () => {
  const strong = [...receiptLines(LAYOUT, COLUMNS[58])].filter((line) => line.strong);
  expect(strong.map((line) => lineText(line, 58).trim().replace(/ +/g, ' '))).toEqual([
    'Corner Shop',
    '*** COPY 2 ***',
    'TOTAL EUR 11.19',
  ]);
});

/** The lines that a row takes, with all its blanks. */
function rowText(row: ReceiptRow, columns: number): string[] {
  const empty: ReceiptLayout = {
    ...LAYOUT,
    title: 'X',
    head: [],
    marks: [],
    details: [],
    items: [row],
    totals: [],
    tenders: [],
    taxes: [],
    foot: [],
  };
  // The title, two lines of dashes, the row, two more, and the head of the taxes.
  return [...receiptLines(empty, columns)].slice(3, -3).map((line) => lineText(line, columns));
}

describe('a row', () => {
  it.each([
    ['fills the line', { left: 'Tea', right: '1.00' }, 20, ['Tea             1.00']],
    [
      'has its amount beside the last line of its text',
      { left: 'Tea of the house', right: '1.00' },
      16,
      ['Tea of the', 'house       1.00'],
    ],
    [
      'has ten columns for its text, and a blank',
      { left: 'Ten columns', right: '12.00' },
      16,
      ['Ten', 'columns    12.00'],
    ],
    [
      'has its amount below where there are fewer',
      { left: 'Ten columns', right: '123.00' },
      16,
      ['Ten columns', '          123.00'],
    ],
    [
      'breaks an amount that is wider than the line',
      { left: 'Tea', right: '1234 567890' },
      8,
      ['Tea', '    1234', '  567890'],
    ],
    ['without an amount has the whole line', { left: 'Sixteen columns', right: '' }, 15, ['Sixteen columns']],
    [
      'that explains is indented by two',
      { left: 'Sixteen columns', right: '', detail: true },
      15,
      ['  Sixteen', '  columns'],
    ],
    [
      'that explains has two columns less',
      { left: 'Tea', right: '123.00', detail: true },
      18,
      ['  Tea', '            123.00'],
    ],
    [
      'that explains is broken within them',
      { left: 'Sixteen columns', right: '123.00', detail: true },
      15,
      ['  Sixteen', '  columns', '         123.00'],
    ],
    ['counts columns, not signs', { left: '牛乳', right: '１.00' }, 20, ['牛乳           １.00']],
  ])('%s', (_, row, columns, lines) => {
    expect(rowText(row, columns)).toEqual(lines);
  });

  it('is made of cells with columns, for formats that are not text', () => {
    const cellsOf = ({ cells }: { cells: readonly unknown[] }) => cells;
    const lines = [
      ...receiptLines({ ...LAYOUT, details: [], items: [{ left: 'Tea', right: '1.00', detail: true }] }, 32),
    ];
    expect(lines.filter((_, index) => [0, 4, 6, 14].includes(index)).map(cellsOf)).toEqual([
      [{ text: 'Corner Shop', column: 0, align: 'center' }],
      [{ text: '-'.repeat(32), column: 0, align: 'start' }],
      [
        { text: 'Tea', column: 2, align: 'start' },
        { text: '1.00', column: 32, align: 'end' },
      ],
      [
        { text: '19 %', column: 0, align: 'start' },
        { text: '9.40', column: 20, align: 'end' },
        { text: '1.79', column: 32, align: 'end' },
      ],
    ]);
  });

  it('never lets a text and an amount touch, and is never wider than the line', () => {
    const word = fc.stringMatching(/^[a-z]{1,30}( [a-z]{1,10})?$/);
    fc.assert(
      fc.property(
        word,
        fc.stringMatching(/^\d{1,12}\.\d\d$/),
        fc.boolean(),
        fc.constantFrom(32, 42),
        (left, right, detail, columns) => {
          const lines = rowText({ left, right, detail }, columns);
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
          expect(lines.at(-1)!.endsWith(` ${right}`)).toBe(true);
          expect(lines.join('').replace(/\s/g, '')).toBe((left + right).replace(/\s/g, ''));
        },
      ),
    );
  });

  it.each(['קפה', 'قهوة', 'ܩܗܘܐ', 'ދިވެހި', 'ߒߞߏ', '𞤆𞤵𞤤𞤢𞤪'])(
    'in %s is held in its place, so that the amount stays on the right',
    (left) => {
      const [line] = rowText({ left, right: '7.00' }, 32);
      expect(line).toMatch(new RegExp(`^\\u200e\\u2068${left}\\u2069\\u200e +7\\.00$`));
      expect(displayWidth(line!)).toBe(32);
    },
  );
});

it('keeps two cells of a line apart, even if the second has no room in its column', () => {
  const line = {
    strong: false,
    cells: [
      { text: 'Tea', column: 0, align: 'start' },
      { text: '12.00', column: 4, align: 'end' },
    ],
  } as const;
  expect(lineText(line, 10)).toBe('Tea 12.00');
  expect(lineText({ ...line, cells: [line.cells[1]] }, 10)).toBe('12.00');
});
