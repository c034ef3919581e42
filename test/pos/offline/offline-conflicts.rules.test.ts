/** Conflicts of an offline sale with rules, stock and money. */
import fc from 'fast-check';
import { type Decimal } from '#kernel/decimal';
import type { ResolvedItem } from '#subgraphs/catalog/index';
import type { MovedStock } from '#subgraphs/inventory/index';
import type { SettlementTerms, OfflineAmounts } from '#subgraphs/orders/index';
import { priceBasket } from '#subgraphs/orders/basket/basket.rules';
import type { DiscountInput, CheckoutItemInput } from '#subgraphs/pos/inputs.generated';
import {
  ruleConflicts,
  conflict,
  creditConflict,
  inactiveConflict,
  moneyConflicts,
  openConflicts,
  shortageConflicts,
  type Conflict,
  type Seller,
} from '#subgraphs/pos/offline/offline-conflicts.rules';
import type { RoleLimit } from '#subgraphs/registers/index';
import type { PaymentMethodKind } from '#subgraphs/payments/inputs.generated';
import { amount as d } from '#test/harness/values';

const terms = { currency: 'EUR', roundingMode: 'HALF_UP', pricesIncludeTax: true } as const;

it('a conflict is about the whole sale, breaks no rule and has no amount by default', () => {
  const plain = { rule: null, item: null, sold: null, present: null, difference: null };
  expect(conflict('POINTS_UNKNOWN', 'No points.')).toEqual({
    code: 'POINTS_UNKNOWN',
    message: 'No points.',
    ...plain,
  });
  expect(conflict('POINTS_UNKNOWN', 'No points.', { item: 0, sold: '5' })).toEqual({
    code: 'POINTS_UNKNOWN',
    message: 'No points.',
    ...plain,
    item: 0,
    sold: '5',
  });
  expect(inactiveConflict({ name: 'Tea' }, 2)).toEqual({
    code: 'PRODUCT_INACTIVE',
    message: '"Tea" is no longer sold.',
    ...plain,
    rule: 'product.active',
    item: 2,
  });
});

it('the amount at stake is the sum of the amounts without their signs', () => {
  const at = (difference: Decimal | null) => ({ difference });
  expect(openConflicts([])).toEqual({ count: 0, amount: d(0) });
  expect(openConflicts([at(d(5)), at(null), at(d(-5)), at(d('0.01'))])).toEqual({
    count: 4,
    amount: d('10.01'),
  });
  const cents = fc.array(fc.integer({ min: -10_000, max: 10_000 }));
  fc.assert(
    fc.property(cents, cents, (some, others) => {
      const amount = (all: number[]) => openConflicts(all.map((value) => at(d(value)))).amount;
      expect(amount([...some, ...others]).equals(amount(some).plus(amount(others)))).toBe(true);
      expect(amount(some.map((value) => -value)).equals(amount(some))).toBe(true);
    }),
  );
});

/** An item at its price in the catalogue, what the till charged for one, how many, its discount, and from which age. */
interface Sold {
  list?: string;
  price?: string;
  quantity?: string;
  discount?: DiscountInput;
  age?: number;
}

const MANAGER: Seller = { userId: 'u', role: 'manager', mayOverride: true };
const CASHIER: Seller = { userId: 'u', role: 'cashier', mayOverride: false };
const limitOf = (discount: string | null, override: string | null): RoleLimit => ({
  role: 'cashier',
  discountPercent: discount === null ? null : d(discount),
  overridePercent: override === null ? null : d(override),
});
const percent = (value: string): DiscountInput => ({ percent: d(value) });
const amount = (value: string): DiscountInput => ({ amount: d(value) });

interface Circumstances {
  seller?: Seller;
  limit?: RoleLimit | undefined;
  discount?: DiscountInput | null;
  ageConfirmed?: boolean;
}

