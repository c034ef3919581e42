import fc from 'fast-check';
import { passesLuhn } from '#kernel/card-numbers.rules';
import { checkCard } from '#subgraphs/payments/cards.rules';

it('P7: the published example of Luhn, 79927398713, passes, and no other last digit does', () => {
  expect([...'0123456789'].filter((digit) => passesLuhn(`7992739871${digit}`))).toEqual(['3']);
});

it.each([
  ['4242424242424242', 'visa'],
  ['4222222222222', 'visa'],
  ['5555555555554444', 'mastercard'],
  ['2223003122003222', 'mastercard'],
  ['378282246310005', 'american_express'],
  ['6011111111111117', 'discover'],
  ['3566002020360505', 'jcb'],
  ['30569309025904', 'diners_club'],
  ['6200000000000005', 'unionpay'],
  ['4242 4242-4242 4242', 'visa'],
  ['٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢', 'visa'],
])('P7: %s is a valid number of %s', (number, scheme) => {
  expect(checkCard({ number })).toEqual({
    valid: true,
    scheme,
    lastFour: checkCard({ number }).lastFour,
    validThrough: null,
    reasons: [],
  });
  expect(checkCard({ number }).lastFour).toMatch(/^\d{4}$/);
});

it.each([
  ['4242424242424241', 'visa', '4241', ['wrong_check_digit']],
  ['42424242424242', 'visa', '4242', ['wrong_length']],
  ['3782822463100050', 'american_express', '0050', ['wrong_length', 'wrong_check_digit']],
  ['4006381333931', 'visa', '3931', ['wrong_check_digit']],
  ['79927398713', null, null, ['unknown_scheme']],
  ['9999999999999995', null, '9995', ['unknown_scheme']],
  ['1234', null, null, ['unknown_scheme', 'wrong_check_digit']],
  ['4242x4242', null, null, ['not_a_number']],
  ['', null, null, ['not_a_number']],
])('P7: "%s" is invalid', (number, scheme, lastFour, reasons) => {
  expect(checkCard({ number })).toEqual({ valid: false, scheme, lastFour, validThrough: null, reasons });
});

it.each([
  ['11/26', '2026-11-30', []],
  ['11/26', '2026-12-01', ['expired']],
  ['2/2028', '2028-02-29', []],
  ['12/26', '2026-11-30', []],
  ['10/26', '2026-11-01', ['expired']],
  ['13/26', '2026-11-01', ['malformed_expiry']],
  ['1126', '2026-11-01', ['malformed_expiry']],
])('P7: with the expiry %s on %s', (expiry, today, reasons) => {
  const check = checkCard({ number: '4242424242424242', expiry, today });
  expect([check.valid, check.reasons]).toEqual([reasons.length === 0, reasons]);
});

it('answers no more of a number than its last four digits', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^\d{0,25}$/),
      fc.option(fc.constant('11/26'), { nil: undefined }),
      (number, expiry) => {
        const { lastFour, ...rest } = checkCard({ number, expiry, today: '2026-11-26' });
        expect(lastFour).toBe(number.length < 12 ? null : number.slice(-4));
        if (number.length > 4) expect(JSON.stringify(rest)).not.toContain(number);
      },
    ),
  );
});
