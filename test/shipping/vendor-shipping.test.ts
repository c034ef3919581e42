/** S8: vendors that send their own goods: a rate is the sum of its prices for each shipment, in carts, calculations and orders. */
import { sql } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { updateProduct, updateVariant } from '#subgraphs/catalog/products/products';
import { addToCart } from '#subgraphs/orders/cart/cart-items';
import { cartView } from '#subgraphs/orders/cart/cart-view';
import { checkoutCart } from '#subgraphs/orders/cart/checkout-cart';
import { confirmOrder } from '#subgraphs/orders/fulfilment/confirm-order';
import type { StorefrontSettingsInput } from '#subgraphs/orders/inputs.generated';
import { updateStorefrontSettings } from '#subgraphs/orders/storefront/storefront-settings';
import { shippingQuotes } from '#subgraphs/shipping/index';
import type { CreateShippingRateInput } from '#subgraphs/shipping/inputs.generated';
import { calculateShippingRate } from '#subgraphs/shipping/rates/calculate';
import { createShippingRate } from '#subgraphs/shipping/rates/table-rates';
import { createShippingZone } from '#subgraphs/shipping/zones/shipping-zones';
import { createVendor, moveVendor } from '#subgraphs/vendors/vendors/vendors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const TO = { country: 'DE', postalCode: '10969' };
/** Shop, pots and toys: their goods, and their price at 4.90 up to 50.00 of value, and 6.90 above. */
const SKUS = ['OWN60', 'POT20', 'TOY80'];
let db: TestDatabase;
let shop: Shop;
let vendors: Record<string, string>;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

async function open(more: { pricesIncludeTax?: boolean } = {}): Promise<void> {
  shop = await openShop(db, {
    branches: [{ name: 'Main' }],
    articles: ['OWN60', 'POT20', 'TOY80'].map((sku) => ({
      ...{ sku, price: `${sku.slice(3)}.00`, stock: '100', tax: sku === 'POT20' ? '7' : '19' },
    })),
    ...more,
  });
  vendors = {};
  for (const name of ['POT', 'TOY']) {
    const { id: vendorId } = await createVendor(shop.ctx, { name });
    await moveVendor(shop.ctx, vendorId, 'approve', {});
    vendors[name] = vendorId;
    for (const [sku, { productId }] of Object.entries(shop.items))
      if (sku.startsWith(name)) await updateProduct(shop.ctx, productId, { vendorId });
  }
  await use({ shippingPer: 'vendor', shippingTaxRate: amount('19') });
}
beforeEach(() => open());

const use = (settings: StorefrontSettingsInput) => updateStorefrontSettings(shop.ctx, settings);
async function useZone(more: Partial<CreateShippingRateInput> = {}): Promise<void> {
  const { id: zoneId } = await createShippingZone(shop.ctx, { name: 'Germany', areas: [{ country: 'DE' }] });
  await createShippingRate(shop.ctx, {
    ...{ zoneId, code: 'standard', name: 'Standard', basis: 'value' },
    bands: [
      { upTo: amount('50'), price: amount('4.90') },
      { upTo: null, price: amount('6.90') },
    ],
    ...more,
  });
}

async function cartOf(skus: readonly string[]): Promise<string> {
  let cartId: string | undefined;
  for (const sku of skus) cartId = await addToCart(shop.ctx, { sku, ...(cartId && { cartId }) });
  return cartId!;
}
const shown = (price: Decimal | null | undefined) => price?.toFixed(2) ?? null;
const viewOf = (cartId: string) => cartView(shop.ctx, cartId, shippingQuotes);
const calculated = (input: object) =>
  calculateShippingRate(shop.ctx, { to: TO, carrierRates: false, ...input });
/** The price in the cart, and in calculations for the cart and for its items. */
async function prices(skus: readonly string[]) {
  const cartId = await cartOf(skus);
  const ofItems = await calculated({ items: skus.map((sku) => ({ sku })) });
  return [
    (await viewOf(cartId)).shippingTotal,
    (await calculated({ cartId })).rates[0]?.amount,
    ofItems.rates[0]?.amount,
  ].map(shown);
}
const everywhere = (price: string) => [price, price, price];

it('S8: a rate of a zone costs 4.90 + 6.90 + 6.90 for goods of 20.00, 60.00 and 80.00 of three vendors', async () => {
  await useZone();
  expect(await prices(SKUS)).toEqual(everywhere('18.70'));
  expect(await prices(['POT20', 'POT20', 'POT20'])).toEqual(everywhere('6.90'));
  await use({ shippingPer: 'basket' });
  expect(await prices(SKUS)).toEqual(everywhere('6.90'));
});