function breaches(
  items: readonly Sold[],
  { seller = MANAGER, limit, discount = null, ageConfirmed = false }: Circumstances = {},
): Conflict[] {
  const resolvedItems = items.map(
    ({ list = '10', age }) =>
      ({
        name: 'Gin',
        unit: 'piece',
        quantity: d(1),
        quantityPlaces: 3,
        unitPrice: d(list),
        taxRate: d(19),
        minimumAge: age,
      }) as unknown as ResolvedItem,
  );
  const sold = items.map(({ price, quantity = '1', discount: own = null }): CheckoutItemInput => ({
    quantity: d(quantity),
    discount: own,
    ...(price !== undefined && { unitPrice: d(price) }),
  }));
  const { totals, ...basket } = priceBasket(terms, { items: sold, discount }, resolvedItems, true);
  expect(basket.issues).toEqual([]);
  return ruleConflicts(terms, { discount, ageConfirmed }, { ...basket, totals: totals! }, { seller, limit });
}

it('a sale that a checkout would accept has no conflicts', () => {
  expect(
    breaches([{}, { price: '10.00', discount: percent('5') }], { seller: CASHIER, limit: limitOf('5', '0') }),
  ).toEqual([]);
});

describe('another price than the catalogue\u2019s', () => {
  it('is a conflict in any case, with the difference of the line', () => {
    expect(breaches([{}, { price: '8.5', quantity: '3' }])).toEqual([
      {
        code: 'PRICE_CHANGED',
        rule: null,
        message: '"Gin" was sold at 8.5; its price is 10.',
        item: 1,
        sold: '8.5',
        present: '10',
        difference: d('-4.5'),
      },
    ]);
    expect(breaches([{ price: '10.015' }]).map(({ difference }) => difference?.toFixed())).toEqual(['0.02']);
  });

  it.each([
    ['none, where the seller may and no limit is set', MANAGER, undefined, '1', null],
    ['none, within the limit', MANAGER, limitOf('0', '50'), '5', null],
    ['the limit, beyond it', MANAGER, limitOf(null, '50'), '4.99', 'limits.overridePercent'],
    ['none, above the catalogue\u2019s', MANAGER, limitOf(null, '0'), '11', null],
    ['the permission, where the seller may not', CASHIER, undefined, '9', 'pos:override'],
    [
      'the permission first, though the limit is broken too',
      CASHIER,
      limitOf(null, '0'),
      '9',
      'pos:override',
    ],
  ])('breaks %s', (_, seller, limit, price, rule) => {
    expect(breaches([{ price }], { seller, limit }).map((each) => each.rule)).toEqual([rule]);
  });

  it('breaks no limit by a discount, and names the lines that do', () => {
    const items = [{ price: '9' }, { price: '1' }, { price: '9', discount: percent('50') }];
    const told = breaches(items, { limit: limitOf('10', '20') }).filter(
      ({ code }) => code === 'PRICE_CHANGED',
    );
    expect(told.map(({ item, rule }) => [item, rule])).toEqual([
      [0, null],
      [1, 'limits.overridePercent'],
      [2, null],
    ]);
  });
});

describe('a discount beyond the limit of the role', () => {
  it('is a conflict of the line, with its discount', () => {
    expect(
      breaches([{ quantity: '3', discount: percent('12.5') }, {}], { limit: limitOf('10.50', null) }),
    ).toEqual([
      {
        code: 'DISCOUNT_LIMIT',
        rule: 'limits.discountPercent',
        message: 'A discount of 3.75 EUR (12.5 %) was given; the role "cashier" may give 10.5 %.',
        item: 0,
        sold: '12.5',
        present: '10.5',
        difference: d('-3.75'),
      },
    ]);
  });

  it('is a conflict of the sale, with the whole discount', () => {
    expect(
      breaches([{ discount: percent('10') }, { list: '20' }], {
        discount: amount('8.70'),
        limit: limitOf('10', null),
      }),
    ).toEqual([
      {
        code: 'DISCOUNT_LIMIT',
        rule: 'limits.discountPercent',
        message: 'A discount of 9.70 EUR (32.33 %) was given; the role "cashier" may give 10 %.',
        item: null,
        sold: '32.33',
        present: '10',
        difference: d('-9.7'),
      },
    ]);
  });

  it('is a conflict on goods without a price, too', () => {
    const told = breaches([{ list: '0', discount: percent('50') }], { limit: limitOf('10', null) });
    expect(told.map(({ message }) => message)).toEqual([
      'A discount of 0.00 EUR (0 %) was given; the role "cashier" may give 10 %.',
    ]);
  });

  it.each([
    ['where no limit is set', undefined],
    ['where the role has one for prices alone', limitOf(null, '0')],
    ['where the limit is wider', limitOf('50', '0')],
  ])('is none %s', (_, limit) => {
    expect(breaches([{ discount: percent('50') }], { limit })).toEqual([]);
  });
});

