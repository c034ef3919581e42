/** A basket as a till edits it. */
import * as baskets from '../../web/till/core/basket';
import type { Basket, Item } from '../../web/till/core/basket';
import { connectionNeeds } from '../../web/till/core/connection-needs';

let ids = 0;
const newId = () => `id-${++ids}`;
const item = (sku: string, more: Partial<Item> = {}): Item => ({
  variantId: `variant-${sku}`,
  sku,
  name: sku,
  unit: 'piece',
  quantityPlaces: 0,
  price: '2.50',
  taxRate: '7',
  minimumAge: null,
  giftCard: false,
  ...more,
});
const add = (basket: Basket, what: Item, quantity = '1', label: string | null = null) =>
  baskets.addItem(basket, what, { quantity, label }, newId);
const filled = (...items: Item[]) =>
  items.reduce((basket, one) => add(basket, one), baskets.emptyBasket(newId));
const shown = (basket: Basket) => basket.lines.map(({ sku, quantity }) => `${quantity} × ${sku}`);

it('adds the same item to its line, except bags that are weighed, labels and lines with a discount', () => {
  const apples = item('APPLES', { unit: 'kg', quantityPlaces: 3 });
  let basket = filled(item('TEA'), item('MILK'), item('TEA'));
  expect(shown(basket)).toEqual(['2 × TEA', '1 × MILK']);
  basket = add(add(basket, apples, '0.512'), apples, '0.3');
  basket = add(basket, item('MILK'), '2', '2212345012505');
  expect(shown(basket)).toEqual(['2 × TEA', '1 × MILK', '0.512 × APPLES', '0.3 × APPLES', '2 × MILK']);
  basket = baskets.discountLine(basket, basket.lines[0]!.key, { percent: '10' });
  expect(shown(add(basket, item('TEA'))).at(-1)).toBe('1 × TEA');
});

it('accepts only quantities that the item is sold in', () => {
  const basket = filled(item('TEA'), item('APPLES', { quantityPlaces: 3 }));
  const [tea, apples] = basket.lines.map(({ key }) => key) as [string, string];
  expect(shown(baskets.setQuantity(basket, apples, '0.250'))).toEqual(['1 × TEA', '0.25 × APPLES']);
  for (const wrong of ['0', '1.5', '-1', '', 'x', '1000001', '1e3'])
    expect(() => baskets.setQuantity(basket, tea, wrong)).toThrow('is not a quantity');
  const labelled = add(basket, item('HAM', { quantityPlaces: 3 }), '0.2', '2012345002008');
  expect(() => baskets.setQuantity(labelled, labelled.lines[2]!.key, '1')).toThrow('carries its quantity');
  expect(() => baskets.setQuantity(basket, 'none', '1')).toThrow('has no line');
});

it('names labels by their barcode and everything else by its variant', () => {
  let basket = add(filled(item('TEA')), item('HAM', { quantityPlaces: 3 }), '0.2', '2012345002008');
  basket = baskets.discountLine(basket, basket.lines[0]!.key, { amount: '1.00' });
  expect(baskets.itemInputs(basket.lines)).toEqual([
    { variantId: 'variant-TEA', quantity: '1', discount: { amount: '1.00' } },
    { barcode: '2012345002008' },
  ]);
});

it('drops the approval of a discount when the discount changes, and keeps that of a price', () => {
  const approval = (kind: 'discount' | 'price_override') => ({ kind, token: kind, approvedBy: 'Mary' });
  let basket = baskets.discountBasket(filled(item('TEA')), { percent: '30' });
  basket = baskets.approve(baskets.approve(basket, approval('discount')), approval('price_override'));
  basket = add(basket, item('MILK'));
  expect(basket.approvals).toHaveLength(2);
  const kinds = (changed: Basket) => changed.approvals.map(({ kind }) => kind);
  expect(kinds(baskets.discountBasket(basket, { percent: '50' }))).toEqual(['price_override']);
  expect(kinds(baskets.discountLine(basket, basket.lines[0]!.key, null))).toEqual(['price_override']);
});

it('asks for the age again when goods for older people are added', () => {
  const beer = item('BEER', { minimumAge: 16 });
  const confirmed: Basket = { ...filled(beer), ageConfirmed: true };
  expect(baskets.minimumAge(confirmed)).toBe(16);
  expect(add(confirmed, item('TEA')).ageConfirmed).toBe(true);
  const vodka = add(confirmed, item('VODKA', { minimumAge: 18 }));
  expect([vodka.ageConfirmed, baskets.minimumAge(vodka)]).toEqual([false, 18]);
  const without = baskets.removeLine(vodka, vodka.lines[1]!.key);
  expect([baskets.minimumAge(without), baskets.minimumAge(filled(item('TEA')))]).toEqual([16, null]);
});

it('sells each gift card as a line of its own, worth what the cashier names', () => {
  const card = item('CARD', { giftCard: true, price: '25.00' });
  let basket = filled(card, card);
  expect(shown(basket)).toEqual(['1 × CARD', '1 × CARD']);
  basket = baskets.setValue(basket, basket.lines[1]!.key, '40.00');
  expect(basket.lines.map(baskets.priceOf)).toEqual(['25.00', '40.00']);
  expect(baskets.itemInputs(basket.lines)).toEqual([
    { variantId: 'variant-CARD', quantity: '1' },
    { variantId: 'variant-CARD', quantity: '1', unitPrice: '40.00' },
  ]);
});

it('forgets redeemed points with their customer', () => {
  const basket = { ...baskets.withCustomer(filled(), { id: 'a', name: 'Ada' }), redeemPoints: 100 };
  expect(baskets.withCustomer(basket, { id: 'b', name: 'Ben' })).toMatchObject({
    customer: { name: 'Ben' },
    redeemPoints: 0,
  });
  expect(baskets.withCustomer(basket, null)).toMatchObject({ customer: null, redeemPoints: 0 });
});

it('says what the server must do itself', () => {
  const [card, tea] = [filled(item('CARD', { giftCard: true })), filled(item('TEA'))];
  expect(connectionNeeds(tea, [{ method: 'cash' }, { method: 'card' }])).toEqual([]);
  expect(connectionNeeds(card)).toEqual(['Gift cards are sold only with a connection.']);
  expect(connectionNeeds({ ...tea, redeemPoints: 1 })).toEqual([
    'Points are redeemed only with a connection.',
  ]);
  for (const method of ['gift_card', 'store_credit'])
    expect(connectionNeeds(tea, [{ method: 'cash' }, { method }])).toEqual([
      'Gift cards and store credit pay only with a connection.',
    ]);
});
