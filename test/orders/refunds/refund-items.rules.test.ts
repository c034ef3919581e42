/** The lines of a sale that returned items mean. */
import fc from 'fast-check';
import { sum } from '#kernel/decimal';
import type { ResolvedItem } from '#subgraphs/catalog/index';
import * as rules from '#subgraphs/orders/refunds/refund-items.rules';
import {
  isNamedOnlyByBarcode,
  remainingLines,
  type RefundItem,
} from '#subgraphs/orders/refunds/refund-items.rules';
import type { FullOrder, OrderLineRow } from '#subgraphs/orders/model';
import { refusalOf, required } from '#test/harness/refusal';
import { amount as d } from '#test/harness/values';

const matchLines = required(rules.matchLines);

/** A sold line: "tea 2 -0.5 @3.50" is two of tea at 3.50, half a one of which came back. */
function lineOf(text: string, index: number): OrderLineRow {
  const [, item, quantity, returned = '0', price = '1'] =
    /^(\w+) ([\d.]+)(?: -([\d.]+))?(?: @([\d.]+))?$/.exec(text)!;
  return {
    id: `line-${index + 1}`,
    lineNo: index + 1,
    productId: `p-${item}`,
    variantId: `v-${item}`,
    sku: item!.toUpperCase(),
    name: item!,
    quantity: d(quantity!),
    returnedQuantity: d(returned),
    cancelledQuantity: d(0),
    unitPrice: d(price),
  } as OrderLineRow;
}

const orderOf = (...lines: string[]) => ({ number: 'MAIN-7', lines: lines.map(lineOf) }) as FullOrder;
const labelled = (
  item: string,
  label: Partial<ResolvedItem['label'] & object>,
  quantity: string,
): ResolvedItem => ({ variantId: `v-${item}`, quantity: d(quantity), label }) as ResolvedItem;

function taken(order: FullOrder, items: RefundItem[], coded: [number, ResolvedItem][] = []): string[] {
  return matchLines(order, items, new Map(coded)).map(
    ({ line, quantity }) => `${line.id} ${quantity.toFixed()}`,
  );
}

