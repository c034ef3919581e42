/** Carts of visitors: signed ids, lines, live prices and problems, expiry, idempotency, tenancy. */
import type { SignedInActor } from '#kernel/auth/actor';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import type { RequestContext, RequestMeta } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { insertCustomers } from '#subgraphs/customers/index';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { activateProduct, updateProduct } from '#subgraphs/catalog/products/products';
import { reserveGoods, reserveStock } from '#subgraphs/inventory/index';
import { addToCart, removeCartItem, updateCartItem } from '#subgraphs/orders/cart/cart-items';
import { cartView, findCart, type CartView } from '#subgraphs/orders/cart/cart-view';
import { listCarts } from '#subgraphs/orders/cart/carts.queries';
import { expireCarts } from '#subgraphs/orders/cart/expire-carts.worker';
import { mergeCarts } from '#subgraphs/orders/cart/merge-carts';
import { updateCart } from '#subgraphs/orders/cart/update-cart';
import type { AddToCartInput } from '#subgraphs/orders/inputs.generated';
import { updateStorefrontSettings } from '#subgraphs/orders/storefront/storefront-settings';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { visitorActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, issuesOf } from '#test/harness/values';

const START = new Date('2026-03-02T10:00:00Z');
const ADDRESS = { line1: 'Lindenstrasse 12', city: 'Berlin', postalCode: '10969', country: 'de' };

let db: TestDatabase;
let clock: SettableClock;
let shop: Shop;
let publishableKey: SignedInActor;
beforeAll(async () => {
  clock = new SettableClock(START);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(START);
  shop = await openShop(db, {
    branches: [{ name: 'Main' }, { name: 'Harbour' }],
    articles: [
      { sku: 'A', price: '9.99', stock: '10' },
      { sku: 'B', price: '5.00', tax: '7', stock: '10' },
      { sku: 'C', price: '1.00', stock: '10' },
    ],
  });
  publishableKey = visitorActor(shop);
});
afterAll(() => db.close());

/** All visitors send the same publishable key. */
const visitor = (details?: Partial<RequestMeta>): RequestContext => db.contextFor(publishableKey, details);

async function add(input: AddToCartInput, ctx = visitor()): Promise<CartView> {
  return cartView(ctx, await addToCart(ctx, input), shippingQuotes);
}
const filled = (...skus: string[]) =>
  skus.reduce<Promise<CartView | undefined>>(
    async (cart, sku) => add({ sku, ...((await cart) && { cartId: (await cart)!.id }) }),
    Promise.resolve(undefined),
  ) as Promise<CartView>;
const linesOf = ({ items }: CartView) =>
  items.map(({ sku, quantity, unitPrice, note }) =>
    [sku, quantity.toFixed(), unitPrice, note].join(' ').trim(),
  );
const problemsOf = ({ problems }: CartView) => problems.map(({ code }) => code);

it('adds items, one line for each variant and note, at the price of the moment', async () => {
  const { productId, variantId } = shop.items.A!;
  const first = await add({ productId, quantity: amount(2) });
  await add({ cartId: first.id, variantId });
  await add({ cartId: first.id, sku: 'A', note: ' Gift ' });
  const cart = await add({ cartId: first.id, sku: 'b', quantity: amount(2) });
  expect(linesOf(cart)).toEqual(['A 3 9.99', 'A 1 9.99 Gift', 'B 2 5.00']);
  expect(cart).toMatchObject({ id: first.id, status: 'open', channel: 'web', customerId: null, version: 4 });
  const { subtotal, shippingTotal, taxTotal, total } = cart;
  // 39.96 with 19 % and 10.00 with 7 %: tax 4.79 + 1.60 + 0.65.
  expect([subtotal, shippingTotal, taxTotal, total].map((value) => value.toFixed(2))).toEqual([
    '49.96',
    '0.00',
    '7.04',
    '49.96',
  ]);
});

