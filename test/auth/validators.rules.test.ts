import fc from 'fast-check';
import { FieldErrors, isEmail } from '#kernel/validation';
import { Decimal } from '#kernel/decimal';
import {
  checkRoundingStep,
  checkTimeZone,
  checkedBranchCode,
  checkedCurrency,
  checkedLanguage,
  checkedText,
} from '#subgraphs/auth/validators.rules';

/** Runs a check and gives back the codes of its faults. */
function codes(check: (faults: FieldErrors) => unknown): string[] {
  const faults = new FieldErrors();
  check(faults);
  try {
    faults.throwIfAny();
    return [];
  } catch (error) {
    return (error as { errors: { code: string }[] }).errors.map((fault) => fault.code);
  }
}

describe('input rules', () => {
  it.each([
    ['cashier@pospro.com', true],
    ['o.brien+till@sub.shop.co.uk', true],
    ['käse@läden.de', true],
    ['no-at-sign.com', false],
    ['two@at@signs.com', false],
    ['blank in@shop.test', false],
    ['robin@localhost', false],
    ['robin@shop..test', false],
    ['robin@shop.test\0', false],
    ['', false],
    [`${'x'.repeat(250)}@shop.test`, false],
  ])('isEmail(%j) is %j', (text, expected) => {
    expect(isEmail(text)).toBe(expected);
  });

  it('checks an address of any text in time that grows with its length', () => {
    fc.assert(fc.property(fc.string({ maxLength: 5000 }), (text) => typeof isEmail(text) === 'boolean'));
    expect(isEmail(`a@${'a.'.repeat(100)}`)).toBe(false);
  });

  it('cuts blanks off a text and refuses what PostgreSQL or a receipt cannot hold', () => {
    expect(checkedText(new FieldErrors(), 'name', '  The Corner Shop ', { max: 20 })).toBe('The Corner Shop');
    expect(codes((faults) => checkedText(faults, 'name', '   ', { max: 20 }))).toEqual(['REQUIRED']);
    expect(codes((faults) => checkedText(faults, 'name', 'x'.repeat(21), { max: 20 }))).toEqual(['LENGTH']);
    expect(codes((faults) => checkedText(faults, 'name', 'a\0b', { max: 20 }))).toEqual(['INVALID']);
    expect(codes((faults) => checkedText(faults, 'name', 'a\nb', { max: 20 }))).toEqual(['INVALID']);
    expect(codes((faults) => checkedText(faults, 'name', 'a\nb', { max: 20, lines: true }))).toEqual([]);
    expect(codes((faults) => checkedText(faults, 'name', 'a\u001bb', { max: 20, lines: true }))).toEqual([
      'INVALID',
    ]);
  });

  it('knows currencies, time zones and languages', () => {
    expect(checkedCurrency(new FieldErrors(), 'currency', ' chf ')).toBe('CHF');
    for (const code of ['XYZ', 'HRK', 'SLL', 'ZWL', 'XAU'])
      expect(codes((faults) => checkedCurrency(faults, 'currency', code))).toEqual(['INVALID']);
    expect(codes((faults) => checkTimeZone(faults, 'timeZone', 'Europe/Berlin'))).toEqual([]);
    expect(codes((faults) => checkTimeZone(faults, 'timeZone', 'Mars/Olympus'))).toEqual(['INVALID']);
    expect(codes((faults) => checkTimeZone(faults, 'timeZone', '+02:00'))).toEqual(['INVALID']);
    expect(checkedLanguage(new FieldErrors(), 'language', 'pt-br')).toBe('pt-BR');
    expect(codes((faults) => checkedLanguage(faults, 'language', 'no language'))).toEqual(['INVALID']);
    expect(checkedBranchCode(new FieldErrors(), 'code', ' b-1 ')).toBe('B-1');
    expect(codes((faults) => checkedBranchCode(faults, 'code', 'a b'))).toEqual(['INVALID']);
  });

  it.each([
    ['0', 'EUR', []],
    ['0.05', 'CHF', []],
    ['0.005', 'EUR', ['PRECISION']],
    ['0.5', 'JPY', ['PRECISION']],
    ['10', 'JPY', []],
    ['-0.05', 'CHF', ['NEGATIVE']],
    ['1000.01', 'EUR', ['INVALID']],
  ])('a rounding step of %s %s has the faults %j', (step, currency, expected) => {
    expect(codes((faults) => checkRoundingStep(faults, 'step', new Decimal(step), currency))).toEqual(
      expected,
    );
  });
});
