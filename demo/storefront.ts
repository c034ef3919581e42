/** The web shop of the demo: its publishable key, its settings, carts, and the orders that they became. */
import { SettableClock } from '#kernel/clock';
import type { RequestContext, Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { insertKey } from '#subgraphs/auth/index';
import {
  addToCart,
  checkoutCart,
  mergeCarts,
  updateCart,
  updateStorefrontSettings,
} from '#subgraphs/orders/index';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { wellKnown } from './fixed-ids';
import { demoId } from './ids';
import { demoContext } from './shop';

/** Everyone may know a publishable key, so the documentation has it. */
const DEMO_PUBLISHABLE_KEY = 'pospro_pk_demo';

/**
 * The carts that the OpenAPI document's examples name: one with two lines, a guest's that is merged, one that is checked out, and one
 * whose customer has to confirm the payment.
 */
const EXAMPLE_CARTS: readonly { items: readonly number[]; email?: string; token?: string }[] = [
  { items: [1, 2], email: 'ann@example.com' },
  { items: [1] },
  { items: [1] },
  { items: [2], email: 'lea@example.com', token: 'tok_3d_secure' },
];

/** Carts that became orders: products, and the payment; a transfer has not arrived yet. */
const ORDERED: readonly { items: readonly number[]; method: 'card' | 'bank_transfer' }[] = [
  { items: [1, 3], method: 'card' },
  { items: [2], method: 'card' },
  { items: [4, 5], method: 'bank_transfer' },
];

const ADDRESS = {
  recipient: 'Ann Buyer',
  line1: 'Lindenstrasse 12',
  postalCode: '10969',
  city: 'Berlin',
  country: 'DE',
};

/** Abandoned carts of the last days: products, and days ago. */
const ABANDONED: readonly { items: readonly number[]; daysAgo: number; email?: string }[] = [
  { items: [3, 4], daysAgo: 1, email: 'kim@example.com' },
  { items: [5], daysAgo: 2 },
  { items: [2, 6, 7], daysAgo: 4, email: 'sam@example.com' },
  { items: [8], daysAgo: 9 },
];

/** A customer with points (demo/loyalty.ts). */
const MEMBER = 7;

const DAY_MS = 86_400_000;

export async function seedStorefront(services: Services): Promise<void> {
  await seedKey(services);
  const ctx = demoContext(services, 1, 1);
  await updateStorefrontSettings(ctx, {
    shippingPrice: new Decimal('4.90'),
    shippingTaxRate: new Decimal(19),
    freeShippingFrom: new Decimal(75),
  });
  let line = 0;
  for (const [index, { items, email, token }] of EXAMPLE_CARTS.entries()) {
    const cartId = demoId.cart(index + 1);
    for (const [position, product] of items.entries()) {
      const ids = wellKnown(services.ids, [
        ...(position === 0 ? [cartId] : []),
        demoId.cartItem((line += 1)),
      ]);
      const item = { productId: demoId.product(product), ...(position > 0 && { cartId }) };
      await addToCart({ ...ctx, ids }, item);
    }
    if (email !== undefined) await updateCart(ctx, cartId, { email });
    if (token !== undefined) await checkOut(ctx, cartId, { paymentMethod: 'card', providerToken: token });
  }
  await seedOrders(ctx);
  await seedMemberCart(ctx);
  for (const { items, daysAgo, email } of ABANDONED) {
    const clock = new SettableClock(new Date(services.clock.now().getTime() - daysAgo * DAY_MS));
    const then = { ...ctx, clock };
    let cartId: string | undefined;
    for (const product of items)
      cartId = await addToCart(then, { productId: demoId.product(product), ...(cartId && { cartId }) });
    if (email !== undefined) await updateCart(then, cartId!, { email });
  }
}

/** The cart of a customer who has signed in, and redeems points. */
async function seedMemberCart(ctx: RequestContext): Promise<void> {
  const guestCart = await addToCart(ctx, { productId: demoId.product(3), quantity: new Decimal(2) });
  const cartId = await mergeCarts(ctx, { cartId: guestCart, customerId: demoId.customer(MEMBER) });
  await updateCart(ctx, cartId, { redeemPoints: 100 });
}

async function seedOrders(ctx: RequestContext): Promise<void> {
  for (const [index, { items, method: paymentMethod }] of ORDERED.entries()) {
    let cartId: string | undefined;
    for (const product of items)
      cartId = await addToCart(ctx, { productId: demoId.product(product), ...(cartId && { cartId }) });
    await updateCart(ctx, cartId!, { email: `shopper${index + 1}@example.com` });
    const providerToken = paymentMethod === 'card' ? 'tok_approved' : null;
    await checkOut(ctx, cartId!, { paymentMethod, providerToken });
  }
}

async function checkOut(
  ctx: RequestContext,
  cartId: string,
  payment: { paymentMethod: 'card' | 'bank_transfer'; providerToken: string | null },
): Promise<void> {
  await checkoutCart(ctx, { cartId, shippingAddress: ADDRESS, ...payment }, shippingQuotes);
}

async function seedKey(services: Services): Promise<void> {
  await transact(demoContext(services, 1, 1), (tx) =>
    insertKey(tx, {
      id: demoId.apiKey(2),
      userId: demoId.user(1),
      name: 'Web shop',
      kind: 'publishable',
      scopes: ['shop:use'],
      branchId: demoId.branch(1),
      channel: 'web',
      expiresAt: null,
      key: DEMO_PUBLISHABLE_KEY,
    }),
  );
}
