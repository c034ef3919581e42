/** The rates of the carrier in carts: asked without a transaction, kept for a while, and bought as the customer has chosen. */
import { updateVariant } from '#subgraphs/catalog/products/products';
import { cartView } from '#subgraphs/orders/cart/cart-view';
import { checkoutCart } from '#subgraphs/orders/cart/checkout-cart';
import { confirmOrder } from '#subgraphs/orders/fulfilment/confirm-order';
import { addToCart, updateCart } from '#subgraphs/orders/index';
import { updateStorefrontSettings } from '#subgraphs/orders/storefront/storefront-settings';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { generateShippingLabel } from '#subgraphs/shipping/labels/generate-label';
import { updateShippingCarrier } from '#subgraphs/shipping/providers/carrier-settings';
import { carrierCode, serviceOf } from '#subgraphs/shipping/rates/carrier-code.rules';
import { createShipment } from '#subgraphs/shipping/shipments/shipments';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';
import { startEasypostDouble, type EasypostDouble } from './providers/easypost-double';

let easypost: EasypostDouble;
let platform: TestPlatform;
let shop: Shop;
beforeAll(async () => {
  easypost = await startEasypostDouble();
  platform = await startTestPlatform({ env: { EASYPOST_API_URL: easypost.url } });
});
afterAll(async () => {
  await platform.stop();
  await easypost.close();
});
beforeEach(() => {
  easypost.beforeAnswer = () => undefined;
  easypost.requests.length = 0;
});

const BERLIN = { recipient: 'Ann', line1: 'Ring 1', city: 'Berlin', postalCode: '10969', country: 'DE' };
const SENDER = { recipient: 'Shop', line1: '1 Main St', city: 'Austin', postalCode: '78701', country: 'US' };

async function open(currency = 'EUR'): Promise<void> {
  shop = await openShop(platform, {
    branches: [{ name: 'Main' }],
    articles: [{ sku: 'POT', price: '40.00', stock: '100' }],
    currency,
  });
  const { productId, variantId } = shop.items.POT!;
  await updateVariant(shop.ctx, productId, variantId, { weight: amount('1.2') });
  await updateStorefrontSettings(shop.ctx, { shippingPrice: amount('4.90'), carrierRates: true });
}
const useEasypost = () =>
  updateShippingCarrier(shop.ctx, {
    carrier: 'easypost',
    sender: SENDER,
    easypostApiKey: 'EZTK_double',
  });

async function cartTo(address: typeof BERLIN | null, quantity = 2): Promise<string> {
  const cartId = await addToCart(shop.ctx, { sku: 'POT', quantity: amount(quantity) });
  if (address) await updateCart(shop.ctx, cartId, { shippingAddress: address });
  return cartId;
}
const viewOf = (cartId: string) => cartView(shop.ctx, cartId, shippingQuotes);
const ratesOf = async (cartId: string) =>
  (await viewOf(cartId)).shippingRates.map(({ code, amount: price }) => `${code} ${price.toFixed(2)}`);
const checkOut = (cartId: string, shippingCode?: string) =>
  checkoutCart(
    shop.ctx,
    { cartId, phone: '+4930123456', paymentMethod: 'bank_transfer', ...(shippingCode && { shippingCode }) },
    shippingQuotes,
  );

