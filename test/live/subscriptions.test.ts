import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { moveStock, warehouseOfBranch, type VariantIdentity } from '#subgraphs/inventory/index';
import { eventually } from '#test/harness/patience';
import { disposeClients, graphqlClient, listen } from '#test/live/clients';
import { startLive, type LivePlatform, type LiveShop } from '#test/live/live-shop';

let platform: LivePlatform;
let shop: LiveShop;
beforeAll(async () => {
  platform = await startLive();
  shop = await platform.openShop();
}, 60_000);
afterAll(() => platform.stop());

const counts = () => platform.platform.live.counts();
const subscribers = (count: number) =>
  eventually(
    () => counts().subscribers === count && counts().upstreams > 0,
    () => JSON.stringify(counts()),
  );

const STOCK = `subscription ($productId: ID, $since: String) {
  stockChanged(productId: $productId, since: $since) { cursor sku onHand delta reason product { name } variant { id sku } warehouse { name } branch { name } }
}`;

interface Stock {
  stockChanged: { cursor: string; onHand: string; delta: string; reason: string; product: { name: string } };
}

describe('subscriptions over graphql-ws', () => {
  afterEach(async () => {
    await disposeClients();
    await eventually(
      () => counts().subscribers === 0 && counts().upstreams === 0 && counts().sockets === 0,
      () => JSON.stringify(counts()),
    );
  });

  it('bring events with fields from other subgraphs', async () => {
    const { productId, variantId } = await shop.product('Green tea');
    const client = graphqlClient(platform.url, shop.token);
    const heard = listen<Stock>(client, STOCK, { productId });
    await subscribers(1);
    await shop.adjust(productId, -3);
    const [first] = await heard.until(1);
    expect(first!.errors).toBeUndefined();
    expect(first!.data!.stockChanged).toMatchObject({
      onHand: '97',
      delta: '-3',
      product: { name: 'Green tea' },
      variant: { id: variantId },
      warehouse: { name: expect.any(String) as unknown },
      branch: { name: expect.any(String) as unknown },
    });
    await client.dispose();
  });

  it('are shared: 200 equal subscribers cost one execution an event', async () => {
    const { productId } = await shop.product('Black tea');
    const clients = Array.from({ length: 40 }, () => graphqlClient(platform.url, shop.token));
    const heard = clients.flatMap((client) =>
      Array.from({ length: 5 }, () => listen<Stock>(client, STOCK, { productId })),
    );
    await subscribers(200);
    expect(counts().upstreams).toBe(1);
    const before = counts().executions;
    // Of levels of one item that come at once only the last is told, so each waits until the one before was heard.
    for (const [index, quantity] of [-1, -2, -3].entries()) {
      await shop.adjust(productId, quantity);
      for (const each of heard) await each.until(index + 1);
    }
    expect(counts().executions - before).toBe(3);
    for (const each of heard)
      expect(each.items.map(({ data }) => data!.stockChanged.onHand)).toEqual(['99', '97', '94']);
    for (const client of clients) await client.dispose();
  });

  it('go on from a cursor without a gap or a double, while others write', async () => {
    const { productId } = await shop.product('White tea');
    const client = graphqlClient(platform.url, shop.token);
    const first = listen<Stock>(client, STOCK, { productId });
    await subscribers(1);
    await shop.adjust(productId, -1);
    const [seen] = await first.until(1);
    first.stop();
    const writes = Array.from({ length: 60 }, (_, index) =>
      sleep(index * 5).then(() => shop.adjust(productId, -1)),
    );
    await sleep(120);
    const second = listen<Stock>(client, STOCK, { productId, since: seen!.data!.stockChanged.cursor });
    await Promise.all(writes);
    await eventually(
      () => second.items.at(-1)?.data?.stockChanged.onHand === '39',
      () => JSON.stringify(second),
    );
    // The last level may have been told in one with those before it, which live events of one key may be; the past is told whole.
    const levels = second.items.map(({ data }) => Number(data!.stockChanged.onHand));
    expect([...levels].sort((a, b) => b - a)).toEqual(levels);
    expect(new Set(levels).size).toBe(levels.length);
    // The first that was written behind the cursor; of two changes at once, that need not be the one that had the level first.
    const feed = await platform.rest(
      'GET',
      `/api/v1/events?since=${seen!.data!.stockChanged.cursor}&types=stock.changed&size=100`,
      { token: shop.token },
    );
    const written = (
      feed.body as { items: { data: { product_id: string; on_hand: string } }[] }
    ).items.filter(({ data }) => data.product_id === productId);
    expect(written).toHaveLength(60);
    expect(levels[0]).toBe(Number(written[0]!.data.on_hand));
    second.stop();
    await client.dispose();
  });

  it('never tell an older level after a newer one, live or from a cursor', async () => {
    const { productId, variantId } = await shop.product('Jasmine tea');
    const client = graphqlClient(platform.url, shop.token);
    const start = (await platform.rest('GET', '/api/v1/events?since=now', { token: shop.token })).body as {
      next_cursor: string;
    };
    const heard = listen<Stock>(client, STOCK, { productId, since: start.next_cursor });
    await subscribers(1);
    const { ctx, branchId } = shop;
    const warehouseId = await warehouseOfBranch(ctx.db, branchId);
    await transact(ctx, async (tx) => {
      // Numbered before the other one, which has the level first.
      await tx.run(sql`select pg_current_xact_id()`);
      await shop.adjust(productId, -1);
      const item = await tx.one<VariantIdentity>(
        sql`select variant_id, product_id, sku from stock_levels where variant_id = ${variantId}::uuid`,
      );
      const move = {
        ...item,
        warehouseId,
        quantity: new Decimal(-2),
        kind: 'adjustment',
        referenceType: 'test',
        referenceId: variantId,
      } as const;
      await moveStock(tx, ctx, [move]);
    });
    await heard.until(1);
    await shop.adjust(productId, -1);
    await heard.until(2);
    const again = listen<Stock>(client, STOCK, { productId, since: start.next_cursor });
    await again.until(2);
    await shop.adjust(productId, -1);
    const levels = async (each: typeof heard) =>
      (await each.until(3)).map(({ data }) => data!.stockChanged.onHand);
    expect(await levels(heard)).toEqual(['97', '96', '95']);
    expect(await levels(again)).toEqual(['97', '96', '95']);
    await client.dispose();
  });

  it('tell sales in order without a gap, from a cursor, under concurrent writes', async () => {
    const registerId = await openRegister(shop);
    const { productId } = await shop.product('Oolong', 500);
    const client = graphqlClient(platform.url, shop.token);
    const SALES =
      'subscription ($since: String) { saleCompleted(since: $since) { cursor number total order { id register { name } items { product { name } } } } }';
    interface Sale {
      saleCompleted: { cursor: string; number: string; total: string; order: unknown };
    }
    const first = listen<Sale>(client, SALES);
    await subscribers(1);
    await sell(registerId, productId);
    const [seen] = await first.until(1);
    expect(seen!.data!.saleCompleted).toMatchObject({
      total: '2.50',
      order: { register: { name: 'Till' }, items: [{ product: { name: 'Oolong' } }] },
    });
    first.stop();
    const sales = Array.from({ length: 30 }, (_, index) =>
      sleep(index * 8).then(() => sell(registerId, productId)),
    );
    await sleep(100);
    const second = listen<Sale>(client, SALES, { since: seen!.data!.saleCompleted.cursor });
    const numbers = await Promise.all(sales);
    await second.until(30);
    await sleep(100);
    const heard = second.items.map(({ data }) => data!.saleCompleted.number);
    expect([...heard].sort()).toEqual([...numbers].sort());
    expect(new Set(heard).size).toBe(30);
    await client.dispose();
  }, 20_000);

  it('tell how the day stands at once, to those who join later too, and after each sale', async () => {
    const own = await platform.openShop();
    const registerId = await openRegister(own);
    const { productId } = await own.product('Rooibos');
    const TODAY = 'subscription { salesToday { date salesCount netSales branch { name } } }';
    const client = graphqlClient(platform.url, own.token);
    const first = listen<{ salesToday: { salesCount: number; netSales: string } }>(client, TODAY);
    await first.until(1);
    expect(first.items[0]!.data!.salesToday).toMatchObject({ salesCount: 0, netSales: '0.00' });
    await sell(registerId, productId, own);
    await first.until(2);
    expect(first.items.at(-1)!.data!.salesToday).toMatchObject({ salesCount: 1, netSales: '2.50' });
    const second = listen<{ salesToday: { salesCount: number } }>(client, TODAY);
    await second.until(1);
    expect(second.items[0]!.data!.salesToday).toMatchObject({ salesCount: 1 });
    expect(counts().upstreams).toBe(1);
    await client.dispose();
  });

  it('tell what happens at a register', async () => {
    const own = await platform.openShop();
    const client = graphqlClient(platform.url, own.token);
    const heard = listen<{ registerChanged: object }>(
      client,
      'subscription { registerChanged { status register { name session { openingFloat } } } }',
    );
    await subscribers(1);
    const registerId = await openRegister(own);
    await heard.until(2);
    const key = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x;
    const device = { register_id: registerId, name: 'Tablet', public_key: key };
    const devices = '/api/v1/pos/register-devices';
    const registered = await platform.rest('POST', devices, { token: own.token, body: device });
    await heard.until(3);
    const { id } = registered.body as { id: string };
    await platform.rest('DELETE', `${devices}/${id}`, { token: own.token });
    await heard.until(4);
    expect(heard.items.map(({ data }) => data!.registerChanged)).toEqual([
      // The register as it stands when the event is told, which may be after it was opened.
      expect.objectContaining({
        status: 'closed',
        register: expect.objectContaining({ name: 'Till' }) as unknown,
      }),
      // Opened, then its device registered and revoked.
      ...Array.from({ length: 3 }, () => ({
        status: 'open',
        register: { name: 'Till', session: { openingFloat: '50.00' } },
      })),
    ]);
    await client.dispose();
  });

  it('bring the payments of an order as they change, and not those of others', async () => {
    const { productId } = await shop.product('Assam', 10);
    const client = graphqlClient(platform.url, shop.token);
    const place = async () => {
      const create = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }';
      const input = { channel: 'phone', items: [{ productId }] };
      const { data } = await platform.graphql(create, { input }, shop.token);
      return (data as { createOrder: { id: string } }).createOrder.id;
    };
    const pay = async (orderId: string) => {
      const process = 'mutation ($input: ProcessPaymentInput!) { processPayment(input: $input) { id } }';
      const input = { method: 'card', providerToken: 'tok_approved', capture: false, orderId };
      const { data } = await platform.graphql(process, { input }, shop.token);
      return (data as { processPayment: { id: string } }).processPayment.id;
    };
    const [orderId, other] = [await place(), await place()];
    const heard = listen<{ paymentChanged: { status: string } }>(
      client,
      `subscription { paymentChanged(orderId: "${orderId}") { status paymentId orderId amount capturedAmount } }`,
    );
    await subscribers(1);
    await pay(other);
    const paymentId = await pay(orderId);
    const cancel = 'mutation ($id: ID!) { cancelOrder(id: $id) { id } }';
    await platform.graphql(cancel, { id: orderId }, shop.token);
    await heard.until(3);
    const change = { paymentId, orderId, amount: '2.50', capturedAmount: '0.00' };
    expect(heard.items.map(({ data }) => data!.paymentChanged)).toEqual(
      ['pending', 'authorized', 'voided'].map((status) => ({ ...change, status })),
    );
    await client.dispose();
  }, 20_000);

  it('bring levels as they fall to their reorder point', async () => {
    const { productId } = await shop.product('Sencha', 10);
    const set = 'mutation ($input: SetReorderPointInput!) { setReorderPoint(input: $input) { id } }';
    const { errors } = await platform.graphql(
      set.replace('{ id }', '{ sku }'),
      { input: { productId, reorderPoint: '8' } },
      shop.token,
    );
    expect(errors).toBeUndefined();
    const client = graphqlClient(platform.url, shop.token);
    const heard = listen<{ lowStock: object }>(
      client,
      'subscription { lowStock { available reorderPoint product { name } } }',
    );
    await subscribers(1);
    for (const quantity of [-1, -1, -1]) await shop.adjust(productId, quantity);
    await heard.until(1);
    await sleep(50);
    expect(heard.items.map(({ data }) => data!.lowStock)).toEqual([
      { available: '8', reorderPoint: '8', product: { name: 'Sencha' } },
    ]);
    await client.dispose();
  });

  it('never tell of another organization, nor of another branch', async () => {
    const other = await platform.openShop();
    const mine = await shop.product('Mate');
    const theirs = await other.product('Mate');
    const client = graphqlClient(platform.url, shop.token);
    const heard = listen<Stock>(client, STOCK);
    const elsewhere = listen<Stock>(
      client,
      STOCK.replace('$productId: ID, ', '').replace(
        'productId: $productId',
        `branchId: "${await shop.branch('Harbour')}"`,
      ),
    );
    await subscribers(2);
    await other.adjust(theirs.productId, -1);
    await shop.adjust(mine.productId, -2);
    await heard.until(1);
    await sleep(100);
    expect(heard.items.map(({ data }) => data!.stockChanged.delta)).toEqual(['-2']);
    expect(elsewhere.items).toEqual([]);
    const foreign = listen<Stock>(
      client,
      `subscription { stockChanged(branchId: "${other.branchId}") { sku } }`,
    );
    await foreign.until(1);
    expect(foreign.items[0]!.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    await client.dispose();
  });
});

