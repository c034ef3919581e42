import fc from 'fast-check';
import { readAmount } from '#kernel/import/cell-texts.rules';
import { cellsOf, readHeader } from '#kernel/import/import-columns.rules';
import { nameKey } from '#kernel/fold-text.rules';
import { readRow } from '#subgraphs/catalog/import/import-rows.rules';
import { pathKey } from '#subgraphs/catalog/normalize.rules';
import { PRODUCT_COLUMNS, type RawProduct } from '#subgraphs/catalog/import/product-columns.rules';

const read = (cells: RawProduct, decimalComma = false) => readRow({ row: 2, cells }, { decimalComma });

describe('header rows', () => {
  it('knows columns whatever their case and signs, and their other names', () => {
    const { columns, warnings } = readHeader(
      ['SKU', 'Tax Class', 'unit_price', 'EAN', 'trackStock', 'Colour', '', 'sku'],
      PRODUCT_COLUMNS,
    );
    expect(columns).toEqual([
      'sku',
      'taxClass',
      'price',
      'barcode',
      'trackStock',
      undefined,
      undefined,
      undefined,
    ]);
    expect(warnings).toEqual([
      'The column "Colour" is unknown and was ignored.',
      'The column "sku" stands there twice; the first one counts.',
    ]);
  });

  it('takes missing cells as empty, and refuses a row with too many', () => {
    const header = readHeader(['sku', 'name', 'price'], PRODUCT_COLUMNS);
    expect(cellsOf(header, ['A', 'Apple'])).toEqual({ cells: { sku: 'A', name: 'Apple', price: undefined } });
    expect(cellsOf(header, ['A', 'Apple', '1', '', ' ']).fault).toBeUndefined();
    expect(cellsOf(header, ['A', 'Apple', ' red', '1']).fault).toMatchObject({
      field: 'row',
      code: 'COLUMNS',
    });
  });
});

describe('amounts', () => {
  it.each([
    ['2.55', false, '2.55'], ['£2.55', false, '2.55'], ['2.55 €', false, '2.55'], ['1,234.50', false, '1234.5'], ["1'234.50", false, '1234.5'],
    ['2,55', true, '2.55'], ['1.234,50', true, '1234.5'], ['2.55', true, '2.55'], ['1234567,89', true, '1234567.89'], ['.5', false, '0.5'],
  ])('%s (decimal comma: %s) is %s', (text, comma, value) => {
    expect(readAmount(text, comma)?.toFixed()).toBe(value);
  }); // prettier-ignore

  it.each(['abc', '2,55', '1,23,4', '1e5', '--1', 'NaN', '12 apples'])('%s is none', (text) => {
    expect(readAmount(text, false)).toBeUndefined();
  });
});

describe('rows', () => {
  it('give goods the precision of the organization’s own unit, unless they name one themselves', () => {
    const units = new Map([['bunch', 2]]);
    const placesOf = (cells: RawProduct) => readRow({ row: 2, cells }, { units }).product;
    expect(placesOf({ unit: 'Bunch' })).toEqual({ unit: 'Bunch', quantityPlaces: 2 });
    expect(placesOf({ unit: 'bunch', quantityPlaces: '1' })).toEqual({ unit: 'bunch', quantityPlaces: 1 });
    expect(placesOf({ unit: 'kg' })).toEqual({ unit: 'kg', quantityPlaces: 3 });
    for (const quantityPlaces of ['1.5', '4', '-1']) {
      expect(readRow({ row: 2, cells: { quantityPlaces } }).errors).toEqual([
        { field: 'quantityPlaces', message: 'Must be 0 to 3.', code: 'RANGE' },
      ]);
    }
  });

  it('reads what was given and nothing else', () => {
    const draft = read({
      sku: ' a-1 ',
      name: '  Green \n tea ',
      price: '2.50',
      active: 'no',
      brand: '',
      initialStock: '3',
      warehouse: 'Main',
    });
    expect(draft).toMatchObject({
      row: 2,
      sku: 'a-1',
      product: { name: 'Green tea', active: false },
      brand: undefined,
      barcodes: undefined,
      errors: [],
    });
    expect(Object.keys(draft.product)).toEqual(['name', 'active']);
    expect(draft.variant.price!.toFixed()).toBe('2.5');
    expect(draft.stock.map(({ warehouse, quantity }) => [warehouse, quantity.toFixed()])).toEqual([
      ['Main', '3'],
    ]);
  });

  it('names every fault at once', () => {
    const { errors } = read({
      sku: 'x'.repeat(65),
      price: 'abc',
      cost: '-1',
      active: 'maybe',
      categoryId: '7',
      quantityPlaces: '9',
      unit: 'kg',
    });
    expect(errors.map(({ field, code }) => [field, code]).sort()).toEqual([
      ['active', 'FLAG'],
      ['categoryId', 'NOT_FOUND'],
      ['cost', 'NEGATIVE'],
      ['price', 'NUMBER'],
      ['quantityPlaces', 'RANGE'],
      ['sku', 'LENGTH'],
    ]);
    expect(read({ price: '1.00001' }).errors).toMatchObject([{ field: 'price', code: 'PLACES' }]);
    expect(read({ price: '1000000000000' }).errors).toMatchObject([{ field: 'price', code: 'RANGE' }]);
  });

  it('reads the items of a JSON body: numbers, lists and objects', () => {
    const draft = read({
      sku: 'a',
      price: 2.5,
      active: true,
      barcodes: ['1', '2', '1'],
      initialStock: [{ warehouse_id: 'w', quantity: 4 }, { quantity: '0.5' }],
    });
    expect(draft.errors).toEqual([]);
    expect(draft.barcodes).toEqual({ texts: ['1', '2'], firstOnly: false });
    expect(draft.stock.map(({ warehouse, quantity }) => [warehouse, quantity.toFixed()])).toEqual([
      ['w', '4'],
      [null, '0.5'],
    ]);
    expect(read({ price: { amount: 1 } }).errors).toMatchObject([{ field: 'price', code: 'TYPE' }]);
  });

  it('never throws, whatever stands in the cells', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('sku', 'name', 'price', 'barcode', 'initialStock', 'active', 'unit'),
          fc.anything(),
        ),
        (cells) => {
          expect(Array.isArray(read(cells).errors)).toBe(true);
        },
      ),
    );
  });
});

describe('names', () => {
  it('compares them without regard to case, blanks and the way letters are composed', () => {
    expect(nameKey('  Cafe\u0301  CRÈME ')).toBe(nameKey('Café crème'));
    expect(pathKey('Food >Dairy>  Milk')).toBe('food > dairy > milk');
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        expect(nameKey(nameKey(text))).toBe(nameKey(text)),
      ),
    );
  });
});
