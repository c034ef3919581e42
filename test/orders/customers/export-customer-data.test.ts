/** A customer's data is exported whole: a row of each kind comes back, and no table or column of customers is forgotten. */
import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { addCustomerAddress } from '#subgraphs/customers/addresses';
import { addCustomerCard } from '#subgraphs/customers/cards/customer-cards';
import { recordConsent } from '#subgraphs/customers/consents/consents';
import { recordCreditPayment } from '#subgraphs/customers/credit';
import { createCustomer } from '#subgraphs/customers/customers';
import { createCustomerGroup } from '#subgraphs/customers/groups/customer-groups';
import { setCustomerGroups } from '#subgraphs/customers/groups/group-members';
import { createCampaign, activateCampaign } from '#subgraphs/marketing/campaigns/campaigns';
import { addLoyaltyPoints, redeemLoyaltyPoints } from '#subgraphs/marketing/loyalty/manual-points';
import { updateLoyaltyProgram } from '#subgraphs/marketing/loyalty/program';
import { discountCodes } from '#subgraphs/marketing/tables.generated';
import { addToCart } from '#subgraphs/orders/cart/cart-items';
import { mergeCarts } from '#subgraphs/orders/cart/merge-carts';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { exportCustomerData, type ExportedRecord } from '#subgraphs/orders/customers/export-customer-data';
import { mergeCustomers } from '#subgraphs/orders/customers/merge-customers';
import { RECORDS_OF_CUSTOMERS } from '#subgraphs/orders/customers/order-records';
import { shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import { processPayment } from '#subgraphs/orders/payments/process-payment';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { trainingSales } from '#subgraphs/orders/tables.generated';
import { issueGiftCard } from '#subgraphs/payments/gift-cards/gift-cards';
import { grantStoreCreditByHand } from '#subgraphs/payments/store-credit/store-credits';
import { checkout, parkBasket } from '#subgraphs/pos/index';
import { createTicket } from '#subgraphs/support/index';
import { ticketAttachments } from '#subgraphs/support/tables.generated';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, expectError } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
});
afterAll(() => db.close());

