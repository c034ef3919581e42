import fc from 'fast-check';
import {
  guardFormula,
  guardImportedText,
  importedText,
  stripFormulaGuard,
} from '#kernel/formula-guard.rules';
import {
  damageOf,
  hasLostDigits,
  markEvidence,
  plainCode,
  plainText,
  readAmount,
  readFlag,
} from '#kernel/import/cell-texts.rules';
import type { RawProduct } from '#subgraphs/catalog/import/product-columns.rules';
import { readRow } from '#subgraphs/catalog/import/import-rows.rules';
import { ColumnMarks, readNumber } from '#kernel/import/number-marks.rules';
import { DateCell } from '#kernel/import/table-file';
import { amount } from '#test/harness/values';

describe('amounts', () => {
  it.each([
    ["1'234'567.50", '1234567.5', '1234567.5'], ['1,234', '1234', '1.234'], ['1.500', '1.5', '1500'], ['(12.50)', '-12.5', '-12.5'],
    ['12.50-', '-12.5', '-12.5'], ['−12.50', '-12.5', '-12.5'], ['€ 12,50', undefined, '12.5'], ['-€12.50', '-12.5', '-12.5'],
    ['12.50 EUR', '12.5', '12.5'], ['CHF 1’234.50', '1234.5', '1234.5'], ['1 234,50', undefined, '1234.5'], ['1\u202f234,50 €', undefined, '1234.5'],
    ['12.-', '12', '12'], ['99,--', '99', '99'], ['１２．５０', '12.5', '12.5'], ['US$5.00', '5', '5'], ['12,34,567.50', '1234567.5', undefined],
    ['1.234.567', undefined, '1234567'], ['1,234,567', '1234567', undefined], ['(€ 5,00)', undefined, '-5'], ['+5', '5', '5'],
    ['12%', undefined, undefined], ['$', undefined, undefined], ['', undefined, undefined], ['1,23,4', undefined, undefined],
    ['1.234,5.6', undefined, undefined], ['12 50', undefined, undefined], ['1e5', undefined, undefined], ['XYZ 5', undefined, undefined],
    ['=1+1', undefined, undefined], ['5 5', undefined, undefined], ["12'34.5", undefined, undefined],
  ])('%j is %s with a decimal point, and %s with a decimal comma', (text, point, comma) => {
    expect([readAmount(text, false)?.toFixed(), readAmount(text, true)?.toFixed()]).toEqual([point, comma]);
  }); // prettier-ignore

  it.each([
    ['2.55', 'point'], ['2,55', 'comma'], ['1,234.5', 'point'], ['1.234,5', 'comma'], ['1,234,567', 'point'], ['1.234.567', 'comma'],
    ['0.500', 'point'], ['0,500', 'comma'], ['1500.000', 'point'], ['1.500', 'ambiguous'], ['1,500', 'ambiguous'], ['999.999', 'ambiguous'],
    ['12', undefined], ['abc', undefined], ['1,23,4', undefined],
  ])('%s shows %s', (text, evidence) => {
    expect(markEvidence(text)).toBe(evidence);
  }); // prettier-ignore

  const readings = (cells: readonly string[], likely: 'point' | 'comma' = 'point') => {
    const marks = new ColumnMarks();
    for (const cell of cells) marks.note('price', cell);
    return cells.map((cell) => {
      const { value, otherwise } = readNumber(cell, 'price', marks.rules(likely));
      return otherwise ? `${value?.toFixed()}?${otherwise.toFixed()}` : value?.toFixed();
    });
  };

  it('are decided by their column, and in doubt where it does not decide', () => {
    expect(readings(['2,55', '1.500', '3'])).toEqual(['2.55', '1500', '3']);
    expect(readings(['2.55', '1,500', '3'])).toEqual(['2.55', '1500', '3']);
    expect(readings(['2.55', '1.500'])).toEqual(['2.55', '1.5']);
    expect(readings(['1.500', '7'])).toEqual(['1.5?1500', '7']);
    expect(readings(['1.500', '7'], 'comma')).toEqual(['1500?1.5', '7']);
    expect(readings(['1,500'])).toEqual(['1500?1.5']);
    // Each of these leaves no doubt, and together they leave all of it.
    expect(readings(['2.55', '2,55', '1.500'])).toEqual(['2.55', '2.55', '1.5?1500']);
  });

  it('come back as they were written, in either notation', () => {
    const cents = fc.integer({ min: 0, max: 10 ** 11 });
    fc.assert(
      fc.property(
        cents,
        fc.constantFrom('.', ','),
        fc.boolean(),
        fc.boolean(),
        (value, mark, grouped, negative) => {
          const [whole, part] = (value / 100).toFixed(2).split('.') as [string, string];
          const digits = grouped ? whole.replace(/\B(?=(\d{3})+$)/g, mark === '.' ? ',' : '.') : whole;
          const text = `${negative ? '-' : ''}${digits}${mark}${part}`;
          expect(readAmount(text, mark === ',')?.toFixed(2)).toBe(
            amount(negative ? -value : value)
              .dividedBy(100)
              .toFixed(2),
          );
        },
      ),
    );
  });
});

