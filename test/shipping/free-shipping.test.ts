/** S8: free shipping of baskets with goods of several vendors, per basket or per vendor. */
import { updateProduct } from '#subgraphs/catalog/products/products';
import { addToCart } from '#subgraphs/orders/cart/cart-items';
import { cartView } from '#subgraphs/orders/cart/cart-view';
import { checkoutCart } from '#subgraphs/orders/cart/checkout-cart';
import type { FreeShippingPer } from '#subgraphs/orders/inputs.generated';
import {
  storefrontSettings,
  updateStorefrontSettings,
} from '#subgraphs/orders/storefront/storefront-settings';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { calculateShippingRate } from '#subgraphs/shipping/rates/calculate';
import { createShippingRate } from '#subgraphs/shipping/rates/table-rates';
import { createShippingZone } from '#subgraphs/shipping/zones/shipping-zones';
import { createVendor, moveVendor } from '#subgraphs/vendors/vendors/vendors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const TO = { country: 'DE', postalCode: '10969' };
const FREE_FROM = amount('75.00');
let db: TestDatabase;
let shop: Shop;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, {
    branches: [{ name: 'Main' }],
    articles: ['OWN60', 'OWN75', 'POT20', 'POT75', 'TOY80'].map((sku) => ({
      ...{ sku, price: `${sku.slice(3)}.00`, stock: '100' },
    })),
  });
  for (const name of ['POT', 'TOY']) {
    const { id: vendorId } = await createVendor(shop.ctx, { name });
    await moveVendor(shop.ctx, vendorId, 'approve', {});
    for (const [sku, { productId }] of Object.entries(shop.items))
      if (sku.startsWith(name)) await updateProduct(shop.ctx, productId, { vendorId });
  }
});

const useFlatRate = () =>
  updateStorefrontSettings(shop.ctx, { shippingPrice: amount('4.90'), freeShippingFrom: FREE_FROM });
async function useZone(): Promise<void> {
  const { id: zoneId } = await createShippingZone(shop.ctx, { name: 'Germany', areas: [{ country: 'DE' }] });
  await createShippingRate(shop.ctx, {
    ...{ zoneId, code: 'standard', name: 'Standard', basis: 'value', freeFrom: FREE_FROM },
    bands: [{ upTo: null, price: amount('4.90') }],
  });
}
const usePer = (freeShippingPer: FreeShippingPer) => updateStorefrontSettings(shop.ctx, { freeShippingPer });

async function cartOf(skus: readonly string[]): Promise<string> {
  let cartId: string | undefined;
  for (const sku of skus) cartId = await addToCart(shop.ctx, { sku, ...(cartId && { cartId }) });
  return cartId!;
}
/** The price in the cart, and in calculations for the cart and for its items. */
async function prices(skus: readonly string[]): Promise<string[]> {
  const cartId = await cartOf(skus);
  const { shippingTotal } = await cartView(shop.ctx, cartId, shippingQuotes);
  const to = { to: TO, carrierRates: false };
  const ofCart = await calculateShippingRate(shop.ctx, { cartId, ...to });
  const ofItems = await calculateShippingRate(shop.ctx, { items: skus.map((sku) => ({ sku })), ...to });
  return [shippingTotal, ofCart.rates[0]!.amount!, ofItems.rates[0]!.amount!].map((price) =>
    price.toFixed(2),
  );
}
const everywhere = (price: string) => [price, price, price];

it('counts the basket by default', async () => {
  expect((await storefrontSettings(shop.ctx.db)).freeShippingPer).toBe('basket');
});

it.each([
  ['flat rate', useFlatRate],
  ['rate of a zone', useZone],
] as const)(
  'S8: a %s from 75.00: 60.00 and 20.00 of a vendor are free per basket, and cost 4.90 per vendor',
  async (_, use) => {
    await use();
    expect(await prices(['OWN60', 'POT20'])).toEqual(everywhere('0.00'));
    await usePer('vendor');
    expect(await prices(['OWN60', 'POT20'])).toEqual(everywhere('4.90'));
    // One part below the value is enough to pay.
    expect(await prices(['TOY80', 'POT20'])).toEqual(everywhere('4.90'));
    expect(await prices(['OWN75', 'POT75', 'TOY80'])).toEqual(everywhere('0.00'));
    expect(await prices(['POT75'])).toEqual(everywhere('0.00'));
    expect(await prices(['OWN60'])).toEqual(everywhere('4.90'));
    await usePer('basket');
    expect(await prices(['TOY80', 'POT20'])).toEqual(everywhere('0.00'));
  },
);

it('S8: the order has the price that the cart showed', async () => {
  await useFlatRate();
  await usePer('vendor');
  const { order } = await checkoutCart(
    shop.ctx,
    {
      ...{
        cartId: await cartOf(['OWN60', 'POT20']),
        email: 'ann@example.com',
        paymentMethod: 'bank_transfer',
      },
      shippingAddress: { recipient: 'Ann', line1: 'Ring 1', city: 'Berlin', ...TO },
    },
    shippingQuotes,
  );
  expect(order.shippingTotal.toFixed(2)).toBe('4.90');
});

it('a value in a calculation is that of all goods, of whatever vendor', async () => {
  await useZone();
  await usePer('vendor');
  const input = { items: [{ sku: 'OWN60' }, { sku: 'POT20' }], to: TO, carrierRates: false };
  const { rates } = await calculateShippingRate(shop.ctx, { ...input, value: amount('80.00') });
  expect(rates[0]!.amount!.toFixed(2)).toBe('0.00');
});