it('changes and removes lines', async () => {
  const { id, items } = await filled('A', 'B', 'C');
  const [a, b, c] = items.map((item) => item.id) as [string, string, string];
  const ctx = visitor();
  await updateCartItem(ctx, id, a, { quantity: amount(4), note: 'Blue' });
  await updateCartItem(ctx, id, b, { quantity: amount(0) });
  await removeCartItem(ctx, id, c, undefined);
  const cart = await findCart(ctx, id, shippingQuotes);
  expect(linesOf(cart)).toEqual(['A 4 9.99 Blue']);
  await expectError('NOT_FOUND', removeCartItem(ctx, id, c, undefined));
  await expectError('NOT_FOUND', updateCartItem(ctx, id, 'none', { quantity: amount(1) }));
  await expectError('CONFLICT', removeCartItem(ctx, id, a, cart.version - 1));
  await removeCartItem(ctx, id, a, cart.version);
  expect(await findCart(ctx, id, shippingQuotes)).toMatchObject({
    items: [],
    itemsCount: 0,
    version: cart.version + 1,
  });
});

it('keeps version and time of a cart that nothing changes', async () => {
  const { id, items, version } = await filled('A');
  const ctx = visitor();
  await updateCart(ctx, id, { email: 'Ann@Example.com ', shippingAddress: ADDRESS });
  clock.advance(60_000);
  await updateCart(ctx, id, { email: 'ann@example.com', shippingAddress: { ...ADDRESS, country: 'DE' } });
  await updateCartItem(ctx, id, items[0]!.id, { quantity: amount(1) });
  const cart = await findCart(ctx, id, shippingQuotes);
  expect(cart).toMatchObject({ email: 'ann@example.com', version: version + 1, updatedAt: START });
  expect(cart.shippingAddress).toEqual({
    recipient: null,
    line1: 'Lindenstrasse 12',
    line2: null,
    city: 'Berlin',
    region: null,
    postalCode: '10969',
    country: 'DE',
    phone: null,
  });
});

it('rejects what cannot be in a cart', async () => {
  const cart = await filled('A');
  const { id } = cart;
  const issues = (input: AddToCartInput) => issuesOf(addToCart(visitor(), { cartId: id, ...input }));
  expect(await issues({ sku: 'NONE' })).toEqual(['sku PRODUCT_NOT_FOUND']);
  expect(await issues({ productId: shop.organizationId })).toEqual(['productId PRODUCT_NOT_FOUND']);
  expect(await issues({})).toEqual(['productId PRODUCT_NOT_FOUND']);
  expect(await issues({ variantId: shop.items.A!.variantId, sku: 'B' })).toEqual(['sku PRODUCT_NOT_FOUND']);
  expect(await issues({ sku: 'B', quantity: amount(0) })).toEqual(['quantity NOT_POSITIVE']);
  expect(await issues({ sku: 'B', quantity: amount('0.5') })).toEqual(['quantity PRECISION']);
  expect(await issues({ sku: 'A', quantity: amount(10_000) })).toEqual(['quantity TOO_LARGE']);
  expect(await issues({ sku: 'B', note: 'x'.repeat(501) })).toEqual(['note LENGTH']);
  const twice = await add({ cartId: id, sku: 'A', note: 'Gift' });
  const second = twice.items[1]!.id;
  expect(await issuesOf(updateCartItem(visitor(), id, second, { note: null }))).toEqual(['note TAKEN']);
  const bad = { email: 'ann', phone: 'call me', shippingAddress: { line1: '', city: 'x', country: 'XX' } };
  expect(await issuesOf(updateCart(visitor(), id, bad))).toEqual([
    'phone INVALID',
    'shippingAddress.line1 REQUIRED',
    'shippingAddress.country INVALID',
    'email INVALID',
  ]);
});

