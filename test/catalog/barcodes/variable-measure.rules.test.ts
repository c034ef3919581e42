import fc from 'fast-check';
import type { LabelValue } from '#subgraphs/catalog/barcodes/barcode-candidates.rules';
import {
  applyLabel,
  matchesLabelPrice,
  quantitySold,
} from '#subgraphs/catalog/barcodes/variable-measure.rules';
import { amount } from '#test/harness/values';

const weight = (value: string): LabelValue => ({ kind: 'weight', value: amount(value), places: 3 });
const price = (value: string): LabelValue => ({ kind: 'price', value: amount(value), places: 2 });
const kilogram = (unitPrice: string) => ({ unitPrice: amount(unitPrice), quantityPlaces: 3 });

const grams = fc.integer({ min: 1, max: 99_999 }).map((value) => amount(value).dividedBy(1000));
const cents = fc.integer({ min: 1, max: 99_999 }).map((value) => amount(value).dividedBy(100));
const label: fc.Arbitrary<LabelValue> = fc.oneof(
  grams.map((value): LabelValue => ({ kind: 'weight', value, places: 3 })),
  cents.map((value): LabelValue => ({ kind: 'price', value, places: 2 })),
);
const goods = fc.record({ unitPrice: cents, quantityPlaces: fc.constantFrom(0, 3) });

describe('what a label stands for', () => {
  it('is a sum that the sale comes to, for every price label and every price', () => {
    fc.assert(
      fc.property(cents, goods, (value, item) => {
        const read: LabelValue = { kind: 'price', value, places: 2 };
        const { quantity, unitPrice } = applyLabel(item, read);
        // Four places of a unit price are enough for any label below a hundred kilograms.
        fc.pre(quantity.lessThan(100));
        expect(matchesLabelPrice(read, quantity, unitPrice)).toBe(true);
      }),
    );
  });

  it('holds for a round sum on dear goods, too', () => {
    // 12.00 at 99.90 a kilogram: 0.120 kg would be 11.99.
    const { quantity, unitPrice } = applyLabel(kilogram('99.90'), price('12.00'));
    expect([quantity.toFixed(), unitPrice.toFixed()]).toEqual(['0.12', '100']);
  });
});

describe('the price of a unit', () => {
  it('stays where the label comes to it, and gives way only where it does not', () => {
    // A quarter of a kilogram at 19.99 is 4.9975, which is 5.00 as well.
    const { quantity, unitPrice } = applyLabel(kilogram('19.99'), price('5.00'));
    expect([quantity.toFixed(), unitPrice.toFixed()]).toEqual(['0.25', '19.99']);
  });
});

describe('a quantity beside a label', () => {
  const cheese = applyLabel(kilogram('19.90'), weight('0.350'));
  const ham = applyLabel(kilogram('20.00'), price('5.00'));

  it.each([
    ['left out', cheese, {}, '0.35'],
    ['the same', cheese, { quantity: '0.350' }, '0.35'],
    ['one label', cheese, { quantity: '1' }, '0.35'],
    ['two labels in one item', cheese, { quantity: '2' }, undefined],
    ['another weight', cheese, { quantity: '0.351' }, undefined],
    ['nothing', cheese, { quantity: '0' }, undefined],
    ['the weight of two', cheese, { quantity: '0.7' }, undefined],
    [
      'what costs as much as the label weighs',
      applyLabel(kilogram('0.50'), weight('0.350')),
      { quantity: '0.7' },
      undefined,
    ],
    ['left out, of a price', ham, {}, '0.25'],
    ['what the price comes to', ham, { quantity: '0.25' }, '0.25'],
    ['one label with a price', ham, { quantity: '1' }, '0.25'],
    ['one label with a price, and the price of a kilogram', ham, { quantity: '1', unitPrice: '20' }, '0.25'],
    ['what it came to by the till’s own price', ham, { quantity: '0.2', unitPrice: '25' }, '0.2'],
    ['another quantity of a price', ham, { quantity: '0.3' }, undefined],
    ['another quantity at another price', ham, { quantity: '0.3', unitPrice: '25' }, undefined],
    ['a weight of 1 kg', applyLabel(kilogram('2'), weight('1')), { quantity: '1' }, '1'],
    [
      'a price on one piece',
      applyLabel({ unitPrice: amount('8'), quantityPlaces: 0 }, price('12.99')),
      { quantity: '1' },
      '1',
    ],
    [
      'a price on two pieces',
      applyLabel({ unitPrice: amount('8'), quantityPlaces: 0 }, price('12.99')),
      { quantity: '2' },
      undefined,
    ],
    ['no label', applyLabel(kilogram('2'), undefined), { quantity: '7' }, '7'],
  ])('%s', (_, item, till, sold) => {
    const said = Object.fromEntries(Object.entries(till).map(([key, value]) => [key, amount(value)]));
    expect(quantitySold(item, said)?.toFixed()).toBe(sold);
  });

  it('never sells anything but what the label says, whatever a till sends', () => {
    fc.assert(
      fc.property(
        label,
        goods,
        fc.option(grams),
        fc.option(cents),
        (read, goodsSold, quantity, unitPrice) => {
          const item = applyLabel(goodsSold, read);
          const sold = quantitySold(item, { quantity, unitPrice });
          if (quantity === null || quantity.equals(item.quantity)) expect(sold).toEqual(item.quantity);
          // Either it is what the label stands for, or it costs what stands on the label.
          if (sold)
            expect(
              sold.equals(item.quantity) || matchesLabelPrice(read, sold, unitPrice ?? item.unitPrice),
            ).toBe(true);
          else expect(quantity!.equals(1)).toBe(false);
        },
      ),
    );
  });

  it('takes a till at its word where there is no label', () => {
    fc.assert(
      fc.property(goods, grams, (item, quantity) => {
        expect(quantitySold(applyLabel(item, undefined), { quantity })).toEqual(quantity);
      }),
    );
  });
});
