import { Decimal } from '#kernel/decimal';
import { DEFAULT_PAYMENT_METHODS, type PaymentMethod } from '#subgraphs/payments/payment-methods.rules';
import type { SaleTender } from '#subgraphs/orders/pricing/settlement.rules';
import { tenderIssues, tipIssues } from '#subgraphs/orders/basket/sale-tenders.rules';
import type { TillTerms } from '#subgraphs/orders/basket/selling-terms';
import type { PaymentMethodKind } from '#subgraphs/payments/inputs.generated';

/** The usual terms, except for one payment method. */
function terms(method?: PaymentMethod['method'], change: Partial<PaymentMethod> = {}): TillTerms {
  const methods = DEFAULT_PAYMENT_METHODS.map((usual) =>
    usual.method === method ? { ...usual, ...change } : usual,
  );
  return { methods, currency: 'EUR' } as unknown as TillTerms;
}
const tender = (method: PaymentMethodKind, reference?: string): SaleTender => ({
  method,
  amount: new Decimal(1),
  ...(reference !== undefined && { reference }),
});
const issue = (field: string, reason: string, message: string) => ({
  code: 'VALIDATION_FAILED',
  message,
  item: null,
  field,
  reason,
});

describe('the tenders of a sale', () => {
  it('have no issues if each method is enabled, and if there are none', () => {
    const given = DEFAULT_PAYMENT_METHODS.filter(({ method }) => method !== 'credit').map(({ method }) =>
      tender(method),
    );
    expect(tenderIssues(terms(), given, null)).toEqual([]);
    expect(tenderIssues(terms(), [], undefined)).toEqual([]);
  });

  it('are rejected each with its own field, all in one answer', () => {
    const disabled = terms('card', { enabled: false, name: 'EC card' });
    expect(
      tenderIssues(
        disabled,
        [tender('cash'), tender('card'), tender('exchange'), tender('Cash' as 'cash')],
        null,
      ),
    ).toEqual([
      issue('payments.1.method', 'METHOD_DISABLED', 'EC card is not accepted here.'),
      issue(
        'payments.2.method',
        'UNKNOWN_METHOD',
        '"exchange" is not one of cash, card, bank_transfer, credit, gift_card, store_credit, mobile, other.',
      ),
      issue(
        'payments.3.method',
        'UNKNOWN_METHOD',
        '"Cash" is not one of cash, card, bank_transfer, credit, gift_card, store_credit, mobile, other.',
      ),
    ]);
  });

  it.each([undefined, '', ' \t'])(
    'ask for a reference where the organization does: %j is none',
    (reference) => {
      const needed = terms('bank_transfer', { needsReference: true });
      expect(tenderIssues(needed, [tender('bank_transfer', reference)], null)).toEqual([
        issue('payments.0.reference', 'REFERENCE_REQUIRED', 'Bank transfer needs a reference.'),
      ]);
      expect(tenderIssues(terms(), [tender('bank_transfer', reference)], null)).toEqual([]);
    },
  );

  it('accept a reference of up to 200 characters', () => {
    const needed = terms('card', { needsReference: true });
    expect(tenderIssues(needed, [tender('card', 'A'), tender('card', 'A'.repeat(200))], null)).toEqual([]);
    expect(tenderIssues(terms(), [tender('card', 'A'.repeat(201))], null)).toEqual([
      issue('payments.0.reference', 'LENGTH', 'Must have 0 to 200 characters.'),
    ]);
  });

  it.each([null, undefined])('sell on account to a customer only: %s is none', (customer) => {
    const missing = issue('customerId', 'REQUIRED', 'Payment on account requires a customer.');
    expect(tenderIssues(terms(), [tender('credit')], customer)).toEqual([missing]);
    expect(tenderIssues(terms(), [tender('cash'), tender('credit'), tender('credit')], customer)).toEqual([
      missing,
    ]);
    expect(tenderIssues(terms(), [tender('cash'), tender('card')], customer)).toEqual([]);
  });

  it('permit sales on account for a named customer', () => {
    expect(tenderIssues(terms(), [tender('credit')], 'c1')).toEqual([]);
  });

  it('are 50 at most', () => {
    const many = (count: number) => Array.from({ length: count }, () => tender('cash'));
    expect(tenderIssues(terms(), many(50), null)).toEqual([]);
    expect(tenderIssues(terms(), many(51), null)).toEqual([
      issue('payments', 'TOO_MANY', '50 payments at most.'),
    ]);
  });
});

describe('a tip', () => {
  const tip = (method: PaymentMethodKind, amount: string) =>
    tipIssues(terms(), { method, amount: new Decimal(amount) });

  it('is optional', () => {
    expect([tipIssues(terms(), null), tipIssues(terms(), undefined)]).toEqual([[], []]);
  });

  it('is paid as money: in cash, by card or by phone', () => {
    const taken = [...DEFAULT_PAYMENT_METHODS.map(({ method }) => method), 'exchange', 'Cash', ''].filter(
      (method) => tip(method as PaymentMethodKind, '0.01').length === 0,
    );
    expect(taken).toEqual(['cash', 'card', 'mobile']);
    expect(tip('gift_card', '1')).toEqual([
      issue('tip.method', 'UNKNOWN_METHOD', 'The payment method of a tip must be one of cash, card, mobile.'),
    ]);
  });

  it.each([
    ['0', 'NOT_POSITIVE', 'Must be above zero.'],
    ['-1', 'NOT_POSITIVE', 'Must be above zero.'],
    ['0.001', 'PRECISION', 'EUR has 2 decimal places.'],
    ['1000000000000000', 'TOO_LARGE', 'Must not be above 999999999999999.'],
  ])('of %s is refused: %s', (amount, reason, message) => {
    expect(tip('cash', amount)).toEqual([issue('tip.amount', reason, message)]);
  });

  it('names both errors if amount and method are invalid', () => {
    expect(tip('credit', '0').map(({ field, reason }) => [field, reason])).toEqual([
      ['tip.amount', 'NOT_POSITIVE'],
      ['tip.method', 'UNKNOWN_METHOD'],
    ]);
  });
});
