/** The till's own calculations give what the server's do, for any basket: so an offline receipt shows what the server will post. */
import fc from 'fast-check';
import { Decimal } from '#kernel/decimal';
import { limitIssues } from '#subgraphs/orders/basket/role-limits.rules';
import { calculateSale, type Discount as ServerDiscount } from '#subgraphs/orders/pricing/pricing.rules';
import { settle } from '#subgraphs/orders/pricing/settlement.rules';
import { exceedsDiscountLimit, sortIssues } from '../../web/till/core/approvals';
import type { Discount } from '../../web/till/core/basket';
import { estimate, type EstimatedLine } from '../../web/till/core/estimate';
import { moneyText, parseAmount, type TillTerms } from '../../web/till/core/money';
import { cashSuggestions, tenderState } from '../../web/till/core/tenders';

const CURRENCIES = [
  { currency: 'EUR', places: 2 },
  { currency: 'JPY', places: 0 },
  { currency: 'KWD', places: 3 },
];

const terms: fc.Arbitrary<TillTerms> = fc
  .record({
    money: fc.constantFrom(...CURRENCIES),
    roundingMode: fc.constantFrom('HALF_UP' as const, 'HALF_EVEN' as const),
    pricesIncludeTax: fc.boolean(),
    cashStep: fc.constantFrom('0', '0.05', '0.1', '1'),
  })
  .map(({ money, ...rest }) => ({ ...money, ...rest }));

const amountText = (max: number, places: number) =>
  fc
    .integer({ min: 0, max })
    .map((units) => new Decimal(units).times(new Decimal(10).pow(-places)).toFixed());
const percent = fc.integer({ min: 0, max: 1000 }).map((tenths) => ({ percent: (tenths / 10).toString() }));
const discount: fc.Arbitrary<Discount | null> = fc.oneof(fc.constant(null), percent);
const line = fc.record({
  quantity: fc.integer({ min: 1, max: 20_000 }).map((grams) => new Decimal(grams).dividedBy(1000).toFixed()),
  price: amountText(100_000, 4),
  taxRate: fc.constantFrom('0', '7', '8.1', '19'),
  discount,
});
const lines = fc.array(line, { minLength: 1, maxLength: 8 });

const toServer = (given: Discount | null): ServerDiscount | null => {
  if (given === null) return null;
  return 'percent' in given ? { percent: new Decimal(given.percent) } : { amount: new Decimal(given.amount) };
};
const serverLines = (given: readonly EstimatedLine[]) =>
  given.map((one) => ({
    quantity: new Decimal(one.quantity),
    unitPrice: new Decimal(one.price),
    taxRate: new Decimal(one.taxRate),
    discount: toServer(one.discount),
  }));

describe('an estimate', () => {
  it('is the price of the server, to the minor unit, of every line', () => {
    fc.assert(
      fc.property(terms, lines, discount, (shop, basket, whole) => {
        const { value: priced } = calculateSale(shop, serverLines(basket), toServer(whole));
        const own = estimate(shop, basket, whole);
        const shown = ({ lines: all, ...totals }: typeof own) => ({
          ...{ subtotal: totals.subtotal, discount: totals.discountTotal, tax: totals.taxTotal },
          total: totals.total.toFixed(),
          lines: all.map((one) => [one.subtotal, one.discount, one.tax, one.total].map(String)),
        });
        expect(shown(own)).toEqual(shown(priced!));
      }),
    );
  });

  it('caps an amount that is larger than the goods', () => {
    const [euros] = fc.sample(
      terms.filter((shop) => shop.currency === 'EUR' && shop.pricesIncludeTax),
      1,
    );
    const goods = { quantity: '2', price: '3', taxRate: '19', discount: { amount: '10' } };
    expect(estimate(euros!, [goods], { amount: '5' }).total.toFixed()).toBe('0');
  });
});