it('has 100 lines at most', async () => {
  let cart = await filled('A');
  for (let note = 2; note <= 100; note += 1)
    cart = await add({ cartId: cart.id, sku: 'A', note: String(note) });
  expect(cart.items).toHaveLength(100);
  expect(await issuesOf(addToCart(visitor(), { cartId: cart.id, sku: 'B' }))).toEqual(['cartId TOO_MANY']);
  await add({ cartId: cart.id, sku: 'A', note: '7' });
}, 60_000);

it('shows live prices, names what has changed, and forgets it when the customer accepts', async () => {
  const { id, items } = await filled('A', 'B', 'C');
  await updateProduct(shop.ctx, shop.items.A!.productId, { price: amount('12.99') });
  await updateProduct(shop.ctx, shop.items.B!.productId, { price: amount('4.00') });
  await activateProduct(shop.ctx, shop.items.C!.productId, false);
  const cart = await findCart(visitor(), id, shippingQuotes);
  expect(cart.problems).toEqual([
    {
      code: 'price_changed',
      message: 'The price of "Product A" has changed from 9.99 to 12.99 EUR.',
      itemId: items[0]!.id,
      available: null,
      oldPrice: '9.99',
      newPrice: '12.99',
      discountCode: null,
    },
    expect.objectContaining({ code: 'price_changed', oldPrice: '5.00', newPrice: '4.00' }),
    expect.objectContaining({ code: 'not_sold_here', itemId: items[2]!.id }),
  ]);
  expect(cart.total.toFixed(2)).toBe('16.99');
  expect(cart.items[2]).toMatchObject({ name: 'Product C', unitPrice: '1.00', unit: null });
  await updateCart(visitor(), id, { acceptPrices: true });
  expect(problemsOf(await findCart(visitor(), id, shippingQuotes))).toEqual(['not_sold_here']);
});

it('names what is not available; goods that are reserved for the cart are', async () => {
  const { branchId, warehouseId, items } = shop;
  const cart = await add({ sku: 'A', quantity: amount(6) });
  await add({ cartId: cart.id, sku: 'A', note: 'Gift', quantity: amount(2) });
  await reserveGoods(shop.ctx, { reference: 'other', branchId, items: [{ sku: 'A', quantity: amount(3) }] });
  const short = await findCart(visitor(), cart.id, shippingQuotes);
  expect(short.problems.map(({ code, available }) => [code, available?.toFixed()])).toEqual([
    ['insufficient_stock', '7'],
    ['insufficient_stock', '7'],
  ]);
  const { items: rows } = await listCarts(shop.ctx, {});
  await transact(shop.ctx, (tx) =>
    reserveStock(tx, shop.ctx, {
      referenceType: 'cart',
      referenceId: rows[0]!.id,
      expiresAt: new Date(START.getTime() + 60_000),
      lines: [{ ...items.A!, warehouseId, quantity: amount(7) }],
    }),
  );
  await updateCartItem(visitor(), cart.id, cart.items[0]!.id, { quantity: amount(5) });
  expect(problemsOf(await findCart(visitor(), cart.id, shippingQuotes))).toEqual([]);
});

