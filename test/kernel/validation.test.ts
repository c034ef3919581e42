import { amountErrors, FieldErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { groupBy } from '#kernel/collections';
import { Decimal } from '#kernel/decimal';

const codes = (faults: { code: string }[]) => faults.map(({ code }) => code);

describe('amounts', () => {
  it.each([
    ['12.50', 'EUR', 'positive', []],
    ['0', 'EUR', 'not_negative', []],
    ['-0', 'EUR', 'not_negative', []],
    ['0', 'EUR', 'positive', ['NOT_POSITIVE']],
    ['-0.01', 'EUR', 'positive', ['NOT_POSITIVE']],
    ['-0.01', 'EUR', 'not_negative', ['NEGATIVE']],
    ['0.001', 'EUR', 'positive', ['PRECISION']],
    ['0.5', 'JPY', 'positive', ['PRECISION']],
    ['0.001', 'KWD', 'positive', []],
    ['999999999999999', 'EUR', 'positive', []],
    ['1000000000000000', 'EUR', 'positive', ['TOO_LARGE']],
  ] as const)('%s %s, %s: %j', (amount, currency, rule, expected) => {
    expect(codes(amountErrors('amount', new Decimal(amount), currency, rule))).toEqual(expected);
  });
});

describe('texts', () => {
  it.each([
    ['', {}, []],
    [' ', { min: 1 }, ['REQUIRED']],
    ['abcd', {}, ['LENGTH']],
    ['👍👍👍', {}, []],
    ['a\nb', {}, []],
    ['a\0b', {}, ['INVALID']],
    ['a\nb', { lines: false }, ['INVALID']],
    ['ab\n', { lines: false }, []],
  ] as const)('%j %j: %j', (text, limits, expected) => {
    expect(codes(textErrors('name', text, { max: 3, ...limits }))).toEqual(expected);
  });

  it('are refused together', () => {
    throwFieldErrors([]);
    const faults = [...textErrors('name', '', { min: 1, max: 3 }), ...textErrors('note', 'long', { max: 3 })];
    expect(() => throwFieldErrors(faults)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', errors: faults }) as Error,
    );
  });
});

describe('collected faults', () => {
  it('are thrown together, the ones that were taken over too, and nothing where there are none', () => {
    const faults = new FieldErrors();
    faults.throwIfAny();
    faults.add('email', 'Is not an e-mail address.');
    faults.take(textErrors('name', '', { min: 1, max: 3 }));
    const errors = [
      { field: 'email', message: 'Is not an e-mail address.', code: 'INVALID' },
      { field: 'name', message: 'Must not be empty.', code: 'REQUIRED' },
    ];
    expect(() => faults.throwIfAny()).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', errors }) as Error,
    );
  });
});

describe('groups', () => {
  it('keep the order of the rows', () => {
    expect(groupBy([3, 1, 4, 1, 5], (row) => row % 2)).toEqual(
      new Map([
        [1, [3, 1, 1, 5]],
        [0, [4]],
      ]),
    );
  });
});
