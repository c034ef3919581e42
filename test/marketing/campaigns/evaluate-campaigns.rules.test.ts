/** The numbers of discounts, and their properties under any basket. */
import * as fc from 'fast-check';
import type { CampaignLine } from '#subgraphs/marketing/campaigns/campaign-actions.rules';
import type { StoredAction } from '#subgraphs/marketing/campaigns/campaign-terms.rules';
import type { CampaignRow } from '#subgraphs/marketing/tables.generated';
import { amount } from '#test/harness/values';
import {
  ALL,
  amountsOf,
  campaign,
  evaluate,
  idOf,
  line,
  minimum,
  off,
  percent,
  reasonsOf,
  sharesOf,
  total,
  variants,
} from './baskets';

const first = { priority: 2 };
const second = { priority: 1 };
const totalOf = (rows: readonly CampaignRow[], lines: readonly CampaignLine[]) =>
  total(lines, evaluate(rows, lines)).toFixed(2);

describe('the order of steps', () => {
  const basket = [line('a', '100.00')];
  it('M1: is priority, then id; each percentage is of the amount that remains', () => {
    const tenPercent = percent('10');
    expect(totalOf([campaign(1, tenPercent, first), campaign(2, off('15'), second)], basket)).toBe('75.00');
    expect(totalOf([campaign(1, tenPercent, second), campaign(2, off('15'), first)], basket)).toBe('76.50');
    expect(totalOf([campaign(2, off('15')), campaign(1, tenPercent)], basket)).toBe('75.00');
    expect(totalOf([campaign(1, tenPercent), campaign(2, tenPercent)], basket)).toBe('81.00');
  });

  it('M1: tests conditions on the basket before discounts of the order', () => {
    const rows = [
      campaign(1, percent('10'), first),
      campaign(2, percent('20'), { ...second, conditions: [minimum('100')] }),
    ];
    expect(totalOf(rows, [line('a', '105.00')])).toBe('75.60');
    expect(totalOf(rows, [line('a', '99.99')])).toBe('89.99');
  });

  it('M12: keeps a threshold of free shipping where a voucher lowers the total', () => {
    const rows = [
      campaign(1, off('5'), first),
      campaign(2, { type: 'free_shipping' }, { conditions: [minimum('75')] }),
    ];
    const lines = [line('a', '75.00')];
    const result = evaluate(rows, lines);
    expect([result.freeShipping, total(lines, result).toFixed(2)]).toEqual([true, '70.00']);
    expect(evaluate(rows, [line('a', '74.99')]).freeShipping).toBe(false);
  });

  it('rounds a percentage half up, once', () => {
    expect(totalOf([campaign(1, percent('25'))], [line('a', '19.99')])).toBe('14.99');
  });
});