describe('The sandbox', () => {
  beforeEach(() => open());

  it('has its rates in a cart with an address, after those of the shop', async () => {
    expect(await ratesOf(await cartTo(null))).toEqual(['standard 4.90']);
    const cartId = await cartTo(BERLIN);
    // 2.4 kg are three kilograms that have begun: 3.90 + 3 × 0.50, and 9.90 + 3 × 1.00.
    expect(await ratesOf(cartId)).toEqual([
      'standard 4.90',
      'sandbox:standard 5.40',
      'sandbox:express 12.90',
    ]);
    await updateStorefrontSettings(shop.ctx, { carrierRates: false });
    expect(await ratesOf(cartId)).toEqual(['standard 4.90']);
  });

  it('sends the order by the service that the customer has chosen', async () => {
    const { order } = await checkOut(await cartTo(BERLIN), 'sandbox:express');
    expect([order.shippingCode, order.shippingName, order.shippingTotal.toFixed(2)]).toEqual([
      ...['sandbox:express', 'Express', '12.90'],
    ]);
    await confirmOrder(shop.ctx, order.id, {});
    const shipment = await createShipment(shop.ctx, { orderId: order.id });
    const { labels } = await generateShippingLabel(shop.ctx, shipment.id, {});
    expect(labels.map(({ service }) => service)).toEqual(['express']);
  });

  it('leaves an order by the rate of the shop to the cheapest service', async () => {
    const { order } = await checkOut(await cartTo(BERLIN));
    expect([order.shippingCode, order.shippingName]).toEqual(['standard', 'Standard shipping']);
    await confirmOrder(shop.ctx, order.id, {});
    const shipment = await createShipment(shop.ctx, { orderId: order.id });
    const { labels } = await generateShippingLabel(shop.ctx, shipment.id, {});
    expect(labels.map(({ service }) => service)).toEqual(['standard']);
  });

  it('offers nothing for a parcel or an address that it rejects', async () => {
    expect(await ratesOf(await cartTo({ ...BERLIN, postalCode: '00000' }))).toEqual(['standard 4.90']);
    expect(await ratesOf(await cartTo(BERLIN, 30))).toEqual(['standard 4.90']);
  });

  it('prices the goods of each vendor by themselves', async () => {
    await updateStorefrontSettings(shop.ctx, { shippingPer: 'vendor' });
    expect(await ratesOf(await cartTo(BERLIN))).toEqual([
      ...['standard 4.90', 'sandbox:standard 5.40', 'sandbox:express 12.90'],
    ]);
  });
});

describe('EasyPost', () => {
  beforeEach(async () => {
    await open('USD');
    await useEasypost();
  });
  const OFFERED = ['standard 4.90', 'easypost:USPS/GroundAdvantage 4.75', 'easypost:USPS/Priority 7.90'];

  it('is asked once for equal parcels to one address, and again for others', async () => {
    const cartId = await cartTo(BERLIN);
    expect(await ratesOf(cartId)).toEqual(OFFERED);
    expect(await ratesOf(cartId)).toEqual(OFFERED);
    expect(await ratesOf(await cartTo(BERLIN))).toEqual(OFFERED);
    expect(easypost.requests).toHaveLength(1);
    await ratesOf(await cartTo(BERLIN, 3));
    await ratesOf(await cartTo({ ...BERLIN, postalCode: '10115' }));
    expect(easypost.requests).toHaveLength(3);
  });

  it('is asked before the transaction of a checkout whose rates are not known in this process', async () => {
    const cartId = await cartTo(BERLIN);
    platform.services.caches.clear();
    const { order } = await checkOut(cartId, 'easypost:USPS/Priority');
    expect([order.shippingTotal.toFixed(2), easypost.requests.length]).toEqual(['7.90', 1]);
  });

  it('is not waited for by each cart while it does not answer, and its rates cannot be chosen then', async () => {
    easypost.beforeAnswer = () => {
      throw new Error('the connection breaks');
    };
    const cartId = await cartTo(BERLIN);
    expect(await ratesOf(cartId)).toEqual(['standard 4.90']);
    const asked = easypost.requests.length;
    await updateCart(shop.ctx, cartId, { shippingCode: 'easypost:USPS/Priority' });
    expect((await viewOf(cartId)).problems).toMatchObject([
      {
        code: 'shipping_unavailable',
        message: 'The shipping rate "easypost:USPS/Priority" is not available. Choose one of standard.',
      },
    ]);
    await expectError('ILLEGAL_STATE', checkOut(cartId));
    expect(easypost.requests).toHaveLength(asked);
  });

  it('offers nothing in another currency than the shop', async () => {
    await open('EUR');
    await useEasypost();
    expect(await ratesOf(await cartTo(BERLIN))).toEqual(['standard 4.90']);
    expect(easypost.requests).toHaveLength(1);
  });
});

it('names the service in the code of a rate', () => {
  expect(serviceOf('easypost', carrierCode('easypost', 'USPS/Priority'))).toBe('USPS/Priority');
  expect(['standard', 'sandbox:standard', null].map((code) => serviceOf('easypost', code))).toEqual([
    ...[null, null, null],
  ]);
});