it('adds the flat rate of the shop, free from a value before discounts, and only to its countries', async () => {
  await updateStorefrontSettings(shop.ctx, {
    shippingPrice: amount('4.90'),
    shippingTaxRate: amount(19),
    freeShippingFrom: amount(75),
    shippingCountries: ['DE', 'at'],
  });
  const cart = await add({ sku: 'A', quantity: amount(7) });
  const figures = ({ shippingTotal, taxTotal, total, tax }: CartView) => [
    ...[shippingTotal, taxTotal, total].map((value) => value.toFixed(2)),
    ...tax.map((rate) => `${rate.rate.toFixed()}: ${rate.net.toFixed(2)} + ${rate.tax.toFixed(2)}`),
  ];
  // 69.93 with 11.17 tax, and 4.90 with 0.78.
  expect(figures(cart)).toEqual(['4.90', '11.95', '74.83', '19: 62.88 + 11.95']);
  expect(cart.shippingRate).toMatchObject({ code: 'standard', currency: 'EUR' });
  expect(figures(await add({ cartId: cart.id, sku: 'A' }))).toEqual([
    '0.00',
    '12.76',
    '79.92',
    '19: 67.16 + 12.76',
  ]);
  await updateCart(visitor(), cart.id, { shippingAddress: { ...ADDRESS, country: 'FR' } });
  const far = await findCart(visitor(), cart.id, shippingQuotes);
  expect([problemsOf(far), far.shippingRate, far.shippingRates]).toEqual([
    ['shipping_unavailable'],
    null,
    [],
  ]);
  await updateCart(visitor(), cart.id, { shippingAddress: ADDRESS, shippingCode: 'express' });
  const unknown = await findCart(visitor(), cart.id, shippingQuotes);
  expect(unknown.problems).toMatchObject([
    { message: 'The shipping rate "express" is not available. Choose one of standard.' },
  ]);
  await updateCart(visitor(), cart.id, { shippingCode: 'standard' });
  expect(problemsOf(await findCart(visitor(), cart.id, shippingQuotes))).toEqual([]);
});

it('W7: opens only to the signed id, and to staff by the id of its row', async () => {
  const cart = await filled('A');
  expect(cart.id).toMatch(/^cart_[\w-]{43}$/);
  const { items } = await listCarts(shop.ctx, {});
  const rowId = items[0]!.id;
  await expectError('NOT_FOUND', findCart(visitor(), rowId, shippingQuotes));
  expect((await findCart(shop.ctx, rowId, shippingQuotes)).id).toBe(cart.id);
  const other = cart.id.at(-2) === 'A' ? 'B' : 'A';
  for (const forged of [
    `${cart.id.slice(0, -2)}${other}${cart.id.at(-1)}`,
    `cart_${'A'.repeat(43)}`,
    'cart_',
    '',
    cart.id.slice(5),
  ])
    await expectError('NOT_FOUND', findCart(visitor(), forged, shippingQuotes));
  const stranger = await openShop(db);
  for (const id of [cart.id, rowId]) {
    await expectError('NOT_FOUND', findCart(stranger.ctx, id, shippingQuotes));
    await expectError('NOT_FOUND', updateCart(stranger.ctx, id, { email: 'ann@example.com' }));
    await expectError('NOT_FOUND', addToCart(stranger.ctx, { cartId: id, sku: 'A' }));
  }
});

it('belongs to the branch of the key', async () => {
  const [main, harbour] = shop.branchIds as [string, string];
  expect((await add({ sku: 'A', branchId: main })).branchId).toBe(main);
  await expectError('NOT_FOUND', addToCart(visitor(), { sku: 'A', branchId: harbour }));
  expect((await add({ sku: 'A', branchId: harbour }, shop.ctx)).branchId).toBe(harbour);
});

it('ends when it was not used for a long time', async () => {
  const { id, expiresAt } = await filled('A');
  expect(expiresAt).toEqual(new Date('2026-04-01T10:00:00Z'));
  clock.set(new Date('2026-03-30T10:00:00Z'));
  await add({ cartId: id, sku: 'B' });
  clock.set(new Date('2026-04-29T09:59:59Z'));
  expect(problemsOf(await findCart(visitor(), id, shippingQuotes))).toEqual([]);
  clock.set(new Date('2026-04-29T10:00:00Z'));
  const gone = await expectError('CART_EXPIRED', findCart(visitor(), id, shippingQuotes));
  expect(gone.status).toBe(410);
  await expectError('CART_EXPIRED', addToCart(visitor(), { cartId: id, sku: 'B' }));
});

it('is closed by the worker, which keeps no data of the guest', async () => {
  const { id } = await filled('A');
  await updateCart(visitor(), id, {
    email: 'ann@example.com',
    phone: '+49 30 1234',
    shippingAddress: ADDRESS,
  });
  clock.advance(31 * 86_400_000);
  await filled('B');
  expect(await expireCarts(db.services)).toBeGreaterThan(0);
  expect(await expireCarts(db.services)).toBe(0);
  const { items } = await listCarts(shop.ctx, { status: 'expired' });
  expect(items).toMatchObject([{ itemsCount: 1, email: null, phone: null, shippingAddress: null }]);
  await expectError('CART_EXPIRED', findCart(visitor(), id, shippingQuotes));
});

