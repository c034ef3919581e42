/** The rates of carriers beside those of the organization, and the goods of carts, in calculate-rate. */
import { updateVariant } from '#subgraphs/catalog/products/products';
import type { CalculateShippingRateInput } from '#subgraphs/shipping/inputs.generated';
import { addToCart, updateCart } from '#subgraphs/orders/index';
import { updateShippingCarrier } from '#subgraphs/shipping/providers/carrier-settings';
import { calculateShippingRate } from '#subgraphs/shipping/rates/calculate';
import type { ShippingCalculation } from '#subgraphs/shipping/rates/shipping-offer';
import { createShippingRate } from '#subgraphs/shipping/rates/table-rates';
import { createShippingZone } from '#subgraphs/shipping/zones/shipping-zones';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, issuesOf } from '#test/harness/values';
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
beforeEach(async () => {
  easypost.beforeAnswer = () => undefined;
  easypost.requests.length = 0;
  shop = await openShop(platform, {
    branches: [{ name: 'Main' }],
    articles: [
      { sku: 'POT', price: '40.00', stock: '100' },
      { sku: 'BOX', price: '5.00', stock: '100' },
    ],
  });
  const { productId, variantId } = shop.items.POT!;
  await updateVariant(shop.ctx, productId, variantId, { weight: amount('1.2') });
  const { id: zoneId } = await createShippingZone(shop.ctx, { name: 'World', areas: [{ country: '*' }] });
  await createShippingRate(shop.ctx, {
    ...{ zoneId, code: 'standard', name: 'Standard' },
    bands: [{ upTo: amount(10), price: amount('4.90') }],
  });
});

const TO = { country: 'US', postalCode: '94105' };
const SENDER = { recipient: 'Shop', line1: '1 Main St', city: 'Austin', postalCode: '78701', country: 'US' };
const calculate = (input: Partial<CalculateShippingRateInput> = {}) =>
  calculateShippingRate(shop.ctx, {
    to: TO,
    ...(input.cartId == null && input.parcels == null && { items: [{ sku: 'POT', quantity: amount(2) }] }),
    ...input,
  });
const shown = ({ rates }: ShippingCalculation) =>
  rates.map(
    ({ provider, code, amount: price, currency, reasonUnavailable, minDays }) =>
      `${provider} ${code} ${price?.toFixed(2) ?? reasonUnavailable} ${currency} ${minDays ?? '-'}`,
  );
const useEasypost = (easypostApiKey = 'EZTK_double') =>
  updateShippingCarrier(shop.ctx, { carrier: 'easypost', sender: SENDER, easypostApiKey });

describe('The sandbox', () => {
  it('answers the same rates to the same parcel, after those of the organization', async () => {
    // 2.4 kg are three kilograms that have begun: 3.90 + 3 × 0.50, and 9.90 + 3 × 1.00.
    const rates = ['table standard 4.90 EUR -', 'sandbox standard 5.40 EUR 2', 'sandbox express 12.90 EUR 1'];
    expect(shown(await calculate())).toEqual(rates);
    expect(shown(await calculate())).toEqual(rates);
  });

  it('is not asked without a wish for its rates, and by an organization that enters labels by hand', async () => {
    expect(shown(await calculate({ carrierRates: false }))).toEqual(['table standard 4.90 EUR -']);
    await updateShippingCarrier(shop.ctx, { carrier: 'manual' });
    expect(shown(await calculate())).toEqual(['table standard 4.90 EUR -']);
  });

  it('prices each parcel by itself, and sums them', async () => {
    const parcels = ['1.2', '1.2', '1.2'].map((weight) => ({ weight: amount(weight) }));
    // Each has begun two kilograms: 3 × 4.90, and 3 × 11.90.
    expect(shown(await calculate({ parcels })).slice(1)).toEqual([
      ...['sandbox standard 14.70 EUR 2', 'sandbox express 35.70 EUR 1'],
    ]);
  });

  it('has a reason for what it does not send', async () => {
    const reasons = async (input: Partial<CalculateShippingRateInput>) => {
      const { rates } = await calculate(input);
      return rates.slice(1).map(({ reasonUnavailable, message }) => `${reasonUnavailable}: ${message}`);
    };
    expect(await reasons({ parcels: [{ weight: amount(32) }] })).toEqual([
      'carrier_rejected: The sandbox takes parcels of up to 31.5 kg.',
    ]);
    expect(await reasons({ to: { country: 'DE', postalCode: '00000' } })).toEqual([
      'carrier_rejected: The sandbox does not know the postal code "00000".',
    ]);
    expect(await reasons({ items: [{ sku: 'BOX' }] })).toEqual([
      'weight_unknown: The weight of the goods is not known.',
    ]);
    const parcels = Array.from({ length: 11 }, () => ({ weight: amount(1) }));
    expect(await reasons({ parcels })).toEqual([
      'carrier_rejected: The carrier is asked for 10 parcels at most.',
    ]);
  });

  it('a rate of the carrier is an offer, although the organization has none', async () => {
    const { reason, message, rates } = await calculate({ parcels: [{ weight: amount(20) }] });
    expect([reason, message, rates[0]!.reasonUnavailable]).toEqual([null, null, 'above_limit']);
    const alone = await calculate({ parcels: [{ weight: amount(20) }], carrierRates: false });
    expect(alone.reason).toBe('above_limit');
  });
});

