/** Adjustments of an offline sale's basket, and their conflicts. */
import { type Decimal } from '#kernel/decimal';
import type { ResolvedItem } from '#subgraphs/catalog/index';
import type { CheckoutItemInput } from '#subgraphs/pos/inputs.generated';
import { adjustBasket } from '#subgraphs/pos/offline/offline-basket.rules';
import { amount as d } from '#test/harness/values';

const terms = { currency: 'EUR', roundingMode: 'HALF_UP', pricesIncludeTax: true } as const;

const sellable = (more: Partial<ResolvedItem>): ResolvedItem =>
  ({
    name: 'Tea',
    unit: 'piece',
    unitPrice: d('3.50'),
    quantityPlaces: 0,
    quantity: d('1'),
    ...more,
  }) as ResolvedItem;
const TEA = sellable({});
const CHEESE = sellable({ name: 'Cheese', unit: 'kg', unitPrice: d('20'), quantityPlaces: 3 });
/** Cheese with a label of 0.35 kg. */
const PACK = {
  ...CHEESE,
  quantity: d('0.35'),
  label: { kind: 'weight', value: d('0.35'), places: 3 },
} as ResolvedItem;

const sold = (quantity: string | null, more: CheckoutItemInput = {}): CheckoutItemInput => ({
  ...(quantity !== null && { quantity: d(quantity) }),
  ...more,
});
const adjust = (
  items: CheckoutItemInput[],
  resolvedItems: (ResolvedItem | undefined)[],
  discount?: { amount?: Decimal; percent?: Decimal } | null,
) => adjustBasket(terms, { items, ...(discount !== undefined && { discount }) }, resolvedItems);
const amountOf = (discount: { amount?: Decimal | null } | null | undefined) => discount?.amount?.toFixed();

it('leaves a valid sale unchanged', () => {
  const items = [sold('2'), sold('0.35', { discount: { amount: d('7') } }), sold(null), sold('0.35')];
  expect(adjust(items, [TEA, CHEESE, PACK, PACK], { percent: d('10') })).toEqual({
    items: [{ ...items[0], discount: null }, items[1], { discount: null }, { ...items[3], discount: null }],
    discount: { percent: d('10') },
    resolvedItems: [TEA, CHEESE, PACK, PACK],
    conflicts: [],
  });
  expect(adjust([sold('1')], [undefined])).toMatchObject({
    discount: null,
    resolvedItems: [undefined],
    conflicts: [],
  });
});

describe('a label', () => {
  it('with another quantity than the till\u2019s is ignored, and the difference in money is a conflict', () => {
    const { resolvedItems, conflicts } = adjust([sold('1'), sold('0.5')], [TEA, PACK]);
    expect(resolvedItems).toEqual([TEA, { ...PACK, label: undefined }]);
    expect(conflicts).toEqual([
      {
        code: 'LABEL_CONTRADICTED',
        rule: 'label',
        message: 'The label of "Cheese" stands for 0.35 kg; the till sold 0.5.',
        item: 1,
        sold: '0.5',
        present: '0.35',
        difference: d('3'),
      },
    ]);
  });

  it.each([
    ['10', '-2', 'at the price of the till'],
    ['20.001', '3', 'rounded to the currency'],
    ['20.02', '3.01', 'rounded half up'],
  ])('counts the difference at a price of %s as %s: %s', (price, difference) => {
    const { conflicts } = adjust([sold('0.5', { unitPrice: d(price) })], [PACK]);
    expect(conflicts.map((each) => each.difference?.toFixed())).toEqual([difference]);
  });

  it('agrees with one label, with its own quantity, and without a quantity', () => {
    for (const quantity of ['1', '0.35', '0', '-1', null])
      expect(adjust([sold(quantity)], [PACK])).toMatchObject({ resolvedItems: [PACK], conflicts: [] });
  });

  it('by which nothing can be sold is a conflict with the reason, and the goods are sold anyway', () => {
    const labelError = { reason: 'LABEL_ZERO', message: 'The label stands for nothing.' } as const;
    const told = (text: string | null) => ({
      code: 'LABEL_CONTRADICTED',
      rule: 'label',
      message: labelError.message,
      item: 0,
      sold: text,
      present: null,
      difference: null,
    });
    const refused = { ...CHEESE, labelError };
    expect(adjust([sold('0.50')], [refused])).toMatchObject({
      resolvedItems: [CHEESE],
      conflicts: [told('0.5')],
    });
    const { resolvedItems, conflicts } = adjust([sold(null)], [refused]);
    expect([resolvedItems, conflicts]).toEqual([[CHEESE], [told(null)]]);
  });
});

