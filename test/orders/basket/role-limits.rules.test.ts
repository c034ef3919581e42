import type { Actor } from '#kernel/auth/actor';
import { Decimal } from '#kernel/decimal';
import type { BasketLine } from '#subgraphs/orders/basket/basket-line.rules';
import type { Basket } from '#subgraphs/orders/basket/basket.rules';
import type { ApprovalKind, DiscountInput } from '#subgraphs/pos/inputs.generated';
import {
  ageIssues,
  limitIssues,
  findActorLimit,
  findRoleLimit,
  basketMinimumAge,
} from '#subgraphs/orders/basket/role-limits.rules';
import type { RoleLimit, TillSettings } from '#subgraphs/registers/index';

const percentOf = (text: string | null) => (text === null ? null : new Decimal(text));
const limit = (discount: string | null, override: string | null, role = 'cashier'): RoleLimit => ({
  role,
  discountPercent: percentOf(discount),
  overridePercent: percentOf(override),
});

interface Line {
  quantity?: string;
  price?: string;
  listed?: string;
  discount?: DiscountInput;
  index?: number;
  age?: number | null;
}
function line({ quantity = '1', price = '10', listed = '10', discount, index = 0, age }: Line): BasketLine {
  const item = { name: 'Gin', unitPrice: new Decimal(listed), ...(age !== undefined && { minimumAge: age }) };
  const fields = {
    index,
    item,
    quantity: new Decimal(quantity),
    unitPrice: new Decimal(price),
    discount: discount ?? null,
    note: null,
  };
  return fields as unknown as BasketLine;
}
const basket = (...lines: Line[]) =>
  ({ lines: lines.map(line), issues: [], totals: {} }) as unknown as Basket;
const percent = (text: string): DiscountInput => ({ percent: new Decimal(text) });
const amount = (text: string): DiscountInput => ({ amount: new Decimal(text) });
const NOBODY = new Set<ApprovalKind>();

/** The fields that exceed a limit. */
function beyond(
  of: RoleLimit | undefined,
  sale: Basket,
  discount?: DiscountInput | null,
  approved: ReadonlySet<ApprovalKind> = NOBODY,
) {
  return limitIssues(of, { ...(discount !== undefined && { discount }) }, sale, approved).map(
    ({ field }) => field,
  );
}

describe('the limit of a caller', () => {
  const cashier = limit('10', '5');
  const settings = { limits: [limit('50', null, 'manager'), cashier] } as unknown as TillSettings;
  const signedIn = (kind: 'user' | 'apiKey', role: string) => ({ kind, role }) as unknown as Actor;

  it('is that of the role, for a person and for an API key alike', () => {
    expect(findActorLimit(signedIn('user', 'cashier'), settings)).toBe(cashier);
    expect(findActorLimit(signedIn('apiKey', 'cashier'), settings)).toBe(cashier);
    expect(findActorLimit(signedIn('user', 'manager'), settings)?.discountPercent?.toFixed()).toBe('50');
    expect(findActorLimit(signedIn('apiKey', 'manager'), settings)?.discountPercent?.toFixed()).toBe('50');
  });

  it('is undefined for a role without one, for the platform, and for anonymous callers', () => {
    expect(findActorLimit(signedIn('user', 'owner'), settings)).toBeUndefined();
    expect(findActorLimit({ kind: 'system', role: 'cashier' } as unknown as Actor, settings)).toBeUndefined();
    expect(
      findActorLimit({ kind: 'anonymous', role: 'cashier' } as unknown as Actor, settings),
    ).toBeUndefined();
    expect([findRoleLimit(null, settings), findRoleLimit('Cashier', settings)]).toEqual([
      undefined,
      undefined,
    ]);
    expect(findRoleLimit('cashier', settings)).toBe(cashier);
  });
});