describe('buy some, get some', () => {
  const permutations = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const oneOfA: StoredAction = { type: 'buy_x_get_y', buy: 2, get: 1, percent: '61', rewards: variants('a') };

  it('M2: costs the same in every order of the lines, and in one line', () => {
    const rows = [campaign(1, oneOfA, { items: variants('a', 'b', 'c') })];
    const lines = ['a', 'b', 'c'].map((id) => line(id, '125.00'));
    for (const order of permutations)
      expect(
        amountsOf(
          evaluate(
            rows,
            order.map((index) => lines[index]!),
          ),
        ),
      ).toEqual(['76.25']);
    expect(amountsOf(evaluate(rows, [line('a', '375.00', 3)]))).toEqual(['76.25']);
    expect(amountsOf(evaluate(rows, [line('b', '125.00'), line('c', '250.00', 2)]))).toEqual([]);
  });

  const oneFree: StoredAction = { type: 'buy_x_get_y', buy: 2, get: 1, percent: '100' };
  const basket = (...prices: number[]) => prices.map((price, index) => line(`v${index}`, price.toFixed(2)));
  it.each<[prices: number[], saved: string]>([
    [[10, 8, 6, 4], '6.00'],
    [[4, 10, 6, 8], '6.00'],
    [[10, 8, 6, 4, 2, 1], '7.00'],
    [[10, 8, 6, 4, 2, 1, 0.5], '7.00'],
  ])('M3: of %j in groups of the sorted units saves %s', (prices, saved) => {
    expect(amountsOf(evaluate([campaign(1, oneFree)], basket(...prices)))).toEqual([saved]);
  });

  it('is limited, and needs a whole group', () => {
    const once = [campaign(1, { ...oneFree, limit: 1 })];
    expect(amountsOf(evaluate(once, basket(10, 8, 6, 4, 2, 1)))).toEqual(['6.00']);
    expect(reasonsOf(evaluate(once, basket(10, 8)))).toEqual(['0001 no_effect']);
    expect(amountsOf(evaluate([campaign(1, oneFree)], [line('a', '30.00', '3.5')]))).toEqual(['8.57']);
  });

  it('gives rewards of its own, the cheapest first, and sells no unit twice', () => {
    const cake: StoredAction = {
      type: 'buy_x_get_y',
      buy: 1,
      get: 1,
      percent: '100',
      rewards: variants('cake', 'pie'),
    };
    const rows = [campaign(1, cake, { items: variants('coffee', 'cake') })];
    expect(
      amountsOf(evaluate(rows, [line('coffee', '3.00'), line('cake', '5.00'), line('pie', '4.00')])),
    ).toEqual(['4.00']);
    expect(amountsOf(evaluate(rows, [line('cake', '10.00', 2)]))).toEqual(['5.00']);
    expect(amountsOf(evaluate(rows, [line('cake', '5.00')]))).toEqual([]);
    expect(amountsOf(evaluate(rows, [line('pie', '8.00', 2)]))).toEqual([]);
  });
});

describe('a bundle', () => {
  const three: StoredAction = { type: 'bundle', quantity: 3, price: '10.00' };
  it.each<[lines: CampaignLine[], shares: string[]]>([
    [
      [line('a', '4.00'), line('b', '3.50'), line('c', '5.00')],
      ['0.80', '0.70', '1.00'],
    ],
    [
      [line('a', '3.99'), line('b', '3.99'), line('c', '3.99')],
      ['0.66', '0.66', '0.65'],
    ],
    [
      [line('a', '4.00'), line('b', '2.00'), line('c', '3.50'), line('d', '5.00')],
      ['0.80', '0.00', '0.70', '1.00'],
    ],
    [
      [line('a', '15.00', 3), line('b', '9.00', 3)],
      ['5.00', '0.00'],
    ],
    [[line('a', '30000000.00', 1_000_000)], ['26666640.00']],
  ])('M4: takes the most expensive units, and spreads what it saves', (lines, shares) => {
    expect(sharesOf(evaluate([campaign(1, three)], lines))).toEqual(shares);
  });
});

describe('other actions', () => {
  it('M5: cap an amount at what the items cost', () => {
    const lines = [line('a', '19.99')];
    expect([
      amountsOf(evaluate([campaign(1, off('25'))], lines)),
      totalOf([campaign(1, off('25'))], lines),
    ]).toEqual([['19.99'], '0.00']);
  });

  it('sell units at a fixed price, but never above their own', () => {
    const rows = [campaign(1, { type: 'fixed_price', price: '2.50' })];
    expect(sharesOf(evaluate(rows, [line('a', '6.00', 2), line('b', '2.00')]))).toEqual(['1.00', '0.00']);
  });

  it('take the tier that the quantity of all lines reaches', () => {
    const tiers: StoredAction = {
      type: 'quantity_tiers',
      tiers: [
        { quantity: '6', percent: '10' },
        { quantity: '3', percent: '5' },
      ],
    };
    const rows = [campaign(1, tiers)];
    expect(amountsOf(evaluate(rows, [line('a', '20.00', 2)]))).toEqual([]);
    expect(amountsOf(evaluate(rows, [line('a', '20.00', 2), line('b', '10.00')]))).toEqual(['1.50']);
    expect(amountsOf(evaluate(rows, [line('a', '60.00', 6)]))).toEqual(['6.00']);
  });

  it('take the highest factor of points', () => {
    const rows = ['1.5', '3', '2'].map((multiplier, index) =>
      campaign(index, { type: 'points_multiplier', multiplier }),
    );
    expect(evaluate(rows, [line('a', '1.00')]).pointsMultiplier).toEqual(amount(3));
    expect(evaluate([], [line('a', '1.00')]).pointsMultiplier).toBeNull();
  });
});