/** The pages of an export, one after the other. */
async function exportAll(customerId: string, size?: number): Promise<ExportedRecord[]> {
  const records: ExportedRecord[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await exportCustomerData(till.ctx, customerId, { cursor, size });
    records.push(...page.records);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return JSON.parse(JSON.stringify(records)) as ExportedRecord[];
}

/** Seeds a customer with a row of every kind. */
async function seed(): Promise<string> {
  const { ctx, registerId, branchId } = till;
  const { id } = await createCustomer(ctx, {
    name: 'Ada',
    email: 'ada@example.com',
    creditLimit: amount(50),
  });
  const { id: double } = await createCustomer(ctx, { name: 'Ada F.', notes: 'Rings' });
  await addCustomerAddress(ctx, double, { line1: 'Street 1', city: 'Berlin', country: 'DE' });
  await addCustomerCard(ctx, id, { number: 'CARD-1' });
  await recordConsent(ctx, id, { purpose: 'email', granted: true, source: 'web' });
  const group = await createCustomerGroup(ctx, { name: 'Regulars' });
  await setCustomerGroups(ctx, id, { groupIds: [group.id] });
  const campaign = await createCampaign(ctx, {
    name: 'Ten',
    action: { type: 'percent', percent: amount(10) },
  });
  await activateCampaign(ctx, campaign.id);
  const items = [{ sku: 'TEA', quantity: amount(2) }];
  const sale = { registerId, customerId: double, items };
  await checkout(ctx, { ...sale, paymentMethod: 'credit', customerId: id });
  await recordCreditPayment(ctx, id, { amount: amount(5), method: 'card' });
  const order = { channel: 'web' as const, customerId: double, items, status: 'confirmed' as const };
  const placed = await createOrder(ctx, { ...order, payments: [{ method: 'card', amount: amount(1) }] });
  await shipOrder(ctx, placed.order.id, { carrier: 'Post' });
  await mergeCarts(ctx, {
    cartId: await addToCart(ctx, { sku: 'TEA', quantity: amount(1) }),
    customerId: double,
  });
  await processPayment(ctx, { method: 'card', amount: amount(7), customerId: id, branchId });
  await issueGiftCard(ctx, { amount: amount(25), customerId: id });
  await grantStoreCreditByHand(ctx, id, { amount: amount(15) });
  await updateLoyaltyProgram(ctx, { active: true, earnRate: amount(1), pointValue: amount('0.01') });
  await addLoyaltyPoints(ctx, id, { points: 100, reason: 'Gift' });
  await redeemLoyaltyPoints(ctx, id, { points: 40, reason: 'Till' });
  await parkBasket(ctx, { ...sale, label: 'Ada' });
  const { id: ticketId } = await createTicket(ctx, {
    subject: 'Kettle',
    body: 'It leaks.',
    customerId: double,
  });
  await transact(ctx, async (tx) => {
    const owner = { id: ctx.ids.next(), organizationId: tx.organizationId, createdAt: tx.now };
    const code = { ...owner, campaignId: campaign.id, code: 'ADA', codeKey: 'ADA', customerId: id };
    await tx.run(discountCodes.insert(code));
    const message = await tx.one<{ id: string }>(
      sql`select id from ticket_messages where ticket_id = ${ticketId}`,
    );
    const file = {
      filename: 'lid.png',
      contentType: 'image/png',
      size: 3,
      hash: 'abc',
      storageKey: 'support/lid',
    };
    await tx.run(
      ticketAttachments.insert({ ...owner, id: ctx.ids.next(), ticketId, messageId: message.id, ...file }),
    );
    const training = { order: { customerId: id } };
    await tx.run(
      trainingSales.insert({
        ...owner,
        id: ctx.ids.next(),
        registerSessionId: till.sessionId,
        sale: training,
      }),
    );
  });
  await mergeCustomers(ctx, id, { duplicateId: double });
  return id;
}

it('gives each row of every kind back, once, in pages of any size', async () => {
  const id = await seed();
  const records = await exportAll(id);
  expect([...new Set(records.map(({ kind }) => kind))]).toEqual(RECORDS_OF_CUSTOMERS.map(({ kind }) => kind));
  for (const { kind, parts = {} } of RECORDS_OF_CUSTOMERS)
    for (const name of Object.keys(parts)) {
      const column = name === 'lotUses' ? 'lot_uses' : name;
      const rows = records
        .filter((one) => one.kind === kind)
        .flatMap(({ data }) => data[column] as unknown[]);
      expect([kind, name, rows.length > 0]).toEqual([kind, name, true]);
    }
  const of = (kind: string) => records.filter((record) => record.kind === kind).map(({ data }) => data);
  // Both customers, of whom the merged one has no data any more, and the orders of both.
  expect(of('customer')).toEqual([
    expect.objectContaining({
      id,
      name: 'Ada',
      email: 'ada@example.com',
      notes: 'Rings',
      merged_into_id: null,
    }),
    expect.objectContaining({ name: 'Deleted customer', notes: null, merged_into_id: id }),
  ]);
  expect(of('order')).toEqual([
    expect.objectContaining({
      total: '6.3',
      lines: [expect.objectContaining({ sku: 'TEA', quantity: '2', total: '6.3' })],
      payments: [expect.objectContaining({ method: 'credit', amount: '6.3' })],
    }),
    expect.objectContaining({ channel: 'web', payments: [expect.objectContaining({ amount: '1' })] }),
  ]);
  expect(of('gift_card')).toEqual([
    expect.objectContaining({ balance: '25', entries: [expect.objectContaining({ kind: 'issue' })] }),
  ]);
  expect(await exportAll(id, 1)).toEqual(records);
  expect(await exportAll(id, 7)).toEqual(records);
});

/** Tables with a customer that are not exported, with the reason. */
const NOT_EXPORTED: Readonly<Record<string, string>> = {
  customer_keys: 'derived from name, number and address',
  order_day_customers: 'sums over the exported orders',
  report_lifetime_customers: 'an estimate, derived from the exported orders',
};
/** Columns that are not exported, with the reason. */
const NOT_SHOWN: Readonly<Record<string, string>> = {
  'customers.search_text': 'derived',
  'customers.search_grams': 'derived',
  'order_lines.cost': 'a figure of the shop',
  'order_lines.unit_cost': 'a figure of the shop',
  'order_shipment_lines.unit_cost': 'a figure of the shop',
  'gift_cards.code_hash': 'a secret',
  'payment_intents.next_action': 'a secret of the provider',
  'payment_attempts.card_token': 'a secret of the provider',
  'ticket_attachments.hash': 'derived',
  'ticket_attachments.organization_id': 'the shop',
  'ticket_attachments.storage_key': 'a place in the storage',
};

it('forgets no table with a customer, and no column of the exported ones', async () => {
  const { system } = db.services.database;
  const columns = await system.many<{ table: string; column: string }>(sql`
    select c.relname as table, a.attname as column
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.atttypid <> 'xid8'::regtype`);
  const exported = RECORDS_OF_CUSTOMERS.flatMap(({ table, parts = {} }) => [
    table,
    ...Object.values(parts).map((part) => part.table),
  ]);
  const names = new Set(exported.map(({ name }) => name));
  const withCustomer = new Set(
    columns.filter(({ column }) => column === 'customer_id').map(({ table }) => table),
  );
  expect([...withCustomer].filter((name) => !names.has(name) && !(name in NOT_EXPORTED))).toEqual([]);
  const shown = new Set(exported.flatMap((table) => table.select(table.name).sql.split(', ')));
  const missing = columns
    .filter(({ table }) => names.has(table))
    .map(({ table, column }) => `${table}.${column}`)
    .filter((column) => !shown.has(column) && !shown.has(column.replace(/\..*/, '.*')));
  expect(missing.sort()).toEqual(Object.keys(NOT_SHOWN).sort());
});

it('is recorded page by page, and answers 404 to strangers and for the erased', async () => {
  const { ctx } = till;
  const { id } = await createCustomer(ctx, { name: 'Eva' });
  const operation = { name: 'exportCustomerData', input: { id } };
  const page = await exportCustomerData(till.request({ operation }), id, { size: 1 });
  expect(page).toMatchObject({ customerId: id, nextCursor: null, records: [{ kind: 'customer' }] });
  const entries = await db.services.database.system.many(
    sql`select operation from audit_entries where operation = 'exportCustomerData' and input::text like ${`%${id}%`}`,
  );
  expect(entries).toHaveLength(1);
  const stranger = await openTill(db);
  expect(await codeOf(exportCustomerData(stranger.ctx, id, {}))).toBe('NOT_FOUND');
  expect(await codeOf(exportCustomerData(ctx, randomUUID(), {}))).toBe('NOT_FOUND');
  expect(await codeOf(exportCustomerData(ctx, id, { size: 1_001 }))).toBe('VALIDATION_FAILED');
  for (const cursor of ['x', Buffer.from('["order","x"]').toString('base64url')])
    await expectError('CURSOR_INVALID', exportCustomerData(ctx, id, { cursor }));
  await deleteCustomer(ctx, id);
  expect(await codeOf(exportCustomerData(ctx, id, {}))).toBe('NOT_FOUND');
});