describe('an item', () => {
  const order = orderOf('tea 2', 'milk 1', 'tea 3');

  it('is named by line, variant, product or SKU, in any case', () => {
    expect(taken(order, [{ itemId: 'LINE-3' }])).toEqual(['line-3 1']);
    expect(taken(order, [{ variantId: 'V-milk' }])).toEqual(['line-2 1']);
    expect(taken(order, [{ productId: 'P-milk' }])).toEqual(['line-2 1']);
    expect(taken(order, [{ sku: ' milk ' }])).toEqual(['line-2 1']);
  });

  it('is meant by the most exact of its names', () => {
    expect(taken(order, [{ itemId: 'line-3', variantId: 'v-milk' }])).toEqual(['line-3 1']);
    expect(taken(order, [{ variantId: 'v-milk', productId: 'p-tea' }])).toEqual(['line-2 1']);
    expect(taken(order, [{ productId: 'p-milk', sku: 'TEA' }])).toEqual(['line-2 1']);
    expect(
      [
        { barcode: '1' },
        { barcode: '1', sku: 'x' },
        { barcode: '1', itemId: 'x' },
        { barcode: '1', variantId: 'x' },
        { barcode: '1', productId: 'x' },
        { sku: 'x' },
        {},
      ].map(isNamedOnlyByBarcode),
    ).toEqual([true, false, false, false, false, false, false]);
  });

  it('is taken from the first of its lines, and from the next where that has not enough', () => {
    expect(taken(order, [{ sku: 'TEA', quantity: d(4) }])).toEqual(['line-1 2', 'line-3 2']);
  });

  it('may be named twice, and comes back as often', () => {
    expect(taken(order, [{ sku: 'TEA' }, { sku: 'TEA' }])).toEqual(['line-1 2']);
    expect(
      taken(order, [
        { sku: 'TEA', quantity: d(3) },
        { sku: 'TEA', quantity: d(2) },
      ]),
    ).toEqual(['line-1 2', 'line-3 3']);
    expect(taken(order, [{ sku: 'TEA', quantity: d(2) }, { sku: 'TEA' }, { sku: 'TEA' }])).toEqual([
      'line-1 2',
      'line-3 2',
    ]);
    expect(taken(order, [{ itemId: 'line-3' }, { itemId: 'line-1' }])).toEqual(['line-1 1', 'line-3 1']);
  });

  it('that was not sold is refused', () => {
    const refusal = (index: number) => {
      const message = `Item ${index} was not sold with MAIN-7.`;
      const errors = [{ field: `items.${index}`, message, code: 'PRODUCT_NOT_FOUND' }];
      return { code: 'PRODUCT_NOT_FOUND', message, errors, details: { item: index } };
    };
    expect(refusalOf(() => taken(order, [{ sku: 'TEA' }, { sku: 'COCOA' }]))).toEqual(refusal(1));
    // A barcode that the catalogue does not know.
    expect(refusalOf(() => taken(order, [{ barcode: '1' }]))).toEqual(refusal(0));
    expect(refusalOf(() => taken(order, [{ barcode: '1' }], [[0, labelled('cocoa', {}, '1')]]))).toEqual(
      refusal(0),
    );
  });

  it('of which not enough is left is refused with what there is', () => {
    const message = '2 of "tea" cannot be returned: 2 were sold, 0.5 remain.';
    expect(refusalOf(() => taken(orderOf('tea 2 -1.5'), [{ sku: 'TEA', quantity: d(2) }]))).toEqual({
      code: 'VALIDATION_FAILED',
      message,
      errors: [{ field: 'items.0.quantity', message, code: 'MORE_THAN_SOLD' }],
      details: { item: 0, sold: '2', left: '0.5' },
    });
    expect(refusalOf(() => taken(order, [{ sku: 'TEA', quantity: d(5) }, { sku: 'TEA' }])).details).toEqual({
      item: 1,
      sold: '5',
      left: '0',
    });
    expect(refusalOf(() => taken(orderOf('tea 2 -2'), [{ sku: 'TEA' }])).details).toEqual({
      item: 0,
      sold: '2',
      left: '0',
    });
  });

  it.each([
    ['0', 'A returned quantity must be above zero.', 'NOT_POSITIVE'],
    ['-1', 'A returned quantity must be above zero.', 'NOT_POSITIVE'],
    ['0.0001', 'A quantity must have at most three decimal places.', 'PRECISION'],
  ])('with the quantity %s is refused', (quantity, message, code) => {
    const items = [{ sku: 'MILK' }, { sku: 'TEA', quantity: d(quantity) }];
    expect(refusalOf(() => taken(order, items)).errors).toEqual([
      { field: 'items.1.quantity', message, code },
    ]);
    expect(taken(order, [{ sku: 'TEA', quantity: d('0.001') }])).toEqual(['line-1 0.001']);
  });
});