it('an unconfirmed age is a conflict of each of the goods that have one', () => {
  const items = [{ age: 18 }, {}, { age: 16 }];
  const message = (age: number) =>
    `"Gin" requires a minimum age of ${age}: verify it, then set ageConfirmed.`;
  expect(breaches(items)).toEqual(
    [[0, 18] as const, [2, 16] as const].map(([item, age]) => ({
      code: 'AGE_UNCONFIRMED',
      rule: 'product.minimumAge',
      message: message(age),
      item,
      sold: null,
      present: String(age),
      difference: null,
    })),
  );
  expect(breaches(items, { ageConfirmed: true })).toEqual([]);
});

it('lists prices first, then discounts, then ages', () => {
  const told = breaches([{ age: 18, price: '9', discount: percent('50') }], {
    seller: CASHIER,
    limit: limitOf('0', '0'),
  });
  expect(told.map(({ code }) => code)).toEqual(['PRICE_CHANGED', 'DISCOUNT_LIMIT', 'AGE_UNCONFIRMED']);
});

it('items sold beyond the stock are one conflict each, with the available stock', () => {
  const line = (variantId: string, quantity: string, index: number) => ({
    item: { name: 'Tea', variantId },
    quantity: d(quantity),
    index,
  });
  const lines = [
    line('none', '1', 0),
    line('short', '2.5', 1),
    line('empty', '1', 2),
    line('short', '1', 3),
    line('lower', '4', 4),
  ];
  const levels = { short: '-1.50', empty: '0', lower: '-3' };
  const moved = new Map(
    Object.entries(levels).map(([id, available]) => [id, { available: d(available) } as MovedStock]),
  );
  const told = (item: number, sold: string, present: string) => ({
    code: 'INSUFFICIENT_STOCK',
    rule: 'stock.available',
    item,
    sold,
    present,
    difference: null,
    message: `"Tea": more was sold than was available; the available stock is ${present}.`,
  });
  type Lines = Parameters<typeof shortageConflicts>[0];
  expect(shortageConflicts(lines as unknown as Lines, moved)).toEqual([
    told(1, '2.5', '-1.5'),
    told(4, '4', '-3'),
  ]);
});

it.each([
  ['all of the sale, where the account was at its limit before', '30', '130', '-30'],
  ['what lies beyond the limit', '50', '120', '-20'],
])('a sale on account puts at stake %s', (_, sum, balance, difference) => {
  const told = creditConflict(terms, { amount: d(sum), balance: d(balance), creditLimit: d(100) });
  expect(told).toEqual({
    code: 'CREDIT_LIMIT',
    rule: 'customer.creditLimit',
    message: `${sum}.00 EUR were sold on account, ${-Number(difference)}.00 of it beyond the customer's limit.`,
    item: null,
    sold: `${sum}.00`,
    present: null,
    difference: d(difference),
  });
});

