/** The vendors of the demo shop, in every status, and the goods, the commission and the sales of one of them. */
import type { RequestContext, Services } from '#kernel/context';
import { passwords } from '#kernel/auth/passwords';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { createUser } from '#subgraphs/auth/index';
import { insertProducts } from '#subgraphs/catalog/index';
import { createOrder, partiallyRefundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import {
  createCommissionRule,
  createVendor,
  moveVendor,
  payoutVendor,
  updateVendorSettings,
} from '#subgraphs/vendors/index';
import { demoId } from './ids';
import { CATEGORIES, TAX_CLASSES } from './products';
import { DEMO_PASSWORD, demoContext } from './shop';

const CASHIER = 3;
/** The rule that the examples of the API delete. */
const SPARE = 99;

/** The vendors whose goods are due at once: one for a payout of its own, one for the run of all. */
const PAID = 7;
const PAID_BY_RUN = 2;
/** A run omits the first of them. */
const MINIMUM_PAYOUT = new Decimal(50);

/** By the number of their ids. The examples change 2, review 3, approve 4, suspend 5 and close 6. */
const VENDORS = [
  { number: 1, name: 'Riverbank Ceramics', iban: 'DE89370400440532013000', approved: true },
  { number: 2, name: 'Copper Kettle Works', iban: 'NL91ABNA0417164300', approved: true },
  { number: 3, name: 'Lakeside Candles', iban: null, approved: false },
  { number: 4, name: 'Alpine Honey', iban: 'AT611904300234573201', approved: false },
  { number: 5, name: 'Old Town Prints', iban: 'FR1420041010050500013M02606', approved: true },
  { number: 6, name: 'Sunday Market', iban: null, approved: true },
  { number: PAID, name: 'Bayside Linen', iban: 'BE71096123456769', approved: true },
] as const;

const PRODUCTS = [
  { number: 9101, name: 'Stoneware mug', sku: 'RIVERBANK-MUG', price: '18.00', vendor: 1 },
  { number: 9102, name: 'Serving bowl', sku: 'RIVERBANK-BOWL', price: '42.00', vendor: 1 },
  { number: 9103, name: 'Teapot', sku: 'RIVERBANK-TEAPOT', price: '59.00', vendor: 1 },
  { number: 9104, name: 'Linen towel', sku: 'BAYSIDE-TOWEL', price: '24.00', vendor: PAID },
  { number: 9105, name: 'Copper kettle', sku: 'COPPER-KETTLE', price: '89.00', vendor: PAID_BY_RUN },
] as const;

/** Users of the first vendor. The example of disabling one uses the second. */
const PEOPLE = [
  { number: 6, email: 'vendor@pospro.com', name: 'Rita River' },
  { number: 7, email: 'former-vendor@pospro.com', name: 'Robin River' },
] as const;

export async function seedVendors(services: Services): Promise<void> {
  const ctx = demoContext(services, 1);
  for (const { number, name, iban, approved } of VENDORS) {
    const id = demoId.vendor(number);
    const bankAccount = iban === null ? null : { holder: name, iban };
    const holdDays = number === PAID || number === PAID_BY_RUN ? 0 : 14;
    await createVendor(ctx, { name, bankAccount, holdDays, commissionTaxRate: new Decimal(19) }, id);
    if (approved) await moveVendor(ctx, id, 'approve', { reason: 'Contract signed' });
  }
  await seedPeople(services);
  const products = PRODUCTS.map(({ vendor, number, name, sku, price }) => ({
    id: demoId.product(number),
    name,
    vendorId: demoId.vendor(vendor),
    categoryId: CATEGORIES[0]!.id,
    taxClassId: TAX_CLASSES[0]!.id,
    trackStock: false,
    variants: [
      {
        ...{ id: demoId.variant(number), sku, price: new Decimal(price), barcodes: [] },
        weight: new Decimal('0.4'),
      },
    ],
  }));
  await transact(ctx, (tx) => insertProducts(tx, ctx, products));
  await seedCommission(ctx);
  await seedSales(services);
  await seedPayout(services);
}

async function seedPeople(services: Services): Promise<void> {
  const passwordHash = await passwords.hash(DEMO_PASSWORD);
  const place = { organizationId: demoId.organization(1), vendorId: demoId.vendor(1), role: 'vendor' };
  for (const { number, email, name } of PEOPLE)
    await createUser(services, { id: demoId.user(number), email, name, ...place, passwordHash });
}

/** The first rule that applies decides: a percentage for a single product, one that falls with the sales of the month for all others. */
async function seedCommission(ctx: RequestContext): Promise<void> {
  await createCommissionRule(
    ctx,
    {
      name: 'Teapots',
      kind: 'percent',
      value: new Decimal(20),
      productIds: [demoId.product(PRODUCTS[2].number)],
    },
    demoId.commissionRule(1),
  );
  const tier = (from: number, percent: number) => ({
    from: new Decimal(from),
    percent: new Decimal(percent),
  });
  await createCommissionRule(
    ctx,
    { name: 'All goods', kind: 'percent', tiers: [tier(0, 15), tier(1000, 10)] },
    demoId.commissionRule(2),
  );
  const spare = { name: 'Old contract', kind: 'fixed', value: new Decimal(1) } as const;
  await createCommissionRule(ctx, { ...spare, vendorIds: [demoId.vendor(6)] }, demoId.commissionRule(SPARE));
}

/** A sale at the till of which a part came back, and an order of the web shop. */
async function seedSales(services: Services): Promise<void> {
  const ctx = demoContext(services, 1, CASHIER);
  const { order } = await checkout(ctx, {
    items: [{ sku: 'RIVERBANK-MUG', quantity: new Decimal(4) }, { sku: 'RIVERBANK-TEAPOT' }],
    registerId: demoId.register(1),
    paymentMethod: 'card',
  });
  await partiallyRefundOrder(demoContext(services, 1), order.id, {
    items: [{ sku: 'RIVERBANK-MUG', quantity: new Decimal(1) }],
    reason: 'Cracked',
  });
  await createOrder(demoContext(services, 1), {
    channel: 'phone',
    status: 'confirmed',
    items: [{ sku: 'RIVERBANK-BOWL' }],
    customerId: demoId.customer(2),
    shipping: { amount: new Decimal('4.90') },
  });
}

/** A payout that the bank does not have yet, and sales that the next ones pay. */
async function seedPayout(services: Services): Promise<void> {
  const manager = demoContext(services, 1);
  const sell = (sku: string, quantity: number) =>
    checkout(demoContext(services, 1, CASHIER), {
      items: [{ sku, quantity: new Decimal(quantity) }],
      registerId: demoId.register(1),
      paymentMethod: 'card',
    });
  await updateVendorSettings(manager, {
    payerAccount: { holder: 'PosPro Demo Shop', iban: 'DE75512108001245126199' },
    minimumPayout: MINIMUM_PAYOUT,
  });
  await sell('BAYSIDE-TOWEL', 2);
  const ids = { payoutId: demoId.vendorPayout(1), runId: demoId.vendorPayoutRun(1) };
  await payoutVendor(manager, demoId.vendor(PAID), {}, ids);
  await sell('BAYSIDE-TOWEL', 1);
  await sell('COPPER-KETTLE', 1);
}
