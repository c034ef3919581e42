/** Inventory over REST, as an integrator sees it: the steps of a transfer, and the ledger as CSV. */
import { randomUUID } from 'node:crypto';
import { createContext } from '#kernel/context';
import { signIn } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openStockedShop, type StockedShop } from '#test/inventory/stocked-shop';

let platform: TestPlatform;
let shop: StockedShop;
let token: string;
beforeAll(async () => {
  platform = await startTestPlatform();
  const { services } = platform;
  const db = {
    services,
    contextFor: (actor: Parameters<typeof createContext>[1]) =>
      createContext(services, actor, { requestId: randomUUID(), address: '127.0.0.1' }),
  };
  shop = await openStockedShop(db, 2);
  token = (await signIn(db, shop.owner.email)).accessToken;
}, 60_000);
afterAll(() => platform.stop());

const call = async <Body = Record<string, never>>(method: string, path: string, body?: unknown) => {
  const answer = await platform.rest(method, `/api/v1/inventory${path}`, { token, body });
  return { ...answer, body: answer.body as Body };
};

it('goes from the receipt over a transfer to a stock take, and writes the ledger out as CSV', async () => {
  const [main, harbour] = shop.warehouseIds;
  const sku = 'ITEM-1';
  const receipt = await call<{ id: string; total_cost: string; items: { batch_number: string }[] }>(
    'POST',
    '/receipts',
    {
      supplier_reference: 'DN-1',
      items: [{ sku, quantity: 10, unit_cost: '1.50', batch_number: 'L1, "new"', expires_on: '2030-01-31' }],
    },
  );
  expect([receipt.status, receipt.body.total_cost, receipt.body.items[0]!.batch_number]).toEqual([
    201,
    '15.00',
    'L1, "new"',
  ]);

  const ends = { from_warehouse_id: main, to_warehouse_id: harbour };
  const way = await call<{ id: string; status: string }>('POST', '/transfer', {
    ...ends,
    sku,
    quantity: '4',
    in_transit: true,
  });
  expect([way.status, way.body.status]).toEqual([201, 'sent']);
  const refused = await call<{ code: string; detail: string }>('POST', `/transfers/${way.body.id}/cancel`);
  expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
    409,
    'ILLEGAL_STATE',
    `The transfer is "sent" and cannot be cancelled.`,
  ]);
  const arrived = await call<{ status: string; items: Record<string, unknown>[] }>(
    'POST',
    `/transfers/${way.body.id}/receive`,
    {
      items: [{ line: 1, quantity: '3', reason: 'damage' }],
    },
  );
  expect(arrived.body).toMatchObject({
    status: 'received',
    items: [{ quantity: '4', received_quantity: '3', difference: '-1', reason: 'damage', to_level: '3' }],
  });

  const take = await call<{ id: string; lines_count: number }>('POST', '/stock-takes', {
    warehouse_id: main,
    name: 'Spring',
  });
  expect([take.status, take.body.lines_count]).toEqual([201, 1]);
  const counts = { items: [{ barcode: '4006381333931', quantity: 5 }] };
  const counted = await call<{ items: { difference: string }[] }>(
    'POST',
    `/stock-takes/${take.body.id}/counts`,
    counts,
  );
  expect(counted.body.items[0]!.difference).toBe('-1');
  const posted = await call('POST', `/stock-takes/${take.body.id}/post`, {});
  expect(posted.body).toMatchObject({ status: 'posted', differences_count: 1, difference_value: '-1.50' });

  const csv = await platform.rest(
    'GET',
    `/api/v1/inventory/stock-movements?format=csv&batch=${encodeURIComponent('L1, "new"')}&sort=created_at`,
    { token },
  );
  expect(csv.headers.get('content-type')).toContain('text/csv');
  const [header, ...rows] = csv.text.trimEnd().split('\r\n');
  const columns = header!.split(',');
  for (const name of [
    'id',
    'kind',
    'quantity',
    'level_after',
    'reference_id',
    'sku',
    'batch_number',
    'created_at',
  ])
    expect(columns).toContain(name);
  const at = columns.indexOf('kind');
  expect(rows.map((row) => row.split(',').slice(at, at + 3).join(' '))).toEqual([
    'receipt 10 10',
    'transfer_out -4 6',
    'transfer_in 4 4',
    'adjustment -1 3',
    'count -1 5',
  ]); // prettier-ignore
  expect(rows.every((row) => row.includes('"L1, ""new"""'))).toBe(true);

  for (const [filter, expected] of [
    [`kind=transfer_in&warehouse_id=${harbour}`, 1],
    [`reference=${way.body.id}`, 3],
    [`product_id=${shop.items[0]!.productId}&to=2020-01-01T00:00:00Z`, 0],
    [`variant_id=${shop.items[0]!.variantId}&from=2020-01-01T00:00:00Z`, 5],
  ] as const) {
    const list = await call<{ total: number }>('GET', `/stock-movements?${filter}`);
    expect([filter, list.body.total]).toEqual([filter, expected]);
  }
});

it('shows what is on its way with the levels and the warehouses', async () => {
  const [main, harbour] = shop.warehouseIds;
  await call('POST', '/transfers', {
    from_warehouse_id: main,
    to_warehouse_id: harbour,
    items: [{ sku: 'ITEM-1', quantity: 2 }],
    send: true,
  });
  const { data, errors } = await platform.graphql<Record<string, unknown>>(
    `query ($id: ID!) {
      warehouses(search: "HARBOUR") { items { incoming { sku quantity value product { name } } } }
      stockCheck(productId: $id) { here { incoming } elsewhere { incoming onHand } }
      inventoryValuation { inTransit { quantity value } totalQuantity }
    }`,
    { id: shop.items[0]!.productId },
    token,
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    warehouses: {
      items: [
        { incoming: [{ sku: 'ITEM-1', quantity: '2', value: '3.00', product: { name: 'Product ITEM-1' } }] },
      ],
    },
    stockCheck: { here: [{ incoming: '0' }], elsewhere: [{ incoming: '2', onHand: '3' }] },
    inventoryValuation: { inTransit: { quantity: '2', value: '3.00' }, totalQuantity: '6' },
  });
});

it('rounds what is on its way at an average cost of six places', async () => {
  const [main, harbour] = shop.warehouseIds;
  const { sku } = shop.items[1]!;
  await call('POST', '/receipts', {
    warehouse_id: main,
    items: [{ sku, quantity: 2, unit_cost: '1' }, { sku, quantity: 1, unit_cost: '1.50' }],
  }); // prettier-ignore
  const ends = { from_warehouse_id: main, to_warehouse_id: harbour };
  const sent = await call<{ id: string }>('POST', '/transfers', {
    ...ends,
    items: [{ sku, quantity: 2 }],
    send: true,
  });
  const { body } = await call<{ items: { incoming: { sku: string; value: string }[] }[] }>(
    'GET',
    '/warehouses',
  );
  // Two of three that cost 3.50 together.
  const shown = body.items.flatMap(({ incoming }) => incoming.map((row) => [row.sku, row.value]));
  expect(shown).toContainEqual([sku, '2.33']);
  await call('POST', `/transfers/${sent.body.id}/receive`, {});
});