describe('money', () => {
  const euros: SettlementTerms = { currency: 'EUR', roundingMode: 'HALF_UP', cashRoundingStep: d(0) };
  const francs: SettlementTerms = { currency: 'CHF', roundingMode: 'HALF_UP', cashRoundingStep: d('0.05') };

  /** What is told where tenders like "cash 10, card 5" stayed for a sale. @param due the total with its rounding. */
  function told(
    of: SettlementTerms,
    due: string,
    tenders: string,
    { total = due, said }: { total?: string; said?: string } = {},
  ): Conflict[] {
    const kept = tenders
      .split(', ')
      .map((text) => ({ method: text.split(' ')[0] as PaymentMethodKind, amount: d(text.split(' ')[1]!) }));
    const difference = kept.reduce((sum, each) => sum.plus(each.amount), d(0)).minus(due);
    const taken: OfflineAmounts = said === undefined ? {} : { total: d(said) };
    return moneyConflicts(of, { tenders: kept, total: d(due), difference }, taken, d(total));
  }

  it.each([
    ['it was paid to the cent', euros, '10', 'cash 4, card 6', {}],
    ['the till said so', euros, '10', 'cash 10', { said: '10.00' }],
    ['it was paid in coins', francs, '10', 'cash 10', { total: '9.98' }],
    ['the till said the sum before its rounding', francs, '10', 'cash 10', { total: '9.98', said: '9.98' }],
    ['the till said the sum after it', francs, '10', 'cash 10', { total: '9.98', said: '10' }],
  ])('is no conflict if %s', (_, of, due, tenders, more) => {
    expect(told(of, due, tenders, more)).toEqual([]);
  });

  it('that the till charged is a conflict if it differs', () => {
    expect(told(francs, '10', 'cash 10', { total: '9.98', said: '9.50' })).toEqual([
      {
        code: 'TOTAL_DIFFERS',
        rule: 'total',
        message: 'The till charged 9.5 CHF; the total is 10.00 CHF.',
        item: null,
        sold: '9.5',
        present: '10.00',
        difference: null,
      },
    ]);
  });

  it.each([
    ['less than was due', euros, 'card 4, cash 5', 'UNDERPAID', 'payments', '9.00', '-1', '-1.00 EUR.'],
    ['more than was due', euros, 'card 7.5, cash 5', 'OVERPAID', 'payments', '12.50', '2.5', '2.50 EUR.'],
    ['more in coins', francs, 'card 3, cash 7.05', 'OVERPAID', 'payments', '10.05', '0.05', '0.05 CHF.'],
    [
      'more than coins can pay',
      francs,
      'cash 10.03',
      'CASH_NOT_PAYABLE',
      'cashRoundingStep',
      '10.03',
      '0.03',
      '0.03 CHF. No coin is smaller than 0.05 CHF.',
    ],
    [
      'less than coins can pay',
      francs,
      'cash 3.02, card 6, cash 0.9',
      'CASH_NOT_PAYABLE',
      'cashRoundingStep',
      '9.92',
      '-0.08',
      '-0.08 CHF. No coin is smaller than 0.05 CHF.',
    ],
    [
      'less by card, which needs no coins',
      francs,
      'card 9.98',
      'UNDERPAID',
      'payments',
      '9.98',
      '-0.02',
      '-0.02 CHF.',
    ],
  ])('that was kept is a conflict if it is %s', (_, of, tenders, code, rule, sold, difference, end) => {
    expect(told(of, '10', tenders)).toEqual([
      {
        code,
        rule,
        item: null,
        sold,
        present: '10.00',
        difference: d(difference),
        message: `${sold} ${of.currency} was paid for 10.00 ${of.currency}; the difference is ${end}`,
      },
    ]);
  });

  it('has its amount in one conflict alone', () => {
    const both = told(euros, '10', 'cash 9', { said: '9' });
    expect(both.map(({ code, difference }) => [code, difference?.toFixed()])).toEqual([
      ['TOTAL_DIFFERS', undefined],
      ['UNDERPAID', '-1'],
    ]);
    expect(openConflicts(both)).toEqual({ count: 2, amount: d(1) });
  });
});