it('S8: a flat rate costs 4.90 for each vendor', async () => {
  await use({ shippingPrice: amount('4.90') });
  expect(await prices(SKUS)).toEqual(everywhere('14.70'));
  expect(await prices(['OWN60', 'OWN60'])).toEqual(everywhere('4.90'));
});

it('S8: from 75.00, the shipment of 80.00 alone is free per vendor, and all are free per basket', async () => {
  await useZone({ freeFrom: amount('75.00') });
  await use({ freeShippingPer: 'vendor' });
  expect(await prices(SKUS)).toEqual(everywhere('11.80'));
  await use({ freeShippingPer: 'basket' });
  expect(await prices(SKUS)).toEqual(everywhere('0.00'));
});

it('offers a rate only if it sends every shipment, with the reason of the one that it does not', async () => {
  const weigh = (sku: string, weight: string) => {
    const { productId, variantId } = shop.items[sku]!;
    return updateVariant(shop.ctx, productId, variantId, { weight: amount(weight) });
  };
  await useZone({ basis: 'weight', bands: [{ upTo: amount('2'), price: amount('4.90') }] });
  await weigh('OWN60', '1.5');
  await weigh('POT20', '1.5');
  // Together they are above the limit, and each by itself is not.
  expect(await prices(['OWN60', 'POT20'])).toEqual(everywhere('9.80'));
  const [offer] = (await calculated({ items: [{ sku: 'OWN60' }, { sku: 'POT20' }] })).rates;
  expect(shown(offer!.billableWeight)).toBe('3.00');
  await weigh('POT20', '2.5');
  const cart = await viewOf(await cartOf(['OWN60', 'POT20']));
  expect(cart.shippingRates).toEqual([]);
  expect(cart.problems).toMatchObject([
    { code: 'shipping_unavailable', message: '2.5 kg is above the limit of 2 kg.' },
  ]);
  const calculation = await calculated({ items: [{ sku: 'OWN60' }, { sku: 'POT20' }] });
  expect(calculation).toMatchObject({ reason: 'above_limit', rates: [{ amount: null, code: 'standard' }] });
  // What is packed already is one shipment, and so is a value of all goods.
  const packed = await calculated({ items: [{ sku: 'OWN60' }], parcels: [{ weight: amount('1.9') }] });
  expect(shown(packed.rates[0]!.amount)).toBe('4.90');
});

describe.each([true, false])('An order whose prices include tax: %s', (pricesIncludeTax) => {
  it('S8: splits its shipping by the shipments, to the cent, and is taxed for the goods of each', async () => {
    await open({ pricesIncludeTax });
    await useZone();
    await use({ shippingTaxRule: 'highest' });
    const { order } = await checkoutCart(
      shop.ctx,
      {
        ...{ cartId: await cartOf(SKUS), email: 'ann@example.com', paymentMethod: 'bank_transfer' },
        shippingAddress: { recipient: 'Ann', line1: 'Ring 1', city: 'Berlin', ...TO },
      },
      shippingQuotes,
    );
    // 13.80 at 19 % are those of the shop and of the toys, 4.90 at 7 % those of the pots.
    const taxes = order.shippingTaxes!.map(({ rate, total, tax }) => `${rate} ${total} ${tax}`);
    expect(taxes).toEqual(
      pricesIncludeTax ? ['19 13.8 2.2', '7 4.9 0.32'] : ['19 16.42 2.62', '7 5.24 0.34'],
    );
    const [own, pots, toys] = pricesIncludeTax ? ['6.9', '4.9', '6.9'] : ['8.21', '5.24', '8.21'];
    expect(order.vendorShipping).toEqual([
      { vendorId: null, total: own },
      { vendorId: vendors.POT, total: pots },
      { vendorId: vendors.TOY, total: toys },
    ]);
    await confirmOrder(shop.ctx, order.id, {});
    const parts = await shop.ctx.db.many<{ vendorId: string; shippingTotal: Decimal }>(sql`
      select vendor_id, shipping_total from vendor_orders where order_id = ${order.id}::uuid`);
    const ofVendor = (id: string) => parts.find(({ vendorId }) => vendorId === id)!.shippingTotal;
    const [ofPots, ofToys] = [ofVendor(vendors.POT!), ofVendor(vendors.TOY!)];
    expect([ofPots, ofToys].map((part) => part.toFixed())).toEqual([pots, toys]);
    // With the part of the shop, they are the shipping of the order.
    expect(order.shippingTotal.minus(sum([ofPots, ofToys])).toFixed()).toBe(own);
  });
});