describe('EasyPost', () => {
  it('answers the rates of its carriers, the cheapest first, and buys nothing', async () => {
    await useEasypost();
    const before = easypost.purchases();
    expect(shown(await calculate())).toEqual([
      'table standard 4.90 EUR -',
      'easypost USPS/GroundAdvantage 4.75 USD 5',
      'easypost USPS/Priority 7.90 USD 2',
    ]);
    expect([easypost.purchases() - before, easypost.requests.map(({ path }) => path)]).toEqual([
      0,
      ['/shipments'],
    ]);
    // 2.4 kg are 84.66 oz, rounded up.
    expect(easypost.requests[0]!.body.shipment).toMatchObject({
      parcel: { weight: 84.7 },
      to_address: { zip: '94105', country: 'US' },
      from_address: { zip: '78701', country: 'US' },
    });
  });

  it('sends from another place, and needs one', async () => {
    await updateShippingCarrier(shop.ctx, { carrier: 'easypost', easypostApiKey: 'EZTK_double' });
    const [, offer] = (await calculate()).rates;
    expect([offer!.reasonUnavailable, offer!.message]).toEqual([
      'carrier_rejected',
      'Enter the address from which you send with PUT /shipping/carrier, or send "from".',
    ]);
    await calculate({ from: { country: 'us', postalCode: '10001' } });
    expect(easypost.requests.map(({ body }) => body.shipment)).toMatchObject([
      { from_address: { zip: '10001', country: 'US' } },
    ]);
  });

  it.each([
    [
      'a parcel that no carrier sends',
      { parcels: [{ weight: amount(40) }] },
      'Package weight exceeds 70 lb.',
    ],
    ['a rejected address', { to: { country: 'US', postalCode: '99999' } }, 'invalid postal code'],
  ])('gives its reason for %s', async (_, input, message) => {
    await useEasypost();
    const { rates } = await calculate(input);
    expect(rates.slice(1)).toMatchObject([
      { provider: 'easypost', amount: null, reasonUnavailable: 'carrier_rejected' },
    ]);
    expect(rates[1]!.message).toContain(message);
  });

  it('gives a reason for a wrong API key, and for a connection that breaks', async () => {
    await useEasypost('EZTK_wrong_key');
    const outcome = async () => (await calculate()).rates.map(({ reasonUnavailable }) => reasonUnavailable);
    expect(await outcome()).toEqual([null, 'carrier_rejected']);
    await useEasypost();
    easypost.beforeAnswer = () => {
      throw new Error('the connection breaks');
    };
    expect(await outcome()).toEqual([null, 'carrier_unavailable']);
  });

  it('is waited for no longer than 5 seconds: the own rates are answered', async () => {
    await useEasypost();
    let release: () => void = () => undefined;
    easypost.beforeAnswer = () => new Promise((resolve) => (release = resolve));
    const startedAt = Date.now();
    const { rates } = await calculate();
    release();
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    expect(rates).toMatchObject([
      { provider: 'table', amount: amount('4.90') },
      { reasonUnavailable: 'carrier_unavailable', message: 'The carrier did not answer in time.' },
    ]);
  });
});

describe('A cart', () => {
  const address = { recipient: 'Ann', line1: 'Ring 1', city: 'Berlin', postalCode: '10969', country: 'DE' };

  it('sends its goods to its address, or to another one', async () => {
    const cartId = await addToCart(shop.ctx, { sku: 'POT', quantity: amount(3) });
    expect(await issuesOf(calculate({ cartId, to: null }))).toEqual(['to REQUIRED']);
    await updateCart(shop.ctx, cartId, { shippingAddress: address });
    const calculation = await calculate({ cartId, to: null });
    expect(calculation.rates.map(({ billableWeight }) => billableWeight?.toFixed() ?? null)).toEqual([
      ...['3.6', null, null],
    ]);
    const unknown = { country: 'DE', postalCode: '00000' };
    expect((await calculate({ cartId, to: unknown })).rates[1]!.reasonUnavailable).toBe('carrier_rejected');
  });

  it('is known, has goods, and is not named beside items', async () => {
    const cartId = await addToCart(shop.ctx, { sku: 'POT' });
    expect(await issuesOf(calculate({ cartId, items: [{ sku: 'POT' }] }))).toEqual(['items INVALID']);
    await expectError('NOT_FOUND', calculate({ cartId: 'cart_unknown' }));
    const stranger = await openShop(platform);
    await expectError('NOT_FOUND', calculateShippingRate(stranger.ctx, { cartId, to: TO }));
    expect(await issuesOf(calculateShippingRate(shop.ctx, {}))).toEqual(['items REQUIRED', 'to REQUIRED']);
  });
});