describe('exclusive campaigns', () => {
  const exclusive = { stacking: 'exclusive' } as const;
  const lines = [line('a', '100.00')];
  it('M6: lose against a stack that saves more', () => {
    const rows = [campaign(1, percent('25'), exclusive), campaign(2, percent('10')), campaign(3, off('20'))];
    const result = evaluate(rows, lines);
    expect([amountsOf(result), total(lines, result).toFixed(2), reasonsOf(result)]).toEqual([
      ['10.00', '20.00'],
      '70.00',
      ['0001 combination'],
    ]);
  });

  it('M6: win against one that saves less; of equal ones the higher priority wins, then the lower id', () => {
    const best = (...rows: CampaignRow[]) => evaluate(rows, lines).applied.map((step) => step.campaign.id);
    expect(best(campaign(1, percent('40'), exclusive), campaign(2, percent('10')))).toEqual(['0001']);
    expect(best(campaign(2, percent('10')), campaign(1, off('10'), exclusive))).toEqual(['0001']);
    expect(best(campaign(1, off('10'), exclusive), campaign(2, percent('10'), first))).toEqual(['0002']);
  });

  it('of a group only the best is applied, together with the others', () => {
    const group = { stackingGroup: 'tea' };
    const rows = [campaign(1, percent('10'), group), campaign(2, off('12'), group), campaign(3, off('1'))];
    const result = evaluate(rows, lines);
    expect([amountsOf(result), reasonsOf(result)]).toEqual([['12.00', '1.00'], ['0001 group']]);
  });
});

