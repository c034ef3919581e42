/** Gift cards and store credit of the demo shop. Their codes are public, so they are for a demo only. */
import type { Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { adjustGiftCard, disableGiftCard, grantStoreCredit, insertGiftCard } from '#subgraphs/payments/index';
import { insertProducts } from '#subgraphs/catalog/index';
import { createOrder } from '#subgraphs/orders/index';
import { wellKnown } from './fixed-ids';
import { demoId } from './ids';
import { TAX_CLASSES } from './products';
import { demoContext } from './shop';

const CURRENCY = 'EUR';
const DAY_MS = 86_400_000;

/** The order of a gift card, paid and complete: the example that hands its code over names it. */
const SOLD_WITH = 21;

/** Cards with the ids `demoId.giftCard(1)` and so on, and the codes DEM0-G1FT-CARD-0001 and so on. */
const CARDS: readonly { amount: number; expiresInDays?: number }[] = [
  { amount: 50 },
  // Partly used.
  { amount: 40 },
  { amount: 25, expiresInDays: -30 },
  // Disabled: lost.
  { amount: 30 },
  // The example of disabling a card uses this one.
  { amount: 20, expiresInDays: 3 * 365 },
];

/** The product that is sold as a gift card; a cashier names the amount, and the web shop sells it at its price. */
const PRODUCT = 9001;

export async function seedGiftCards(services: Services): Promise<void> {
  const ctx = demoContext(services, 1);
  const product = {
    id: demoId.product(PRODUCT),
    name: 'Gift card',
    taxClassId: TAX_CLASSES[0]!.id,
    trackStock: false,
    giftCardPurpose: 'multi_purpose',
    variants: [{ id: demoId.variant(PRODUCT), sku: 'GIFT-CARD', price: new Decimal(25), barcodes: [] }],
  } as const;
  await transact(ctx, (tx) => insertProducts(tx, ctx, [product]));
  await createOrder(
    { ...ctx, ids: wellKnown(services.ids, [demoId.order(SOLD_WITH)]) },
    {
      channel: 'phone',
      items: [{ sku: 'GIFT-CARD', unitPrice: new Decimal(50) }],
      customerId: demoId.customer(1),
      payments: [{ method: 'bank_transfer', amount: new Decimal(50), reference: 'Invoice 2041' }],
    },
  );
  const now = services.clock.now().getTime();
  for (const [index, { amount, expiresInDays }] of CARDS.entries()) {
    const ids = wellKnown(services.ids, [demoId.giftCard(index + 1)]);
    const card = {
      amount: new Decimal(amount),
      currency: CURRENCY,
      purpose: 'multi_purpose',
      expiresAt: expiresInDays === undefined ? null : new Date(now + expiresInDays * DAY_MS),
      customerId: index === 0 ? demoId.customer(1) : null,
      branchId: demoId.branch(1),
      code: `DEM0-G1FT-CARD-000${index + 1}`,
    } as const;
    await transact(ctx, (tx) => Promise.resolve(insertGiftCard(tx, { ...ctx, ids }, card).id));
  }
  await adjustGiftCard(ctx, demoId.giftCard(2), {
    amount: new Decimal(-17.5),
    reason: 'Used at the old till',
  });
  await disableGiftCard(ctx, demoId.giftCard(4), { reason: 'Lost' });
  await transact(ctx, async (tx) => {
    const credit = { customerId: demoId.customer(1), currency: CURRENCY, branchId: demoId.branch(1) };
    const reference = { referenceType: 'store_credit', referenceId: demoId.customer(1) };
    const expiresAt = new Date(now + 90 * DAY_MS);
    await grantStoreCredit(tx, ctx, {
      ...credit,
      ...reference,
      amount: new Decimal(10),
      expiresAt,
      reason: 'Welcome',
    });
    await grantStoreCredit(tx, ctx, {
      ...credit,
      ...reference,
      amount: new Decimal(7.5),
      reason: 'Broken eggs',
    });
  });
}