describe('a discount', () => {
  it.each([
    ['10', undefined, []],
    ['10.01', undefined, ['items.4.discount']],
    ['0', '10', []],
    ['0', '10.01', ['discount']],
    ['5', '5.26', []],
    ['5', '5.27', ['items.4.discount']],
    ['50', '50', ['discount']],
  ])('of %s %% on a line and %s %% on the basket, with 10 %% allowed: %j', (own, whole, expected) => {
    const sale = basket({ discount: percent(own), index: 4 });
    expect(beyond(limit('10', null), sale, whole === undefined ? null : percent(whole))).toEqual(expected);
  });

  it('as an amount counts by its share of quantity times price', () => {
    const of = limit('10', null);
    expect(beyond(of, basket({ quantity: '3', price: '10', discount: amount('3') }))).toEqual([]);
    expect(beyond(of, basket({ quantity: '3', price: '10', discount: amount('3.01') }))).toEqual([
      'items.0.discount',
    ]);
    expect(beyond(of, basket({}, { quantity: '2', index: 1 }), amount('3'))).toEqual([]);
    expect(beyond(of, basket({}, { quantity: '2', index: 1 }), amount('3.01'))).toEqual(['discount']);
  });

  it('on the basket is a share of what the lines\u2019 own discounts leave', () => {
    // 100 less 50 % is 50; 5 of it are 10 %.
    const of = limit('50', null);
    expect(beyond(of, basket({ price: '100', discount: percent('50') }), amount('0'))).toEqual([]);
    expect(beyond(of, basket({ price: '100', discount: percent('20') }), amount('30'))).toEqual([]);
    expect(beyond(of, basket({ price: '100', discount: percent('20') }), amount('30.01'))).toEqual([
      'items.0.discount',
    ]);
    expect(beyond(of, basket({ price: '100', discount: percent('20') }), amount('40.01'))).toEqual([
      'discount',
    ]);
  });

  it('that is zero, or on goods without a price, exceeds no limit', () => {
    const of = limit('10', null);
    expect(beyond(of, basket({}))).toEqual([]);
    expect(beyond(of, basket({ discount: {} }), {})).toEqual([]);
    expect(beyond(of, basket({ price: '0', discount: amount('5') }), amount('5'))).toEqual([]);
    expect(beyond(of, basket({ price: '0', discount: amount('5') }))).toEqual([]);
    expect(beyond(of, basket({ discount: { percent: null, amount: null } }), null)).toEqual([]);
  });

  it('names only the lines that exceed it, by their index in the input', () => {
    const sale = basket(
      { discount: percent('11'), index: 2 },
      { discount: percent('9'), index: 3 },
      { discount: percent('90'), index: 7 },
    );
    expect(limitIssues(limit('10.50', '0'), {}, sale, NOBODY)).toEqual(
      [2, 7].map((index) => ({
        code: 'APPROVAL_REQUIRED',
        message: "A discount of more than 10.5 % requires a manager's approval.",
        item: index,
        field: `items.${index}.discount`,
        reason: 'APPROVAL_REQUIRED',
        details: { approval: 'discount', limit: '10.5' },
      })),
    );
    expect(limitIssues(limit('10', null), { discount: percent('11') }, sale, NOBODY)).toMatchObject([
      { item: null, field: 'discount', details: { approval: 'discount' } },
    ]);
  });
});

describe('a price override', () => {
  it.each([
    ['10', []],
    ['12', []],
    ['9.50', []],
    ['9.49', ['items.3.unitPrice']],
  ])('of %s for 10.00, with 5 %% allowed: %j', (price, expected) => {
    expect(beyond(limit(null, '5'), basket({ price, index: 3 }))).toEqual(expected);
  });

  it('names the permitted reduction', () => {
    expect(limitIssues(limit('0', '5'), {}, basket({ price: '1', index: 3 }), NOBODY)).toEqual([
      {
        code: 'APPROVAL_REQUIRED',
        message: "A price more than 5 % below the catalogue\u2019s requires a manager's approval.",
        item: 3,
        field: 'items.3.unitPrice',
        reason: 'APPROVAL_REQUIRED',
        details: { approval: 'price_override', limit: '5' },
      },
    ]);
  });
});

describe('no limit', () => {
  const sale = basket({ price: '1', discount: percent('100') });

  it('applies if none is set, and an approval lifts only its own kind', () => {
    expect(beyond(undefined, sale)).toEqual([]);
    expect(beyond(limit(null, null), sale, percent('100'))).toEqual([]);
    expect(beyond(limit('0', '0'), sale)).toEqual(['items.0.discount', 'items.0.unitPrice']);
    expect(beyond(limit('0', '0'), sale, null, new Set<ApprovalKind>(['discount']))).toEqual([
      'items.0.unitPrice',
    ]);
    expect(beyond(limit('0', '0'), sale, null, new Set<ApprovalKind>(['price_override']))).toEqual([
      'items.0.discount',
    ]);
    expect(beyond(limit('0', '0'), sale, null, new Set<ApprovalKind>(['void']))).toEqual([
      'items.0.discount',
      'items.0.unitPrice',
    ]);
    expect(
      beyond(limit('0', '0'), sale, null, new Set<ApprovalKind>(['discount', 'price_override'])),
    ).toEqual([]);
  });

  it('applies to a basket without a total, whose errors come first', () => {
    expect(limitIssues(limit('0', '0'), {}, { ...sale, totals: undefined }, NOBODY)).toEqual([]);
  });
});

describe('an age', () => {
  const sale = [{ index: 0 }, { index: 1, age: 18 }, { index: 2, age: null }, { index: 5, age: 16 }].map(
    line,
  );

  it('of a basket is that of its strictest goods', () => {
    expect([
      basketMinimumAge(sale),
      basketMinimumAge(sale.slice(2)),
      basketMinimumAge(sale.slice(0, 1)),
      basketMinimumAge([]),
    ]).toEqual([18, 16, null, null]);
  });

  it.each([undefined, null, false])(
    'is asked for by each of the goods that have one; %s confirms nothing',
    (ageConfirmed) => {
      expect(ageIssues({ ...(ageConfirmed !== undefined && { ageConfirmed }) }, sale)).toEqual(
        [
          [1, 18],
          [5, 16],
        ].map(([index, minimumAge]) => ({
          code: 'VALIDATION_FAILED',
          message: `"Gin" requires a minimum age of ${minimumAge}: verify it, then set ageConfirmed.`,
          item: index,
          field: 'ageConfirmed',
          reason: 'AGE_CHECK_REQUIRED',
          details: { minimumAge },
        })),
      );
    },
  );

  it('that the cashier has confirmed is asked for no more', () => {
    expect(ageIssues({ ageConfirmed: true }, sale)).toEqual([]);
  });
});