describe('other cells', () => {
  it.each(['true', 'Yes', 'WAHR', 'vrai', 'ja', 'VERDADERO', '1', 'x', 'はい', '✓'])('%s is yes', (text) => {
    expect(readFlag(text)).toBe(true);
  });
  it.each(['FALSE', 'no', 'FALSCH', 'faux', 'nein', '0', 'off', 'inactive'])('%s is no', (text) => {
    expect(readFlag(text)).toBe(false);
  });
  it('say neither where they say something else', () => {
    expect(['maybe', '2', '-', 'constructor'].map(readFlag)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['="0360000"', '0360000'], ['="say ""hi"""', 'say "hi"'], ["'=1+1", '=1+1'], ["''=1+1", "'=1+1"], ["'n Roll", "'n Roll"],
    [' Tea\u200b\u2060 ', 'Tea'], ['می\u200cخواهم', 'می\u200cخواهم'], ['\ufeffsku', 'sku'],
  ])('%j is the text %j', (cell, text) => {
    expect(plainText(cell)).toBe(text);
  }); // prettier-ignore
  it.each([["'0360", '0360'], ['’0360', '0360'], ['4006\u200d381', '4006381'], ['="007"', '007'], ["'", "'"]])('%j is the code %j', (cell, code) => {
    expect(plainCode(cell)).toBe(code);
  }); // prettier-ignore

  it('know a code that has lost its digits from one that only looks like it', () => {
    const lost = ['4.00638E+12', '4,00638E+12', '4.00638e12', '1E+05'];
    const codes = ['1E5', '4006381333931', 'E+12', '4.00638', 'A1E+5', '4.00638E+1234', '4.006381333931E+12'];
    expect([lost.map(hasLostDigits), codes.map(hasLostDigits)]).toEqual([
      lost.map(() => true),
      codes.map(() => false),
    ]);
  });

  it('are refused by name where they are damaged', () => {
    expect(['a\ufffd', 'ok 😀'].map((cell) => damageOf(cell)?.code)).toEqual(['CHARSET', undefined]);
  });

  it('lose nothing by the guard against formulas', () => {
    const text = fc.string({ unit: fc.constantFrom('=', '+', '-', "'", '@', '1', 'a', ' ', '(', '\t') });
    fc.assert(fc.property(text, (value) => expect(stripFormulaGuard(guardFormula(value))).toBe(value)));
    const numbers = ['+49 30 1234567', '-5', '+5', '-5.25', '-5,25', '+49 (0)30 12'];
    expect(numbers.map(guardFormula)).toEqual(numbers);
    for (const formula of ['=1', '-1-1', '+1+1', '+A1', '@SUM(1)', '-2+3', '\t=1', '＝1', "'=1"]) {
      expect(guardFormula(formula)).toBe(`'${formula}`);
    }
  });

  it('lose nothing in a workbook, where only what an import would change is guarded', () => {
    const text = fc.string({ unit: fc.constantFrom('=', '+', '-', "'", '@', '1', 'a', ' ', '"', '="') });
    fc.assert(
      fc.property(text, (value) => expect(importedText(guardImportedText(value))).toBe(value)),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(text, (value) => expect(importedText(guardFormula(value))).toBe(value)),
      { numRuns: 2_000 },
    );
  });
});

describe('a row', () => {
  const faults = (cells: RawProduct) =>
    readRow({ row: 2, cells }).errors.map(({ field, code }) => [field, code]);

  it('names the field of a code that a spreadsheet has spoilt', () => {
    expect(faults({ sku: '4.00638E+12', barcode: '4,00638E+12' })).toEqual([
      ['sku', 'ROUNDED'],
      ['barcode', 'ROUNDED'],
    ]);
    expect(faults({ sku: new DateCell('2026-01-02'), barcode: amount('1e17') })).toEqual([
      ['sku', 'DATE'],
      ['barcode', 'ROUNDED'],
    ]);
    expect(faults({ barcode: amount('4006381333931'), sku: amount('100') })).toEqual([]);
  });

  it('names the field of a damaged text, of a date and of a percentage', () => {
    expect(faults({ sku: 'A', name: 'Caf\ufffd' })).toEqual([['name', 'CHARSET']]);
    expect(faults({ sku: 'A', name: 'a\0b', description: 'x\udc00' })).toEqual([
      ['name', 'INVALID'], ['description', 'INVALID'],
    ]); // prettier-ignore
    expect(faults({ sku: 'A', price: '19 %', cost: new DateCell('2026-01-02') })).toEqual([
      ['price', 'NUMBER'],
      ['cost', 'DATE'],
    ]);
  });

  it('takes the number of a workbook for what it is, and warns of one that can be two', () => {
    const rules = new ColumnMarks().rules('point');
    const exact = readRow(
      { row: 2, cells: { price: amount('1.5'), cost: amount('1.234') } },
      { numbers: rules },
    );
    expect([exact.variant.price?.toFixed(), exact.variant.cost?.toFixed(), exact.warnings]).toEqual([
      '1.5',
      '1.234',
      [],
    ]);
    const doubt = readRow({ row: 2, cells: { price: '1.500' } }, { numbers: rules });
    expect(doubt.variant.price?.toFixed()).toBe('1.5');
    expect(doubt.warnings).toEqual([
      {
        field: 'price',
        code: 'AMBIGUOUS_NUMBER',
        message: '"1.500" can be 1.5 or 1500, and no other cell of its column shows which. It was read as 1.5. Name the mark by decimal=point or decimal=comma to be sure.',
      },
    ]); // prettier-ignore
  });
});
