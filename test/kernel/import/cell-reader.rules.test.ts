/** What the cells of a row say, and what a person who filled them in is told of those that cannot be read. */
import { Decimal } from '#kernel/decimal';
import { CellReader } from '#kernel/import/cell-reader.rules';
import type { NumberedRow } from '#kernel/import/import-columns.rules';
import { ColumnMarks, oneMark } from '#kernel/import/number-marks.rules';
import { DateCell } from '#kernel/import/table-file';

type Column = 'code' | 'name' | 'price' | 'active';

const reader = (
  cells: NumberedRow<Column>['cells'],
  rest: Partial<NumberedRow<Column>> = {},
  numbers = oneMark('point'),
) => new CellReader<Column>({ row: 2, cells, ...rest }, numbers, new Set(['code']));

/** What a cell says under a column, and what is said against it. */
function read<T>(column: Column, cell: unknown, by: (cells: CellReader<Column>) => T) {
  const cells = reader({ [column]: cell });
  return [by(cells), ...cells.errors];
}
const text = (column: Column, cell: unknown) => read(column, cell, (cells) => cells.text(column));
const number = (cell: unknown) => read('price', cell, (cells) => cells.decimal('price')?.toFixed());
const fault = (field: Column, code: string, message: string) => [undefined, { field, message, code }];

describe('a text', () => {
  it.each([
    ['of nothing', undefined, undefined],
    ['of null', null, undefined],
    ['of blanks', ' \u200b ', undefined],
    ['of letters', ' Tea ', 'Tea'],
    ['of a number', 5.25, '5.25'],
    ['of a workbook’s number, in all its digits', new Decimal('1e17'), '100000000000000000'],
    ['of yes or no', false, 'false'],
    ['of an apostrophe that belongs to it', "'n Roll", "'n Roll"],
    ['of what only looks like a spoilt code', '4.00638E+12', '4.00638E+12'],
  ])('%s', (_, cell, said) => expect(text('name', cell)).toEqual([said]));

  it('of anything else, or of a date, is refused with what to do', () => {
    expect(text('name', ['Tea'])).toEqual(fault('name', 'TYPE', 'Must be a text or a number.'));
    const message = 'A spreadsheet has made the date 2026-01-02 of this cell. Give the column the format "text", and type the cell again.';
    expect(text('name', new DateCell('2026-01-02'))).toEqual(fault('name', 'DATE', message));
  }); // prettier-ignore
});

describe('a code', () => {
  const lost = (shown: string) =>
    fault(
      'code',
      'ROUNDED',
      `A spreadsheet has read this code as a number and lost digits of it: "${shown}". Give the column the format "text", and fill it in again.`,
    );

  it.each([
    ["'0360", '0360'],
    [' A-1\u200d ', 'A-1'],
    ['1E5', '1E5'],
    ['', undefined],
    [new Decimal('999999999999999'), '999999999999999'],
    [new Decimal('-999999999999999'), '-999999999999999'],
  ])('%j is %s', (cell, code) => expect(text('code', cell)).toEqual([code]));

  it('that a spreadsheet has shortened is refused: it keeps fifteen digits', () => {
    expect(text('code', '4.00638E+12')).toEqual(lost('4.00638E+12'));
    expect(text('code', new Decimal('1000000000000000'))).toEqual(lost('1000000000000000'));
    expect(text('code', new Decimal('-1000000000000000'))).toEqual(lost('-1000000000000000'));
    expect(text('code', new Decimal('1e50'))).toEqual(lost(`1${'0'.repeat(39)}`));
  });
});

describe('a number', () => {
  it.each([
    ['1,234.50', '1234.5'],
    [1.5, '1.5'],
    [new Decimal('1.500'), '1.5'],
    ['', undefined],
    [null, undefined],
  ])('%j is %s', (cell, value) => expect(number(cell)).toEqual([value]));

  it.each([
    ['abc', '"abc" is not a number.'],
    ['=1', '"=1" is not a number.'],
    ['19 %', '"19 %" is not a number, but a percentage.'],
    ['%19', '"%19" is not a number.'],
    ['x'.repeat(50), `"${'x'.repeat(40)}" is not a number.`],
  ])('%j is refused', (cell, message) => expect(number(cell)).toEqual(fault('price', 'NUMBER', message)));

  it('that a spreadsheet has made a date of, or that is a list, is refused as such', () => {
    expect(number(new DateCell('2026-01-02'))[1]).toMatchObject({ field: 'price', code: 'DATE' });
    expect(number([1])).toEqual(fault('price', 'TYPE', 'Must be a text or a number.'));
  });

  it('that may be two numbers is read by the likely mark, with a warning', () => {
    const cells = reader({ price: '1.500' }, {}, new ColumnMarks().rules('comma'));
    expect([cells.decimal('price')?.toFixed(), cells.errors]).toEqual(['1500', []]);
    const message = '"1.500" can be 1500 or 1.5, and no other cell of its column shows which. It was read as 1500. Name the mark by decimal=point or decimal=comma to be sure.';
    expect(cells.warnings).toEqual([{ field: 'price', message, code: 'AMBIGUOUS_NUMBER' }]);
  }); // prettier-ignore
});

it('yes and no are read by the words for them', () => {
  const flag = (cell: unknown) => read('active', cell, (cells) => cells.flag('active'));
  expect([flag('ja'), flag('0'), flag(true), flag('')]).toEqual([[true], [false], [true], [undefined]]);
  expect(flag('maybe')).toEqual(fault('active', 'FLAG', '"maybe" is neither yes nor no.'));
});

describe('a row', () => {
  const excess = { field: 'row', message: 'The row has 3 cells, the header has 2.', code: 'COLUMNS' };
  const remark = { field: 'name', message: 'A second name was left out.', code: 'LEFT_OUT' };

  it('whose cells are not under their columns says so, and nothing else against them', () => {
    const cells = reader({ price: 'abc' }, { fault: excess });
    expect([cells.decimal('price'), cells.errors]).toEqual([undefined, [excess]]);
  });

  it('tells what was left out of it before what is odd about its cells', () => {
    const cells = reader({ price: '1.500' }, { remarks: [remark] }, new ColumnMarks().rules('point'));
    cells.decimal('price');
    expect(cells.warnings.map(({ code }) => code)).toEqual(['LEFT_OUT', 'AMBIGUOUS_NUMBER']);
  });
});
