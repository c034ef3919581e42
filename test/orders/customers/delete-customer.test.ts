/** After an erasure, no row of the database holds what identified the customer; the books remain. */
import { raw, sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { addCustomerAddress } from '#subgraphs/customers/addresses';
import { addCustomerCard } from '#subgraphs/customers/cards/customer-cards';
import { recordConsent } from '#subgraphs/customers/consents/consents';
import { createCustomer, updateCustomer } from '#subgraphs/customers/customers';
import { postCredit } from '#subgraphs/customers/index';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { addToCart } from '#subgraphs/orders/cart/cart-items';
import { mergeCarts } from '#subgraphs/orders/cart/merge-carts';
import { updateCart } from '#subgraphs/orders/cart/update-cart';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { mergeCustomers } from '#subgraphs/orders/customers/merge-customers';
import { checkout, parkBasket } from '#subgraphs/pos/index';
import type { OfflineSaleInput } from '#subgraphs/pos/inputs.generated';
import { heldOfflineSales, rejectOfflineSale } from '#subgraphs/pos/offline/held-sales';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

const TOKEN = 'qxzvfnord';
/** Digits that occur nowhere else. */
const PHONE = '+49 30 7391846';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
});
afterAll(() => db.close());

/** The tables with a row that has the text, in any column. */
async function tablesWith(text: string): Promise<string[]> {
  const { system } = db.services.database;
  const tables = await system.many<{ name: string }>(
    sql`select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'select')
      order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const pattern = `%${text}%`;
    const rows = await system.many(
      sql`select 1 as one from ${raw(name)} t where t::text ilike ${pattern} limit 1`,
    );
    if (rows.length > 0) found.push(name);
  }
  return found;
}

it('C7: leaves no trace of the customer, nor of one who was merged into this one', async () => {
  const named = {
    name: `Ada ${TOKEN}`,
    phone: PHONE,
    taxNumber: TOKEN,
    notes: TOKEN,
    tags: [TOKEN],
    code: TOKEN,
  };
  const ada = await createCustomer(till.ctx, {
    ...named,
    email: `${TOKEN}@example.com`,
    marketingConsent: true,
  });
  const double = await createCustomer(till.ctx, { ...named, code: null, email: `b${TOKEN}@example.com` });
  await updateCustomer(till.ctx, ada.id, { name: `Ada ${TOKEN} Fischer` });
  const address = { line1: TOKEN, city: TOKEN, country: 'DE', recipient: TOKEN, label: TOKEN };
  await addCustomerAddress(till.ctx, double.id, address);
  await addCustomerCard(till.ctx, double.id, { number: `${TOKEN}1`, label: TOKEN });
  const consent = { purpose: 'email', granted: true, source: 'web', note: TOKEN } as const;
  await recordConsent(till.request({ idempotencyKey: 'consent' }), ada.id, consent);
  const items = [{ sku: 'TEA', quantity: amount(1), note: `For ${TOKEN}` }];
  const sale = { registerId: till.registerId, items, note: `For ${TOKEN}` };
  const key = till.request({ idempotencyKey: 'sale' });
  const { order } = await checkout(key, { ...sale, customerId: ada.id, paymentMethod: 'card' });
  await parkBasket(till.ctx, { ...sale, customerId: double.id, label: TOKEN });
  const place = { recipient: TOKEN, line1: TOKEN, city: TOKEN, postalCode: '10115', country: 'DE' };
  const contact = {
    email: `${TOKEN}@example.com`,
    phone: PHONE,
    shippingAddress: place,
    billingAddress: place,
  };
  await createOrder(till.ctx, { channel: 'web', items, customerId: double.id, note: TOKEN, ...contact });
  const cartId = await addToCart(till.ctx, { sku: 'TEA', quantity: amount(1), note: TOKEN });
  await updateCart(till.ctx, await mergeCarts(till.ctx, { cartId, customerId: ada.id }), {
    email: contact.email,
  });
  const offline = {
    ...sale,
    clientReference: 'posted',
    customerId: double.id,
    paymentMethod: 'card',
  } as const;
  const tooMany = [{ ...items[0]!, quantity: amount(100_000) }];
  const unposted = { ...offline, items: tooMany, customerId: ada.id };
  const sent = [
    offline,
    { ...unposted, clientReference: 'held' },
    { ...unposted, clientReference: 'rejected' },
  ];
  const results = await bookOfflineSales(till.ctx, sent);
  expect(results.map(({ status }) => status)).toEqual(['created', 'held', 'held']);
  const toReject = await heldOfflineSales(till.ctx, {});
  const { id: rejected } = toReject.items.find(({ clientReference }) => clientReference === 'rejected')!;
  await rejectOfflineSale(till.ctx, rejected, `${TOKEN} did not come`);
  await mergeCustomers(till.ctx, ada.id, { duplicateId: double.id });
  expect((await tablesWith(TOKEN)).length).toBeGreaterThan(5);

  await deleteCustomer(till.ctx, ada.id);
  expect(await tablesWith(TOKEN)).toEqual([]);
  for (const digits of ['7391846', '6481937'])
    expect([digits, await tablesWith(digits)]).toEqual([digits, []]);
  const kept = await db.services.database.system.one<{ total: unknown; customerId: string }>(
    sql`select total, customer_id from orders where id = ${order.id}`,
  );
  expect([String(kept.total), kept.customerId]).toEqual(['3.5', ada.id]);
  // The sale that waits for a decision is whole but for its notes.
  const { sale: waiting } = await db.services.database.system.one<{ sale: OfflineSaleInput }>(
    sql`select sale from pending_sales where client_reference = 'held'`,
  );
  expect(waiting).toMatchObject({
    customerId: ada.id,
    items: [{ sku: 'TEA', quantity: { $decimal: '100000' } }],
  });
  // The request must not be done twice, and its answer is gone.
  const again = checkout(till.request({ idempotencyKey: 'sale' }), {
    ...sale,
    customerId: ada.id,
    paymentMethod: 'card',
  });
  await expectError('IDEMPOTENCY_KEY_REUSED', again);
});

it('C7: is rejected while the account is not settled', async () => {
  const { id } = await createCustomer(till.ctx, { name: 'Eva' });
  const post = (sum: number) =>
    transact(till.ctx, (tx) =>
      postCredit(tx, till.ctx, {
        customerId: id,
        amount: amount(sum),
        kind: 'correction',
        referenceType: 'test',
        referenceId: id,
      }),
    );
  for (const sum of [5, -10]) {
    await post(sum);
    await expectError('ILLEGAL_STATE', deleteCustomer(till.ctx, id));
  }
  await post(5);
  expect(await deleteCustomer(till.ctx, id)).toEqual({ id, deleted: true });
});
