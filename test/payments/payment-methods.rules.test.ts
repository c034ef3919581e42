import {
  isPaymentMethod,
  PAYMENT_METHODS,
  DEFAULT_PAYMENT_METHODS,
} from '#subgraphs/payments/payment-methods.rules';

it('lists the payment methods as a till shows them; a caller cannot pay with an exchange', () => {
  expect(PAYMENT_METHODS).toEqual([
    'cash',
    'card',
    'bank_transfer',
    'credit',
    'gift_card',
    'store_credit',
    'mobile',
    'other',
  ]);
  expect(PAYMENT_METHODS.every(isPaymentMethod)).toBe(true);
  expect(['exchange', 'Cash', ''].map(isPaymentMethod)).toEqual([false, false, false]);
});

it('accepts each method without a reference by default, and opens the drawer for cash and other', () => {
  expect(DEFAULT_PAYMENT_METHODS.map(({ name }) => name)).toEqual([
    'Cash',
    'Card',
    'Bank transfer',
    'Customer account',
    'Gift card',
    'Store credit',
    'Mobile payment',
    'Other',
  ]);
  expect(
    DEFAULT_PAYMENT_METHODS.filter(({ opensDrawer }) => opensDrawer).map(({ method }) => method),
  ).toEqual(['cash', 'other']);
  expect(DEFAULT_PAYMENT_METHODS.map(({ enabled, needsReference }) => [enabled, needsReference])).toEqual(
    Array(8).fill([true, false]),
  );
});