describe('a subscription is refused', () => {
  const refusal = async (token: string, query: string, variables: Record<string, unknown> = {}) => {
    const client = graphqlClient(platform.url, token);
    const heard = listen<object>(client, query, variables);
    await eventually(() => heard.items.length + heard.errors.length > 0);
    await client.dispose();
    const errors = heard.items[0]?.errors ?? (heard.errors[0] as { extensions: { code: string } }[]);
    return errors.map(({ extensions }) => extensions?.code);
  };

  it('without the permission', async () => {
    const warehouse = await shop.colleague('warehouse');
    expect(await refusal(warehouse.token, 'subscription { salesToday { netSales } }')).toEqual(['FORBIDDEN']);
  });

  it.each([
    ['that is no valid document', 'subscription { stockChanged { nothing } }', 'QUERY_INVALID'],
    ['that cannot be read', 'subscription {', 'QUERY_INVALID'],
    [
      'that is too deep',
      `subscription { saleCompleted { order { ${'originalOrder { '.repeat(12)} id ${'} '.repeat(12)} } } }`,
      'QUERY_TOO_COSTLY',
    ],
    [
      'that costs too much',
      `subscription { saleCompleted { order { customer { orders(size: 1000) { items { items { product { variants { id } } } } } } } } }`,
      'QUERY_TOO_COSTLY',
    ],
    ['that is a query', '{ me { id } }', 'BAD_REQUEST'],
    ['with a cursor that is none', 'subscription { stockChanged(since: "x") { sku } }', 'CURSOR_INVALID'],
    ['for an unknown register', 'subscription { registerChanged(registerId: "x") { status } }', 'NOT_FOUND'],
  ])('%s', async (_, query, code) => {
    expect(await refusal(shop.token, query)).toEqual([code]);
  });

  it('beyond fifty on one socket', async () => {
    const client = graphqlClient(platform.url, shop.token);
    const heard = Array.from({ length: 51 }, () => listen<Stock>(client, STOCK));
    await eventually(() => heard.some(({ errors }) => errors.length > 0));
    expect(heard.filter(({ errors }) => errors.length > 0)).toHaveLength(1);
    await client.dispose();
  });
});

async function openRegister(own: LiveShop): Promise<string> {
  const created = await platform.rest('POST', '/api/v1/pos/registers', {
    token: own.token,
    body: { name: 'Till', code: 'T1' },
  });
  const { id } = created.body as { id: string };
  const opened = await platform.rest('POST', '/api/v1/pos/register/open', {
    token: own.token,
    body: { register_id: id, opening_float: '50' },
  });
  expect(opened.status).toBe(201);
  return id;
}

async function sell(registerId: string, productId: string, own: LiveShop = shop): Promise<string> {
  const body = {
    register_id: registerId,
    items: [{ product_id: productId, quantity: 1 }],
    payment_method: 'cash',
  };
  const answer = await platform.rest('POST', '/api/v1/pos/checkout', { token: own.token, body });
  const { number } = answer.body as { number?: string };
  if (!number) throw new Error(answer.text);
  return number;
}
