import { giftCardStatus, unusableCode } from '#subgraphs/payments/gift-cards/gift-card-state.rules';

const now = new Date('2026-11-26T12:00:00Z');
const before = new Date('2026-11-26T11:59:59.999Z');
const after = new Date('2026-11-26T12:00:00.001Z');
const at = { currency: 'EUR', now };

it.each([
  [null, null, 'active', undefined],
  [null, after, 'active', undefined],
  [null, now, 'expired', 'EXPIRED'],
  [null, before, 'expired', 'EXPIRED'],
  [before, null, 'disabled', 'UNKNOWN'],
  [before, before, 'disabled', 'UNKNOWN'],
] as const)('disabled %p, expires %p: %s', (disabledAt, expiresAt, status, reason) => {
  const card = { disabledAt, expiresAt, currency: 'EUR' };
  expect(giftCardStatus(card, now)).toBe(status);
  expect(unusableCode(card, at)).toBe(reason);
});

it('answers an unknown code and a disabled card alike, and pays in one currency only', () => {
  expect(unusableCode(undefined, at)).toBe('UNKNOWN');
  expect(unusableCode({ disabledAt: null, expiresAt: null, currency: 'CHF' }, at)).toBe('OTHER_CURRENCY');
});
