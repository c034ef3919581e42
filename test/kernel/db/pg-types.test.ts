import fc from 'fast-check';
import { types, type QueryArrayResult } from 'pg';
import { Decimal } from '#kernel/decimal';
import { readRows, ROW_TYPES } from '#kernel/db/pg-types';

const TIMESTAMPTZ = 1184;
const read = ROW_TYPES.getTypeParser(TIMESTAMPTZ) as (text: string) => unknown;
const driver = types.getTypeParser(TIMESTAMPTZ, 'text') as (text: string) => unknown;

/** As PostgreSQL writes it in UTC: without zeros at the end of the second's fraction. */
const asStored = (moment: Date) =>
  `${moment
    .toISOString()
    .replace('T', ' ')
    .replace(/\.?0*Z$/, '')}+00`;

describe('a moment', () => {
  it('is read as the driver reads it', () => {
    const moments = fc.date({
      min: new Date(0),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        expect(read(asStored(moment))).toEqual(moment);
        expect(driver(asStored(moment))).toEqual(moment);
      }),
    );
  });

  it.each([
    '2026-01-31 18:04:05+00',
    '2026-01-31 18:04:05.1+00',
    '2026-01-31 18:04:05.123456+00',
    '2026-01-31 18:04:05+01',
    '2026-01-31 18:04:05-03:30',
    '0044-03-15 12:00:00+00',
    '0099-12-31 23:59:59.999+00',
    '12026-01-31 18:04:05+00',
    '0044-03-15 12:00:00+00 BC',
    'infinity',
    '-infinity',
  ])('%s', (text) => {
    expect(read(text)).toEqual(driver(text));
  });
});

const result = (names: readonly string[], rows: unknown[][]) =>
  ({ fields: names.map((name) => ({ name })), rows }) as unknown as QueryArrayResult;

it('rows have their columns as members in camelCase, in their order', () => {
  const amount = new Decimal('1.50');
  const rows = readRows<object>(
    result(
      ['id', 'tax_total', 'line_2', '?column?', 'a"b', 'QUERY PLAN'],
      [
        ['x', amount, null, 1, 'q', []],
        ['y', null, 2, undefined, '', [1]],
      ],
    ),
  );
  expect(rows).toEqual([
    { id: 'x', taxTotal: amount, line2: null, '?column?': 1, 'a"b': 'q', 'QUERY PLAN': [] },
    { id: 'y', taxTotal: null, line2: 2, '?column?': undefined, 'a"b': '', 'QUERY PLAN': [1] },
  ]);
  expect(Object.keys(rows[0]!)).toEqual(['id', 'taxTotal', 'line2', '?column?', 'a"b', 'QUERY PLAN']);
});

it('of two columns with one name the last one is read', () => {
  expect(readRows(result(['id', 'id'], [[1, 2]]))).toEqual([{ id: 2 }]);
  expect(readRows(result(['id'], []))).toEqual([]);
});