describe('parts of a piece', () => {
  it('are kept, with a conflict', () => {
    const { resolvedItems, conflicts } = adjust([sold('0.50')], [TEA]);
    expect(resolvedItems).toEqual([{ ...TEA, quantityPlaces: 1 }]);
    expect(conflicts).toEqual([
      {
        code: 'QUANTITY_PRECISION',
        rule: 'product.quantityPlaces',
        message: '"Tea" was sold as 0.5 piece; its unit has 0 decimal places.',
        item: 0,
        sold: '0.5',
        present: '0',
        difference: null,
      },
    ]);
  });

  it.each([
    ['1', 0, 0],
    ['0.25', 2, 2],
    ['0.125', 2, 3],
    // No quantity has four places: the checkout says so.
    ['0.1234', 2, 2],
  ])('of %s in a unit of %i places make it one of %i', (quantity, before, after) => {
    expect(
      adjust([sold(quantity)], [{ ...TEA, quantityPlaces: before }]).resolvedItems[0]!.quantityPlaces,
    ).toBe(after);
  });

  it('of a contradicted label are a second conflict', () => {
    const { resolvedItems, conflicts } = adjust([sold('0.5')], [{ ...PACK, quantityPlaces: 0 }]);
    expect(resolvedItems).toEqual([{ ...PACK, label: undefined, quantityPlaces: 1 }]);
    expect(conflicts.map(({ code }) => code)).toEqual(['LABEL_CONTRADICTED', 'QUANTITY_PRECISION']);
  });
});

describe('a discount', () => {
  it('is limited to the amount that it reduces, and the rest is a conflict', () => {
    const { items, conflicts } = adjust([sold('2', { discount: { amount: d('7.50') } })], [TEA]);
    expect(items).toEqual([{ quantity: d('2'), discount: { amount: d('7') } }]);
    expect(conflicts).toEqual([
      {
        code: 'DISCOUNT_TOO_LARGE',
        rule: 'discount',
        message: 'The discount of 7.5 exceeds the amount of 7 that it reduces, and is limited to it.',
        item: 0,
        sold: '7.5',
        present: '7',
        difference: d('-0.5'),
      },
    ]);
  });

  it.each([
    ['the price of the till', sold('2', { unitPrice: d('1') }), TEA, '2'],
    ['the price of the till, though it is nothing', sold('2', { unitPrice: d('0') }), TEA, '0'],
    ['what its label says', sold(null), PACK, '7'],
    ['what the till sold, whatever the label says', sold('0.5'), PACK, '10'],
    ['so much as the currency can say', sold('0.333'), CHEESE, '6.66'],
    ['so much, rounded half up', sold('0.333', { unitPrice: d('0.015') }), CHEESE, '0'],
    ['nothing, where nobody knows what it was', sold('2'), undefined, '0'],
  ])('on a line ends at %s', (_, item, known, most) => {
    const { items } = adjust([{ ...item, discount: { amount: d('100') } }], [known]);
    expect(amountOf(items[0]!.discount)).toBe(most);
  });

  it.each([
    ['the lines', [sold('2'), sold('1')], '10.5'],
    [
      'what the lines\u2019 own discounts leave',
      [sold('2', { discount: { amount: d('3') } }), sold('1', { discount: { percent: d('50') } })],
      '5.75',
    ],
    [
      'what they leave where they end themselves',
      [sold('2', { discount: { amount: d('8') } }), sold('1')],
      '3.5',
    ],
    ['no less than nothing of a line', [sold('2', { discount: { percent: d('150') } }), sold('1')], '3.5'],
    ['what is left to the cent', [sold('1', { discount: { percent: d('33.3') } })], '2.33'],
  ])('on the whole ends at %s', (_, items, most) => {
    const { discount, conflicts } = adjust(
      items,
      items.map(() => TEA),
      { amount: d('100') },
    );
    expect([amountOf(discount), conflicts.at(-1)!.item]).toEqual([most, null]);
  });

  it('in percent needs no limit, and one that is both is rejected later', () => {
    const both = { amount: d('100'), percent: d('10') };
    const { items, discount, conflicts } = adjust(
      [sold('1', { discount: { percent: d('100') } }), sold('1', { discount: both })],
      [TEA, TEA],
      both,
    );
    expect([items.map((item) => item.discount), discount, conflicts]).toEqual([
      [{ percent: d('100') }, both],
      both,
      [],
    ]);
  });

  it('rounds by the rule of the organization', () => {
    const left = (roundingMode: 'HALF_UP' | 'HALF_EVEN', item: CheckoutItemInput) =>
      amountOf(
        adjustBasket({ ...terms, roundingMode }, { items: [item], discount: { amount: d('9') } }, [CHEESE])
          .discount,
      );
    // Half of 0.25, and 0.25 less a tenth.
    const half = sold('0.5', { unitPrice: d('0.25') });
    const less = sold('1', { unitPrice: d('0.25'), discount: { percent: d('10') } });
    expect([left('HALF_UP', half), left('HALF_EVEN', half)]).toEqual(['0.13', '0.12']);
    expect([left('HALF_UP', less), left('HALF_EVEN', less)]).toEqual(['0.22', '0.23']);
  });
});