it('leaves no trace of an erased customer', async () => {
  const customerId = shop.ctx.ids.next();
  await transact(shop.ctx, (tx) =>
    insertCustomers(tx, [{ id: customerId, name: 'Ann', currency: 'EUR', creditLimit: amount(0) }]),
  );
  const { id } = await filled('A');
  await updateCart(visitor(), id, { email: 'erased@example.com', shippingAddress: ADDRESS });
  await mergeCarts(shop.ctx, { cartId: id, customerId });
  await deleteCustomer(shop.ctx, customerId);
  const rows = await transact(shop.ctx, (tx) => tx.many(sql`select to_jsonb(c) as cart from carts c`));
  expect(JSON.stringify(rows)).not.toMatch(/erased@example|Lindenstrasse/);
  const { items } = await listCarts(shop.ctx, { customerId });
  expect(items).toMatchObject([{ status: 'expired', value: amount(0) }]);
});

it('is changed once under one key, and the keys of visitors are apart although they share the key of the shop', async () => {
  const request = visitor({ idempotencyKey: '1' });
  const [mine, other] = [await filled('A'), await filled('A')];
  const input = { cartId: mine.id, sku: 'B' };
  await addToCart(request, input);
  await addToCart(visitor({ idempotencyKey: '1' }), input);
  await addToCart(visitor({ idempotencyKey: '1' }), { cartId: other.id, sku: 'C' });
  expect(linesOf(await findCart(visitor(), mine.id, shippingQuotes))).toEqual(['A 1 9.99', 'B 1 5.00']);
  expect(linesOf(await findCart(visitor(), other.id, shippingQuotes))).toEqual(['A 1 9.99', 'C 1 1.00']);
  await expectError('IDEMPOTENCY_KEY_REUSED', addToCart(request, { ...input, quantity: amount(2) }));
  // A new cart is never another visitor's.
  const first = await addToCart(request, { sku: 'A' });
  expect(await addToCart(visitor({ idempotencyKey: '1' }), { sku: 'A' })).not.toBe(first);
  const staff = shop.request({ idempotencyKey: 'new' });
  expect(await addToCart(staff, { sku: 'A' })).toBe(await addToCart(staff, { sku: 'A' }));
});

it('loses no addition when many come at once', async () => {
  const { id } = await filled('A');
  await Promise.all(Array.from({ length: 8 }, () => addToCart(visitor(), { cartId: id, sku: 'A' })));
  const cart = await findCart(visitor(), id, shippingQuotes);
  expect(linesOf(cart)).toEqual(['A 9 9.99']);
  expect(cart.version).toBe(9);
});

it('is listed for the staff, and not opened by the list', async () => {
  const { id } = await filled('A', 'B');
  await updateCart(visitor(), id, { email: 'ann@example.com' });
  clock.advance(30 * 60_000);
  await filled('C');
  clock.advance(30 * 60_000);
  const page = async (filter: Parameters<typeof listCarts>[1]) =>
    (await listCarts(shop.ctx, filter)).items.map(({ itemsCount, value, abandoned }) =>
      [itemsCount, value.toFixed(2), abandoned].join(' '),
    );
  expect(await page({})).toEqual(['1 1.00 false', '2 14.99 true']);
  expect(await page({ abandoned: true })).toEqual(['2 14.99 true']);
  expect(await page({ abandoned: false })).toEqual(['1 1.00 false']);
  expect(await page({ status: 'checked_out' })).toEqual([]);
  const stored = await transact(shop.ctx, (tx) => tx.many(sql`select id from carts`));
  expect(stored).toHaveLength(2);
});