describe('a campaign is skipped', () => {
  const lines = [line('a', '10.00', 1, { categoryId: 'drinks', brandId: 'leaf' })];
  const reasonOf = (more: Partial<CampaignRow>, circumstances = {}) =>
    reasonsOf(evaluate([campaign(1, percent('10'), more)], lines, circumstances))[0]?.slice(5);
  it.each<
    [reason: string | undefined, more: Partial<CampaignRow>, circumstances?: Parameters<typeof evaluate>[2]]
  >([
    [undefined, {}],
    ['period', { startsAt: new Date('2026-11-27T12:00:00.001Z') }],
    ['period', { endsAt: new Date('2026-11-27T12:00:00.000Z') }],
    ['channel', { channels: ['web'] }],
    [undefined, { channels: ['web', 'pos'] }],
    ['branch', { branchIds: ['other'] }],
    ['audience', { audience: 'customers' }],
    ['audience', { audience: 'guests' }, { customerId: 'ann' }],
    ['audience', { customerIds: ['bob'] }, { customerId: 'ann' }],
    [undefined, { customerIds: ['ann'] }, { customerId: 'ann' }],
    ['audience', { groupIds: ['vip'] }],
    ['audience', { groupIds: ['vip'] }, { customerId: 'ann', audiences: new Set(['new']) }],
    [undefined, { groupIds: ['vip', 'staff'] }, { customerId: 'ann', audiences: new Set(['staff']) }],
    ['audience', { segmentIds: ['new'] }, { customerId: 'ann', audiences: new Set(['vip']) }],
    [
      'audience',
      { groupIds: ['vip'], segmentIds: ['new'] },
      { customerId: 'ann', audiences: new Set(['vip']) },
    ],
    [
      undefined,
      { groupIds: ['vip'], segmentIds: ['new'] },
      { customerId: 'ann', audiences: new Set(['vip', 'new']) },
    ],
    ['code_required', { requiresCode: true }],
    [
      undefined,
      { requiresCode: true },
      { codes: new Map([['0001', { id: 'c', code: 'C', minimum: amount('10.00') }]]) },
    ],
    ['customer_required', { usesPerCustomer: 1 }],
    ['customer_uses', {}, { usedUp: new Map([['0001', 'customer_uses']]) }],
    ['budget', { budget: amount('0.99') }, { remainingBudgets: new Map([['0001', amount('0.99')]]) }],
    [undefined, { budget: amount(1) }, { remainingBudgets: new Map([['0001', amount(1)]]) }],
    ['condition', { conditions: [{ type: 'minimum_quantity', quantity: '2' }] }],
    ['condition', { conditions: [{ type: 'minimum_amount', amount: '1', items: variants('b') }] }],
  ])('with the reason %s', (...[reason, more, circumstances]) => {
    expect(reasonOf(more, circumstances)).toBe(reason);
  });

  it.each<[from: string, to: string, weekdays: ('thursday' | 'friday')[], minute: number, applies: boolean]>([
    ['17:00', '19:00', [], 17 * 60, true],
    ['17:00', '19:00', [], 19 * 60, false],
    ['17:00', '19:00', ['thursday'], 18 * 60, false],
    ['22:00', '02:00', ['thursday'], 60, true],
    ['22:00', '02:00', ['friday'], 60, false],
    ['22:00', '02:00', ['friday'], 23 * 60, true],
    ['00:00', '00:00', ['friday'], 0, true],
  ])(
    'outside its hours: %s to %s on %j at minute %d of a Friday',
    (...[from, to, weekdays, minute, applies]) => {
      const result = evaluate([campaign(1, percent('10'), { windows: [{ from, to, weekdays }] })], lines, {
        local: () => ({ weekday: 4, minute }),
      });
      expect(reasonsOf(result)).toEqual(applies ? [] : ['0001 hours']);
    },
  );

  it('silently, if it selects none of the items', () => {
    const rows = [
      variants('b'),
      { ...ALL, categoryIds: ['food'] },
      { ...ALL, brandIds: ['x'] },
      { ...ALL, productIds: [idOf('b')] },
    ].map((items, index) => campaign(index, percent('10'), { items }));
    expect(evaluate(rows, lines)).toMatchObject({ applied: [], skipped: [] });
    const selected = [
      { ...ALL, categoryIds: ['drinks'], brandIds: ['leaf'] },
      { ...ALL, productIds: [idOf('a')] },
    ];
    expect(
      amountsOf(
        evaluate(
          selected.map((items, index) => campaign(index, off('1'), { items })),
          lines,
        ),
      ),
    ).toEqual(['1.00', '1.00']);
  });
});

// --- Properties ---

const money = fc.integer({ min: 0, max: 100_000 });
const someLine = fc.record({
  variantId: fc.constantFrom('a', 'b', 'c', 'd'),
  cents: money,
  quantity: fc.constantFrom('1', '2', '3', '12', '0.35', '2.5'),
});
const text = (cents: number, places: number) =>
  amount(cents)
    .dividedBy(10 ** places)
    .toFixed();
