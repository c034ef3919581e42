/** Zones and their rates, the calculation, and the carts of the web shop. */
import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import { updateVariant } from '#subgraphs/catalog/products/products';
import { addToCart } from '#subgraphs/orders/cart/cart-items';
import { cartView, findCart } from '#subgraphs/orders/cart/cart-view';
import { checkoutCart } from '#subgraphs/orders/cart/checkout-cart';
import { updateCart } from '#subgraphs/orders/cart/update-cart';
import { updateStorefrontSettings } from '#subgraphs/orders/storefront/storefront-settings';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { calculateShippingRate } from '#subgraphs/shipping/rates/calculate';
import { shippingProviders } from '#subgraphs/shipping/rates/rate-sources';
import {
  createShippingRate,
  deleteShippingRate,
  listShippingRates,
  requireRate,
  updateShippingRate,
} from '#subgraphs/shipping/rates/table-rates';
import {
  createShippingZone,
  deleteShippingZone,
  requireZone,
  updateShippingZone,
} from '#subgraphs/shipping/zones/shipping-zones';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, issuesOf } from '#test/harness/values';

const ADDRESS = { line1: 'Lindenstrasse 12', city: 'Berlin', postalCode: '10969', country: 'DE' };

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, {
    branches: [{ name: 'Main' }],
    articles: [
      { sku: 'A', price: '40.00', stock: '100' },
      { sku: 'B', price: '20.00', tax: '7', stock: '100' },
      { sku: 'FLOUR', price: '1.20', tax: '7', stock: '100', unit: 'kg', places: 3 },
    ],
  });
  const { productId, variantId } = shop.items.A!;
  const sizes = { length: amount(40), width: amount(30), height: amount(20) };
  await updateVariant(shop.ctx, productId, variantId, { weight: amount('3.2'), ...sizes });
});

const zone = (name: string, country: string, ...postalCodes: string[]) =>
  createShippingZone(shop.ctx, { name, areas: [{ country, postalCodes }] });
const rate = (zoneId: string, code: string, ...bands: [string | null, string][]) =>
  createShippingRate(shop.ctx, {
    ...{ zoneId, code, name: code },
    bands: bands.map(([upTo, price]) => ({
      upTo: upTo === null ? null : amount(upTo),
      price: amount(price),
    })),
  });
const calculated = async (sku: string, quantity: string, to: { country: string; postalCode?: string }) => {
  const { rates, ...rest } = await calculateShippingRate(shop.ctx, {
    items: [{ sku, quantity: amount(quantity) }],
    ...{ to, carrierRates: false },
  });
  return { ...rest, rates: rates.map(({ code, amount: price, reasonUnavailable }) => `${code} ${price?.toFixed(2) ?? reasonUnavailable}`) }; // prettier-ignore
};

it('S7: takes the rates of the closest zone', async () => {
  const germany = await zone('Germany', 'DE');
  const islands = await zone('Islands', 'DE', '27498', '25845...25849');
  await rate(germany.id, 'standard', ['10', '4.90']);
  await rate(germany.id, 'express', ['10', '3.90']);
  await rate(islands.id, 'standard', ['10', '14.90']);
  expect(await calculated('A', '1', { country: 'de', postalCode: '10 969' })).toEqual({
    zoneId: germany.id,
    rates: ['express 3.90', 'standard 4.90'],
    reason: null,
    message: null,
  });
  expect(await calculated('A', '1', { country: 'DE', postalCode: '27498' })).toMatchObject({
    zoneId: islands.id,
    rates: ['standard 14.90'],
  });
  expect(await calculated('A', '1', { country: 'FR' })).toEqual({
    zoneId: null,
    rates: [],
    reason: 'no_zone',
    message: 'The goods cannot be sent to this address.',
  });
  expect(await issuesOf(calculated('A', '1', { country: 'UK' }))).toEqual(['to.country INVALID']);
});