describe('a label', () => {
  const weight = (quantity: string) =>
    labelled('ham', { kind: 'weight', value: d(quantity), places: 3 }, quantity);
  const price = (value: string, quantity: string) =>
    labelled('ham', { kind: 'price', value: d(value), places: 2 }, quantity);

  it('of a weight gives back that weight, of the line that was sold by it', () => {
    const order = orderOf('ham 0.5', 'ham 0.35', 'tea 1');
    expect(taken(order, [{ barcode: '1' }], [[0, weight('0.35')]])).toEqual(['line-2 0.35']);
    // 1 counts labels, as it does for the sale.
    expect(taken(order, [{ barcode: '1', quantity: d(1) }], [[0, weight('0.35')]])).toEqual(['line-2 0.35']);
    // Any other quantity is meant as it is, from the label's own line on.
    expect(taken(order, [{ barcode: '1', quantity: d('0.4') }], [[0, weight('0.35')]])).toEqual([
      'line-1 0.05',
      'line-2 0.35',
    ]);
  });

  it('of a weight that stands on no line gives back its own', () => {
    expect(taken(orderOf('ham 0.5'), [{ barcode: '1' }], [[0, weight('0.35')]])).toEqual(['line-1 0.35']);
  });

  it('of a price gives back what was sold at that price, though the price has changed since', () => {
    const order = orderOf('ham 0.2 @10.00', 'ham 0.35 @10.00');
    expect(taken(order, [{ barcode: '1' }], [[0, price('3.50', '0.25')]])).toEqual(['line-2 0.35']);
    expect(taken(order, [{ barcode: '1' }], [[0, price('9.99', '0.1')]])).toEqual(['line-1 0.1']);
  });

  it('that names more than was sold is refused with what was sold, each line counted once', () => {
    const message = '1 of "ham" cannot be returned: 0.85 were sold, 0.85 remain.';
    const items = [{ barcode: '1' }];
    const label = labelled('ham', { kind: 'weight', value: d(1), places: 3 }, '1');
    expect(refusalOf(() => taken(orderOf('ham 0.5', 'ham 0.35'), items, [[0, label]])).message).toBe(message);
    const soldByIt = refusalOf(() =>
      taken(orderOf('ham 0.35 -0.35', 'ham 0.1'), items, [[0, weight('0.35')]]),
    );
    expect(soldByIt.details).toEqual({ item: 0, sold: '0.45', left: '0.1' });
  });

  it('that cannot be sold by is refused with the reason why, though the goods were sold', () => {
    const message = 'The label stands for nothing.';
    const scanned = { ...weight('0.35'), labelError: { message, reason: 'LABEL_ZERO' as const } };
    expect(
      refusalOf(() => taken(orderOf('tea 1', 'ham 0.35'), [{ sku: 'TEA' }, { barcode: '1' }], [[1, scanned]]))
        .errors,
    ).toEqual([{ field: 'items.1.barcode', message, code: 'LABEL_ZERO' }]);
  });

  it('is none where the barcode is plain: one comes back', () => {
    const plain = { variantId: 'v-ham', quantity: d(1), label: undefined } as unknown as ResolvedItem;
    expect(taken(orderOf('ham 3'), [{ barcode: '1' }], [[0, plain]])).toEqual(['line-1 1']);
    expect(taken(orderOf('ham 3'), [{ barcode: '1', quantity: d(2) }], [[0, plain]])).toEqual(['line-1 2']);
  });
});

it('takes everything that is left of a sale, and nothing of what came back whole', () => {
  const left = remainingLines(orderOf('tea 2 -0.5', 'milk 1 -1', 'ham 0.35'));
  expect(left.map(({ line, quantity }) => `${line.id} ${quantity.toFixed()}`)).toEqual([
    'line-1 1.5',
    'line-3 0.35',
  ]);
});

it('never takes more of a line than is left, and as much as was asked for', () => {
  const quantity = fc.integer({ min: 1, max: 5 });
  const lines = fc.array(fc.tuple(fc.constantFrom('tea', 'ham'), quantity), { minLength: 1, maxLength: 6 });
  const asked = fc.array(fc.tuple(fc.constantFrom('tea', 'ham'), quantity), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(lines, asked, (sold, wanted) => {
      const order = orderOf(...sold.map(([item, count]) => `${item} ${count}`));
      const totals = (pairs: readonly [string, number][], item: string) =>
        pairs.filter(([name]) => name === item).reduce((all, [, count]) => all + count, 0);
      const possible = ['tea', 'ham'].every((item) => totals(wanted, item) <= totals(sold, item));
      const work = () =>
        matchLines(
          order,
          wanted.map(([item, count]) => ({ sku: item, quantity: d(count) })),
          new Map(),
        );
      if (!possible) {
        expect(['PRODUCT_NOT_FOUND', 'VALIDATION_FAILED']).toContain(refusalOf(work).code);
        return;
      }
      const result = work();
      expect(sum(result.map((each) => each.quantity)).toNumber()).toBe(
        wanted.reduce((all, [, count]) => all + count, 0),
      );
      for (const each of result) expect(each.quantity.lessThanOrEqualTo(each.line.quantity)).toBe(true);
    }),
  );
});