describe('tenders', () => {
  const tender = (places: number) =>
    fc.record({
      method: fc.constantFrom('cash' as const, 'card' as const),
      amount: amountText(30_000, places).map((text) => new Decimal(text)),
    });
  const payment = terms.chain((shop) =>
    fc.record({
      shop: fc.constant(shop),
      total: amountText(50_000, shop.places).map((text) => new Decimal(text)),
      tenders: fc.array(tender(shop.places), { maxLength: 4 }),
    }),
  );

  it('are settled as the server settles them', () => {
    fc.assert(
      fc.property(payment, ({ shop, total, tenders }) => {
        const state = tenderState(shop, total, tenders);
        const settled = settle({ ...shop, cashRoundingStep: new Decimal(shop.cashStep) }, total, tenders);
        expect(state.complete).toBe(settled.value !== undefined);
        expect(state.change.toFixed()).toBe(settled.value?.change.toFixed() ?? '0');
        expect(state.rounding.toFixed()).toBe(settled.value?.rounding.toFixed() ?? '0');
      }),
      { numRuns: 500 },
    );
  });

  it('complete the sale when what is due is added, in cash or by card', () => {
    fc.assert(
      fc.property(payment, fc.constantFrom('cash', 'card'), ({ shop, total, tenders }, method) => {
        const state = tenderState(shop, total, tenders);
        fc.pre(!state.complete && state.overpaid.isZero());
        const amount = method === 'cash' ? state.dueInCash : state.due;
        const after = tenderState(shop, total, [...tenders, { method, amount }]);
        // A card pays to the cent, so that coins already in the drawer may not fit; then the rest is rounded.
        if (method === 'card' && tenders.some((one) => one.method === 'cash'))
          expect(after.due.lessThanOrEqualTo(shop.cashStep)).toBe(true);
        else
          expect({ complete: after.complete, change: after.change.toFixed() }).toEqual({
            complete: true,
            change: '0',
          });
      }),
    );
  });

  it('suggest the exact amount first, and only amounts that cover it', () => {
    expect(cashSuggestions(new Decimal('17.85')).map(String)).toEqual(['17.85', '20', '50', '100']);
    fc.assert(
      fc.property(amountText(9_000_000, 2), (text) => {
        const due = new Decimal(text);
        const suggested = cashSuggestions(due);
        expect(suggested.length).toBe(due.isZero() ? 0 : Math.max(1, suggested.length));
        expect(suggested.every((amount) => amount.greaterThanOrEqualTo(due))).toBe(true);
      }),
    );
  });
});

describe('the limit of a role', () => {
  it('is exceeded exactly when the server asks for an approval', () => {
    fc.assert(
      fc.property(lines, discount, fc.integer({ min: 0, max: 100 }), (basket, whole, limit) => {
        const roleLimit = { role: 'cashier', discountPercent: new Decimal(limit), overridePercent: null };
        const priced = serverLines(basket).map((one, index) => ({
          ...one,
          index,
          item: { unitPrice: one.unitPrice },
        }));
        const issues = limitIssues(
          roleLimit,
          { discount: toServer(whole) },
          { lines: priced as never, totals: {} as never },
          new Set(),
        );
        expect(exceedsDiscountLimit(String(limit), basket, whole)).toBe(issues.length > 0);
      }),
    );
  });

  it('sorts what a manager approves, what the cashier verifies, and what stops the sale', () => {
    const issue = (code: string, field: string) => ({ code, field, message: code, item: null });
    const sorted = sortIssues([
      issue('APPROVAL_REQUIRED', 'items.0.discount'),
      issue('APPROVAL_REQUIRED', 'discount'),
      issue('APPROVAL_REQUIRED', 'items.1.unitPrice'),
      issue('VALIDATION_FAILED', 'ageConfirmed'),
      issue('PAYMENT_INSUFFICIENT', 'payments'),
      issue('INSUFFICIENT_STOCK', 'items.0.quantity'),
    ]);
    expect(sorted).toEqual({
      approvals: ['discount', 'price_override'],
      age: true,
      blocking: [issue('INSUFFICIENT_STOCK', 'items.0.quantity')],
    });
  });
});

it('reads amounts as people type them, and writes them as the API reads them', () => {
  const read = (text: string, places = 2) => parseAmount(text, places)?.toFixed();
  expect(['12.5', ' 12,50', '.5', '7.', '0'].map((text) => read(text))).toEqual([
    '12.5',
    '12.5',
    '0.5',
    '7',
    '0',
  ]);
  expect(['', 'x', '1e3', '-1', '1.234', '1.2.3', '1,2,3'].map((text) => read(text))).toEqual(
    Array(7).fill(undefined),
  );
  expect(read('100.5', 0)).toBeUndefined();
  expect([
    moneyText({ places: 2 }, new Decimal('12.5')),
    moneyText({ places: 0 }, new Decimal(1250)),
  ]).toEqual(['12.50', '1250']);
});