it('S3: says why a rate is not offered, and never answers an empty list without a reason', async () => {
  const { id } = await zone('Germany', 'DE');
  expect(await calculated('A', '1', { country: 'DE' })).toMatchObject({
    rates: [],
    reason: 'no_rates',
    message: 'There is no way of sending to the zone "Germany" at present.',
  });
  await rate(id, 'standard', ['10', '4.90']);
  expect(await calculated('A', '4', { country: 'DE' })).toMatchObject({
    rates: ['standard above_limit'],
    reason: 'above_limit',
    message: '12.8 kg is above the limit of 10 kg.',
  });
  expect(await calculated('B', '1', { country: 'DE' })).toMatchObject({ reason: 'weight_unknown' });
  expect(await calculated('FLOUR', '2.5', { country: 'DE' })).toMatchObject({ rates: ['standard 4.90'] });
});

it('S1: bills the volume of the goods where a divisor says so', async () => {
  const { id } = await zone('Germany', 'DE');
  const { id: rateId } = await rate(id, 'standard', ['4.9', '4.90'], ['5', '6.90']);
  await updateShippingRate(shop.ctx, rateId, { divisor: amount(5000), weightStep: amount('0.5') });
  const { rates } = await calculateShippingRate(shop.ctx, {
    ...{ items: [{ sku: 'A' }], to: { country: 'DE' }, carrierRates: false },
  });
  expect(rates).toMatchObject([{ amount: amount('6.90'), billableWeight: amount(5), weightUnit: 'kg' }]);
});

it('S2: adds the weights of packed parcels after rounding each, in kilograms or pounds', async () => {
  const { id } = await zone('Germany', 'DE');
  const { id: rateId } = await rate(id, 'standard', ['4', '4.90'], ['4.5', '6.90']);
  await updateShippingRate(shop.ctx, rateId, { weightStep: amount('0.5') });
  const packed = (weight: string, weightUnit: 'kg' | 'lb') =>
    calculateShippingRate(shop.ctx, {
      parcels: Array.from({ length: 3 }, () => ({ weight: amount(weight), weightUnit })),
      ...{ to: { country: 'DE' }, carrierRates: false },
    });
  expect((await packed('1.2', 'kg')).rates).toMatchObject([
    { billableWeight: amount('4.5'), amount: amount('6.90') },
  ]);
  expect((await packed('1', 'lb')).rates).toMatchObject([
    { billableWeight: amount('1.5'), amount: amount('4.90') },
  ]);
});

it('checks the input by field', async () => {
  expect(
    await issuesOf(
      createShippingZone(shop.ctx, {
        name: '',
        areas: [
          { country: 'XX' },
          { country: 'EU', postalCodes: ['1*'] },
          { country: 'DE', postalCodes: ['20...10'] },
        ],
      }),
    ),
  ).toEqual(['name REQUIRED']);
  const areas = [
    { country: 'XX' },
    { country: 'EU', postalCodes: ['1*'] },
    { country: 'DE', postalCodes: ['20...10'] },
  ];
  expect(await issuesOf(createShippingZone(shop.ctx, { name: 'Z', areas }))).toEqual([
    'areas.0.country INVALID',
    'areas.1.postalCodes INVALID',
    'areas.2.postalCodes.0 INVALID',
  ]);
  expect(await issuesOf(createShippingZone(shop.ctx, { name: 'Z', areas: [] }))).toEqual(['areas LENGTH']);
  const { id } = await zone('Germany', 'DE', '10*');
  expect(await issuesOf(zone('Berlin', 'DE', '11*', '1-0*'))).toEqual(['areas ALREADY_EXISTS']);
  await expectError('ALREADY_EXISTS', zone('GERMANY', 'FR'));
  const base = { zoneId: id, code: 'a b', name: ' ' };
  expect(
    await issuesOf(
      createShippingRate(shop.ctx, {
        ...base,
        bands: [
          { upTo: amount(5), price: amount('4.999') },
          { upTo: null, price: amount(5) },
          { upTo: amount(5), price: amount(-1) },
        ],
        minDays: 3,
        divisor: amount(0),
      }),
    ),
  ).toEqual([
    'bands.0.price PRECISION',
    'bands.1.upTo REQUIRED',
    'bands.2.price NEGATIVE',
    'name REQUIRED',
    'code INVALID',
    'divisor OUT_OF_RANGE',
    'maxDays REQUIRED',
  ]);
  await rate(id, 'standard', [null, '5']);
  await expectError('ALREADY_EXISTS', rate(id, 'standard', [null, '6']));
  const to = { country: 'DE' };
  expect(await issuesOf(calculateShippingRate(shop.ctx, { to }))).toEqual(['items REQUIRED']);
  expect(await issuesOf(calculateShippingRate(shop.ctx, { to, items: [{ sku: 'NONE' }] }))).toEqual([
    'items.0 PRODUCT_NOT_FOUND',
  ]);
  const parcels = [{ weight: amount(1), length: amount(2) }];
  expect(await issuesOf(calculateShippingRate(shop.ctx, { to, parcels }))).toEqual(['parcels.0 REQUIRED']);
});

