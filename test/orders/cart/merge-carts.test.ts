/** Merging carts on sign-in: the rule, once, whatever happens at the same time. */
import fc from 'fast-check';
import { transact } from '#kernel/db/transact';
import { insertCustomers } from '#subgraphs/customers/index';
import { addToCart } from '#subgraphs/orders/cart/cart-items';
import { cartView, findCart, type CartView } from '#subgraphs/orders/cart/cart-view';
import { cartRowId } from '#subgraphs/orders/cart/cart-id';
import { listCarts } from '#subgraphs/orders/cart/carts.queries';
import { mergeCarts } from '#subgraphs/orders/cart/merge-carts';
import { mergedLines, type MergedLine } from '#subgraphs/orders/cart/merge-carts.rules';
import { updateCart } from '#subgraphs/orders/cart/update-cart';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { visitorActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db, {
    articles: ['A', 'B', 'C'].map((sku) => ({ sku, price: '1.00', stock: '100' })),
  });
});
afterAll(() => db.close());

const visitor = () =>
  db.contextFor(visitorActor({ organizationId: shop.organizationId, branchId: shop.branchId }));

async function newCustomer(): Promise<string> {
  const { ctx } = shop;
  const id = ctx.ids.next();
  await transact(ctx, (tx) =>
    insertCustomers(tx, [{ id, name: 'Ann', currency: 'EUR', creditLimit: amount(0) }]),
  );
  return id;
}

/** A guest's cart. */
async function guestCart(quantities: Readonly<Record<string, number>>): Promise<CartView> {
  let id: string | undefined;
  for (const [sku, quantity] of Object.entries(quantities)) {
    const row = await addToCart(visitor(), {
      sku,
      quantity: amount(quantity),
      ...(id !== undefined && { cartId: id }),
    });
    ({ id } = await cartView(visitor(), row, shippingQuotes));
  }
  return findCart(visitor(), id!, shippingQuotes);
}

/** A customer's cart, made as a sign-in makes it. */
async function customerCart(
  customerId: string,
  quantities: Readonly<Record<string, number>>,
): Promise<CartView> {
  const { id: cartId } = await guestCart(quantities);
  return cartView(shop.ctx, await mergeCarts(shop.ctx, { cartId, customerId }), shippingQuotes);
}

const contentOf = ({ items }: Pick<CartView, 'items'>) =>
  Object.fromEntries(items.map(({ sku, quantity }) => [sku, quantity.toNumber()]));

it('W1, W7: adds the quantities, and the guest\u2019s id answers 404 afterwards', async () => {
  const customerId = await newCustomer();
  const mine = await customerCart(customerId, { A: 1, C: 1 });
  const guest = await guestCart({ A: 2, B: 1 });
  const merged = await cartView(
    shop.ctx,
    await mergeCarts(shop.ctx, { cartId: guest.id, customerId }),
    shippingQuotes,
  );
  expect([merged.id, merged.customerId, contentOf(merged)]).toEqual([
    mine.id,
    customerId,
    { A: 3, B: 1, C: 1 },
  ]);
  const closed = (await listCarts(shop.ctx, { status: 'merged', size: 1 })).items[0]!;
  expect(cartRowId(shop.ctx, merged.id)).toBe(closed.mergedIntoId);
  await expectError('NOT_FOUND', findCart(visitor(), guest.id, shippingQuotes));
  await expectError('NOT_FOUND', addToCart(visitor(), { cartId: guest.id, sku: 'A' }));
  expect(contentOf(await findCart(visitor(), mine.id, shippingQuotes))).toEqual({ A: 3, B: 1, C: 1 });
});

it('W1: keeps what the guest sees at the checkout', async () => {
  const customerId = await newCustomer();
  await customerCart(customerId, { A: 1, C: 1 });
  const guest = await guestCart({ A: 2, B: 1 });
  const input = { cartId: guest.id, customerId, rule: 'guest_wins' } as const;
  expect(contentOf(await cartView(shop.ctx, await mergeCarts(shop.ctx, input), shippingQuotes))).toEqual({
    A: 2,
    B: 1,
  });
});

it('W1: changes nothing when it is repeated, one after the other or at once', async () => {
  const customerId = await newCustomer();
  const guest = await guestCart({ A: 2 });
  const input = { cartId: guest.id, customerId };
  const ids = await Promise.all(Array.from({ length: 6 }, () => mergeCarts(shop.ctx, input)));
  expect(new Set(ids).size).toBe(1);
  const before = await cartView(shop.ctx, ids[0]!, shippingQuotes);
  expect(await mergeCarts(shop.ctx, input)).toBe(ids[0]);
  expect(await cartView(shop.ctx, ids[0]!, shippingQuotes)).toEqual(before);
  expect([contentOf(before), before.version]).toEqual([{ A: 2 }, 2]);
  // The customer signs in once more, with the cart that is already theirs.
  expect(await mergeCarts(shop.ctx, { cartId: before.id, customerId })).toBe(ids[0]);
});

