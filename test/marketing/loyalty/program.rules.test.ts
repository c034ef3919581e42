import { programErrors, tierErrors } from '#subgraphs/marketing/loyalty/program.rules';
import { amount } from '#test/harness/values';

const VALID = {
  earnRate: amount('1.5'),
  pointValue: amount('0.01'),
  maximumPercent: amount(100),
  holdDays: 14,
  expiryDays: 365,
  minimumRedeem: 1,
  birthdayPoints: 0,
  tierMonths: 12,
};

describe('the settings of a program', () => {
  const codes = (change: Partial<typeof VALID>) =>
    programErrors({ ...VALID, ...change }).map(({ field, code }) => `${field} ${code}`);

  it('are valid at their bounds', () => {
    expect(codes({})).toEqual([]);
    expect(programErrors({ ...VALID, expiryDays: null })).toEqual([]);
    expect(codes({ earnRate: amount(0), holdDays: 0, expiryDays: 1, tierMonths: 60 })).toEqual([]);
  });

  it.each<[Partial<typeof VALID>, string]>([
    [{ earnRate: amount(-1) }, 'earnRate OUT_OF_RANGE'],
    [{ earnRate: amount('1.00001') }, 'earnRate PRECISION'],
    [{ pointValue: amount(0) }, 'pointValue OUT_OF_RANGE'],
    [{ maximumPercent: amount('100.01') }, 'maximumPercent OUT_OF_RANGE'],
    [{ holdDays: 366 }, 'holdDays OUT_OF_RANGE'],
    // Points must not expire before they are available.
    [{ expiryDays: 14 }, 'expiryDays OUT_OF_RANGE'],
    [{ minimumRedeem: 0 }, 'minimumRedeem OUT_OF_RANGE'],
    [{ tierMonths: 61 }, 'tierMonths OUT_OF_RANGE'],
  ])('%j are rejected', (change, error) => {
    expect(codes(change)).toContain(error);
  });
});

describe('a tier', () => {
  it('has an upkeep up to its threshold, and a multiplier above zero', () => {
    const codes = (threshold: string, upkeep: string, multiplier: string) =>
      tierErrors(
        { threshold: amount(threshold), upkeep: amount(upkeep), multiplier: amount(multiplier) },
        'EUR',
      ).map(({ field, code }) => `${field} ${code}`);
    expect(codes('300', '300', '1.5')).toEqual([]);
    expect(codes('300', '300.01', '1')).toEqual(['upkeep OUT_OF_RANGE']);
    expect(codes('-1', '-1', '1')).toEqual(['threshold NEGATIVE', 'upkeep NEGATIVE']);
    expect(codes('0.001', '0', '0')).toEqual(['threshold PRECISION', 'multiplier OUT_OF_RANGE']);
  });
});