it('of two zones that claim a place at once, one gets it', async () => {
  const outcomes = await Promise.allSettled([zone('One', 'DE'), zone('Two', 'DE')]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('the cart and its order have the rates of the zones, and without zones the flat rate', async () => {
  await updateStorefrontSettings(shop.ctx, { shippingPrice: amount('2.50'), shippingTaxRate: amount(19) });
  const row = await addToCart(shop.ctx, { sku: 'A' });
  const rates = async () => {
    const cart = await findCart(shop.ctx, row, shippingQuotes);
    return [cart.shippingRates.map(({ code, amount: price }) => `${code} ${price.toFixed(2)}`), cart.problems.map(({ message }) => message)]; // prettier-ignore
  };
  expect(await rates()).toEqual([['standard 2.50'], []]);
  expect(await shippingProviders(shop.ctx)).toMatchObject([
    { code: 'flat', services: [{ code: 'standard' }] },
    { code: 'sandbox', kind: 'sandbox', services: [{ code: 'standard' }, { code: 'express' }] },
  ]);
  const germany = await zone('Germany', 'DE');
  const islands = await zone('Islands', 'DE', '27498');
  await rate(islands.id, 'standard', ['10', '14.90']);
  await rate(germany.id, 'standard', ['10', '4.90']);
  await rate(germany.id, 'express', ['5', '9.90']);
  expect(await rates()).toEqual([['standard 4.90', 'express 9.90'], []]);
  await updateCart(shop.ctx, row, { shippingAddress: { ...ADDRESS, postalCode: '27498' } });
  expect(await rates()).toEqual([['standard 14.90'], []]);
  await updateCart(shop.ctx, row, { shippingAddress: { ...ADDRESS, country: 'FR' } });
  expect(await rates()).toEqual([[], ['The goods cannot be sent to this address.']]);
  await updateCart(shop.ctx, row, {
    shippingAddress: ADDRESS,
    shippingCode: 'express',
    email: 'ann@example.com',
  });
  const { order } = await checkoutCart(
    shop.ctx,
    { cartId: row, paymentMethod: 'bank_transfer' },
    shippingQuotes,
  );
  expect([order.shippingTotal.toFixed(2), order.shippingTax.toFixed(2), order.total.toFixed(2)]).toEqual([
    '9.90',
    '1.58',
    '49.90',
  ]);
  expect(await shippingProviders(shop.ctx)).toMatchObject([
    { code: 'table', kind: 'table', services: [{ code: 'express' }, { code: 'standard' }] },
    { code: 'sandbox' },
  ]);
});

it('says in the cart why nothing is offered, and rejects its checkout', async () => {
  const { id } = await zone('Germany', 'DE');
  await rate(id, 'standard', ['1', '4.90']);
  const cartId = await addToCart(shop.ctx, { sku: 'A' });
  const cart = await cartView(shop.ctx, cartId, shippingQuotes);
  expect(cart.problems).toMatchObject([
    { code: 'shipping_unavailable', message: '3.2 kg is above the limit of 1 kg.' },
  ]);
  const order = {
    cartId,
    email: 'ann@example.com',
    shippingAddress: ADDRESS,
    paymentMethod: 'bank_transfer' as const,
  };
  await expectError('ILLEGAL_STATE', checkoutCart(shop.ctx, order, shippingQuotes));
});

it('S4: 5.95 for goods of 80.00 at 19 % and 20.00 at 7 % have 0.95 of tax at the highest rate', async () => {
  await updateStorefrontSettings(shop.ctx, {
    shippingPrice: amount('5.95'),
    shippingTaxRate: amount(7),
    shippingTaxRule: 'highest',
  });
  const cartId = await addToCart(shop.ctx, { sku: 'A', quantity: amount(2) });
  await addToCart(shop.ctx, { sku: 'B', cartId });
  const tax = async () =>
    (await findCart(shop.ctx, cartId, shippingQuotes)).tax.map(
      (one) => `${one.rate.toFixed()} ${one.tax.toFixed(2)}`,
    );
  // 80.00 have 12.77, and 20.00 have 1.31.
  expect(await tax()).toEqual(['7 1.31', '19 13.72']);
  await updateStorefrontSettings(shop.ctx, { shippingTaxRule: 'fixed' });
  expect(await tax()).toEqual(['7 1.70', '19 12.77']);
});

it('zones and rates are changed and deleted with their events, and stay in their organization', async () => {
  const { id } = await zone('Germany', 'DE');
  const { id: rateId } = await rate(id, 'standard', ['10', '4.90']);
  await updateShippingZone(shop.ctx, id, { description: 'All of it' });
  await updateShippingZone(shop.ctx, id, { description: 'All of it' });
  await updateShippingRate(shop.ctx, rateId, { enabled: false });
  await expectError('CONFLICT', updateShippingRate(shop.ctx, rateId, { name: 'X', version: 1 }));
  expect((await listShippingRates(shop.ctx, { zoneId: id })).items).toMatchObject([
    { version: 2, enabled: false },
  ]);
  const stranger = await openShop(db);
  await expectError(
    'NOT_FOUND',
    Promise.resolve().then(() => requireZone(stranger.ctx.db, id)),
  );
  await expectError('NOT_FOUND', requireRate(stranger.ctx, rateId));
  await expectError('NOT_FOUND', updateShippingZone(stranger.ctx, id, { name: '' }));
  await expectError('NOT_FOUND', updateShippingRate(stranger.ctx, rateId, { name: '' }));
  await expectError(
    'NOT_FOUND',
    createShippingRate(stranger.ctx, { zoneId: id, code: '', name: '', bands: [] }),
  );
  await expectError('NOT_FOUND', deleteShippingZone(stranger.ctx, id));
  await expectError('NOT_FOUND', deleteShippingRate(stranger.ctx, randomUUID()));
  expect((await listShippingRates(stranger.ctx, {})).items).toEqual([]);
  await deleteShippingZone(shop.ctx, id);
  expect((await listShippingRates(shop.ctx, {})).items).toEqual([]);
  const events = await shop.ctx.db.many<{ type: string; change: string }>(sql`
    select type, payload ->> 'change' as change from outbox_events where type like 'shipping%' order by id`);
  expect(events.map(({ type, change }) => `${type} ${change}`)).toEqual([
    'shipping_zone.changed created',
    'shipping_rate.changed created',
    'shipping_zone.changed updated',
    'shipping_rate.changed updated',
    'shipping_zone.changed deleted',
  ]);
});