it('joins the carts of two devices that sign in at once', async () => {
  const customerId = await newCustomer();
  const guests = [await guestCart({ A: 1 }), await guestCart({ A: 2, B: 1 })];
  const ids = await Promise.all(guests.map(({ id: cartId }) => mergeCarts(shop.ctx, { cartId, customerId })));
  expect(new Set(ids).size).toBe(1);
  expect(contentOf(await cartView(shop.ctx, ids[0]!, shippingQuotes))).toEqual({ A: 3, B: 1 });
});

it('takes over the contact that the guest has entered, and leaves none behind', async () => {
  const customerId = await newCustomer();
  const mine = await customerCart(customerId, { A: 1 });
  await updateCart(visitor(), mine.id, { email: 'old@example.com', phone: '+49 30 123456' });
  const guest = await guestCart({ B: 1 });
  await updateCart(visitor(), guest.id, { email: 'new@example.com' });
  const merged = await cartView(
    shop.ctx,
    await mergeCarts(shop.ctx, { cartId: guest.id, customerId }),
    shippingQuotes,
  );
  expect(merged).toMatchObject({ email: 'new@example.com', phone: '+49 30 123456' });
  const closed = (await listCarts(shop.ctx, { status: 'merged', size: 1 })).items[0]!;
  expect(closed).toMatchObject({ email: null, phone: null, shippingAddress: null, billingAddress: null });
});

it('is not for carts of others, unknown customers, or too much', async () => {
  const [ann, bob] = [await newCustomer(), await newCustomer()];
  const cart = await customerCart(ann, { A: 1 });
  expect(await issuesOf(mergeCarts(shop.ctx, { cartId: cart.id, customerId: bob }))).toEqual([
    'cartId NOT_A_GUEST_CART',
  ]);
  const guest = await guestCart({ A: 9_999 });
  expect(await issuesOf(mergeCarts(shop.ctx, { cartId: guest.id, customerId: shop.branchId }))).toEqual([
    'customerId CUSTOMER_NOT_FOUND',
  ]);
  await customerCart(ann, { A: 1 });
  expect(await issuesOf(mergeCarts(shop.ctx, { cartId: guest.id, customerId: ann }))).toEqual([
    'cartId TOO_LARGE',
  ]);
  await mergeCarts(shop.ctx, { cartId: guest.id, customerId: bob });
  await expectError('NOT_FOUND', mergeCarts(shop.ctx, { cartId: guest.id, customerId: ann }));
  const stranger = await openShop(db);
  await expectError('VALIDATION_FAILED', mergeCarts(stranger.ctx, { cartId: cart.id, customerId: ann }));
});

describe('the rule', () => {
  const line = fc.record({
    variantId: fc.constantFrom('A', 'B', 'C', 'D'),
    note: fc.constantFrom('', 'Gift'),
    quantity: fc.integer({ min: 1, max: 99 }).map(amount),
  });
  const cart = fc.uniqueArray(line, {
    selector: ({ variantId, note }) => `${variantId} ${note}`,
    maxLength: 8,
  });
  const keyOf = ({ variantId, note }: MergedLine) => `${variantId} ${note}`;
  const quantitiesOf = (lines: readonly MergedLine[]) =>
    new Map(lines.map((one) => [keyOf(one), one.quantity.toNumber()]));

  it('W1: has one line for each variant and note, and loses no unit', () => {
    fc.assert(
      fc.property(cart, cart, (guest, customer) => {
        const merged = mergedLines('add', guest, customer);
        expect(new Set(merged.map(keyOf)).size).toBe(merged.length);
        const [all, ofGuest, ofCustomer] = [merged, guest, customer].map(quantitiesOf);
        for (const key of new Set([...ofGuest!.keys(), ...ofCustomer!.keys()]))
          expect(all!.get(key)).toBe((ofGuest!.get(key) ?? 0) + (ofCustomer!.get(key) ?? 0));
      }),
    );
  });

  it('never empties a cart', () => {
    fc.assert(
      fc.property(cart, cart, fc.constantFrom('add', 'guest_wins' as const), (guest, customer, rule) => {
        const merged = mergedLines(rule, guest, customer);
        expect(merged.length === 0).toBe(guest.length === 0 && customer.length === 0);
      }),
    );
  });
});