const someAction = (places: number): fc.Arbitrary<StoredAction> => {
  const price = money.map((cents) => text(cents, places));
  const percentage = fc.integer({ min: 1, max: 10_000 }).map((value) => text(value, 2));
  const count = fc.integer({ min: 1, max: 4 });
  const limit = fc.option(count, { nil: null });
  const rewards = fc.option(fc.constantFrom(variants('a'), variants('b', 'c'), ALL), { nil: null });
  return fc.oneof(
    percentage.map(percent),
    price.filter((value) => value !== '0').map(off),
    price.map((value): StoredAction => ({ type: 'fixed_price', price: value })),
    fc.tuple(count, count, percentage, limit, rewards).map(([buy, get, value, most, own]): StoredAction => ({
      type: 'buy_x_get_y',
      buy,
      get,
      percent: value,
      limit: most,
      rewards: own,
    })),
    fc.tuple(count, price, limit).map(([more, value, most]): StoredAction => ({
      type: 'bundle',
      quantity: more + 1,
      price: value,
      limit: most,
    })),
    fc.tuple(count, percentage).map(([quantity, value]): StoredAction => ({
      type: 'quantity_tiers',
      tiers: [{ quantity: String(quantity), percent: value }],
    })),
  );
};
const CURRENCIES = [
  ['JPY', 0],
  ['EUR', 2],
  ['KWD', 3],
] as const;
const someSale = fc.constantFrom(...CURRENCIES).chain(([currency, places]) =>
  fc.record({
    currency: fc.constant(currency),
    lines: fc
      .array(someLine, { minLength: 1, maxLength: 8 })
      .map((lines) =>
        lines.map(({ variantId, cents, quantity }) => line(variantId, text(cents, places), quantity)),
      ),
    rows: fc
      .array(
        fc.record({
          action: someAction(places),
          priority: fc.integer({ min: 0, max: 2 }),
          stacking: fc.constantFrom('exclusive' as const, 'stackable' as const),
          stackingGroup: fc.constantFrom(null, 'g'),
          items: fc.constantFrom(ALL, variants('a'), variants('b', 'c', 'd')),
        }),
        { maxLength: 6 },
      )
      .map((rows) => rows.map(({ action, ...more }, index) => campaign(index, action, more))),
    seed: fc.infiniteStream(fc.nat()),
  }),
);

it('no line falls below zero, the parts sum to the whole, and any order of lines and campaigns costs the same', () => {
  fc.assert(
    fc.property(someSale, ({ currency, lines, rows, seed }) => {
      const result = evaluate(rows, lines, {}, currency);
      lines.forEach(({ amount: value }, index) => {
        const shares = result.applied.map((step) => step.amounts[index]!);
        expect(shares.every((share) => !share.isNegative())).toBe(true);
        expect(shares.reduce((left, share) => left.minus(share), value).isNegative()).toBe(false);
      });
      for (const step of result.applied) {
        const parts = step.amounts.reduce((sum, share) => sum.plus(share), amount(0));
        expect([parts.toFixed(), step.amount.lessThanOrEqualTo(step.base)]).toEqual([
          step.amount.toFixed(),
          true,
        ]);
      }
      const shuffled = <Item>(items: readonly Item[]) =>
        items
          .map((item) => ({ item, by: seed.next().value as number }))
          .sort((a, b) => a.by - b.by)
          .map(({ item }) => item);
      const again = evaluate(shuffled(rows), shuffled(lines), {}, currency);
      const summary = (given: typeof result) =>
        given.applied.map((step) => [step.campaign.id, step.amount.toFixed()]);
      expect(summary(again)).toEqual(summary(result));
    }),
    { numRuns: 500 },
  );
});

it('the chosen combination saves no less than any exclusive campaign alone', () => {
  fc.assert(
    fc.property(someSale, ({ currency, lines, rows }) => {
      const saved = (some: readonly CampaignRow[]) =>
        evaluate(some, lines, {}, currency).applied.reduce((sum, step) => sum.plus(step.amount), amount(0));
      const best = saved(rows);
      const alone = rows.filter(
        ({ stacking, stackingGroup }) => stacking === 'exclusive' && stackingGroup === null,
      );
      expect(alone.every((row) => best.greaterThanOrEqualTo(saved([row])))).toBe(true);
    }),
    { numRuns: 200 },
  );
});
