import fc from 'fast-check';
import { Decimal, sum } from '#kernel/decimal';
import {
  isStoredValue,
  offlineBalanceIssues,
  tenderAmounts,
  type StoredBalance,
  type NamedTender,
} from '#subgraphs/orders/stored-value/stored-tenders.rules';
import { amount } from '#test/harness/values';

const EUR = { currency: 'EUR' };
const card = (available: string, id = 'card'): StoredBalance => ({
  available: amount(available),
  giftCardId: id,
  reference: `**** ${id}`,
});
const amountsOf = (total: string, tenders: NamedTender[], balances: [number, StoredBalance][]) =>
  tenderAmounts(EUR, amount(total), tenders, new Map(balances)).value?.map((tender) =>
    tender.amount.toFixed(),
  );

describe('a gift card without an amount', () => {
  it('P8: pays what is due after all discounts: goods 90.00, discount 25.00, card 65.00', () => {
    expect(amountsOf('65.00', [{ method: 'gift_card' }], [[0, card('65.00')]])).toEqual(['65']);
  });

  it('P8: is used one after the other: two cards of 50.00 on 60.00', () => {
    const two: [number, StoredBalance][] = [[0, card('50', 'A')], [1, card('50', 'B')]]; // prettier-ignore
    expect(amountsOf('60.00', [{ method: 'gift_card' }, { method: 'gift_card' }], two)).toEqual(['50', '10']);
  });

  it('pays what the other payments leave, wherever it stands', () => {
    const cash = { method: 'cash' as const, amount: amount(20) };
    expect(amountsOf('30.00', [{ method: 'gift_card' }, cash], [[0, card('50')]])).toEqual(['10', '20']);
    expect(amountsOf('15.00', [cash, { method: 'store_credit' }], [[1, card('50')]])).toEqual(['20', '0']);
  });
});

it('names the card of a tender, and keeps the reference of the till', () => {
  const tenders: NamedTender[] = [
    { method: 'gift_card', giftCardCode: 'SECRET' },
    { method: 'gift_card', giftCardCode: 'SECRET', reference: 'mine', amount: amount(1) },
    { method: 'card', amount: amount(2), reference: 'T1' },
  ];
  const { value } = tenderAmounts(EUR, amount(5), tenders, new Map([[0, card('9', 'A')], [1, card('9', 'B')]])); // prettier-ignore
  expect(value).toEqual([
    { method: 'gift_card', amount: amount(2), giftCardId: 'A', reference: '**** A' },
    { method: 'gift_card', amount: amount(1), giftCardId: 'B', reference: 'mine' },
    { method: 'card', amount: amount(2), reference: 'T1' },
  ]);
});

it('rejects an amount that the balance does not cover, and a missing one', () => {
  const tenders: NamedTender[] = [
    { method: 'gift_card', amount: amount('10.01') },
    { method: 'store_credit', amount: amount(6) },
    { method: 'cash' },
  ];
  const { issues } = tenderAmounts(EUR, amount(50), tenders, new Map([[0, card('10')], [1, card('5')]])); // prettier-ignore
  expect(issues?.map(({ field, reason, message, details }) => [field, reason, message, details])).toEqual([
    [
      'payments.0.amount',
      'GIFT_CARD_BALANCE_EXCEEDED',
      'The balance of the gift card is only 10.00 EUR.',
      { available: '10.00' },
    ],
    [
      'payments.1.amount',
      'STORE_CREDIT_EXCEEDED',
      'The balance of the store credit is only 5.00 EUR.',
      { available: '5.00' },
    ],
    ['payments.2.amount', 'REQUIRED', 'Must be set for this payment method.', undefined],
  ]);
});

it('never pays more than the total or a balance, and pays all if the balances suffice', () => {
  const cents = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(cents, fc.array(cents, { maxLength: 5 }), (total, balances) => {
      const due = new Decimal(total).dividedBy(100);
      const given = balances.map((balance, index): [number, StoredBalance] => [
        index,
        card((balance / 100).toFixed(2)),
      ]);
      const tenders = balances.map((): NamedTender => ({ method: 'gift_card' }));
      const paid = tenderAmounts(EUR, due, tenders, new Map(given)).value!.map((tender) => tender.amount);
      paid.forEach((part, index) => expect(part.lessThanOrEqualTo(given[index]![1].available)).toBe(true));
      const available = sum(given.map(([, { available: one }]) => one));
      expect(sum(paid)).toEqual(Decimal.min(due, available));
    }),
  );
});

it('an offline till reduces no balance', () => {
  expect([isStoredValue('gift_card'), isStoredValue('store_credit'), isStoredValue('credit')]).toEqual([
    true,
    true,
    false,
  ]);
  const issues = offlineBalanceIssues([
    { method: 'cash' },
    { method: 'gift_card' },
    { method: 'store_credit' },
  ]);
  expect(issues.map(({ field, reason }) => [field, reason])).toEqual([
    ['payments.1.method', 'BALANCE_NOT_REDUCED'],
    ['payments.2.method', 'BALANCE_NOT_REDUCED'],
  ]);
});
