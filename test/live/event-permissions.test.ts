/**
 * Every type of event × everybody who holds one permission alone, by every way on which events are told: the feed, webhooks and their
 * deliveries, subscriptions, and the plain socket for stock. Nobody is told by an event what they may not read.
 */
import { ALL_SCOPES, type Scope } from '#kernel/auth/scopes';
import { createContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { demoId } from '#demo/ids';
import { PUBLIC_TYPES } from '#subgraphs/webhooks/event-catalog';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { eventually } from '#test/harness/patience';
import { disposeClients, graphqlClient, listen, plainSocket } from '#test/live/clients';

const CATALOG = [
  'barcode_rule.changed',
  'brand.changed',
  'category.changed',
  'import.finished',
  'price_list.changed',
  'product.changed',
  'tax_class.changed',
  'unit.changed',
];
const OPEN = [
  'branch.changed',
  'branch.created',
  'currency.changed',
  'exchange_rate.changed',
  'language.changed',
  'organization.changed',
  'translation.changed',
];
/** What each permission alone opens, beside what everybody may be told of. */
const TOLD: Readonly<Partial<Record<Scope, readonly string[]>>> = {
  'admin:backup': ['backup.finished'],
  'catalog:read': CATALOG,
  'customers:read': [
    'customer.changed',
    'customer.erased',
    'customer.merged',
    'customer_group.changed',
    'customer_segment.changed',
    'customer_tier.changed',
    'points.changed',
  ],
  'finance:read': ['tax_period.closed'],
  'inventory:read': ['stock.changed', 'stock.low', 'stock_take.changed', 'transfer.changed'],
  'marketing:read': ['campaign.changed', 'loyalty_program.changed', 'loyalty_tier.changed'],
  'orders:read': ['order.changed', 'sale.completed'],
  'payments:read': ['gift_card.changed', 'payment.changed', 'settlement.imported', 'store_credit.changed'],
  'pos:override': ['offline_sale.changed'],
  'pos:register': ['register.changed'],
  'pos:sell': ['payment.changed'],
  'reports:read': ['offline_sale.changed', 'register.changed', 'sale.completed'],
  'shipping:read': ['shipment.changed', 'shipping_rate.changed', 'shipping_zone.changed'],
  'support:read': [
    'business_hours.changed',
    'canned_answer.changed',
    'sla_policy.changed',
    'ticket.breached',
    'ticket.changed',
    'ticket.escalated',
    'ticket_queue.changed',
  ],
  'vendors:read': [
    'commission_rule.changed',
    'vendor.changed',
    'vendor_balance.changed',
    'vendor_payout.changed',
  ],
};
const told = (scope: Scope) => [...OPEN, ...(TOLD[scope] ?? [])].sort();
/** These stay inside, whoever asks. */
const INNER = [
  'apiKey.revoked',
  'role.changed',
  'session.revoked',
  'user.changed',
  'user.created',
  'webhook.disabled',
];

let platform: TestPlatform;
let token: string;
let since: string;
const keys = new Map<string, string>();

async function keyOf(...scopes: Scope[]): Promise<string> {
  const name = scopes.join();
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = await platform.rest('POST', '/api/v1/auth/api-keys', {
    token,
    body: { name, permissions: scopes },
  });
  const { key } = made.body as { key: string };
  keys.set(name, key);
  return key;
}

async function emit(...types: readonly string[]): Promise<void> {
  const actor = { kind: 'system', organizationId: demoId.organization(1), branchId: undefined } as const;
  const ctx = createContext(platform.services, actor, {
    requestId: 'events',
    address: 'platform',
    recorded: false,
  });
  await transact(ctx, async (tx) => {
    for (const type of types) tx.emit({ type, key: type, payload: { secret: type } });
    return Promise.resolve();
  });
}

beforeAll(async () => {
  const env = { WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOW_PRIVATE: 'true' };
  platform = await startTestPlatform({ env, demoDays: 2 });
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'admin@pospro.com', password: 'secure123' },
  });
  token = (login.body as { access_token: string }).access_token;
  const feed = await platform.rest('GET', '/api/v1/events?since=now', { token });
  since = (feed.body as { next_cursor: string }).next_cursor;
  await emit(...PUBLIC_TYPES, ...INNER);
}, 240_000);
afterAll(async () => {
  await disposeClients();
  await platform.stop();
});

it('has every public type in its table', () => {
  expect([...new Set([...OPEN, ...Object.values(TOLD).flat()])].sort()).toEqual(PUBLIC_TYPES);
});

it('the feed tells each permission of its own types, over REST and GraphQL, and refuses the others by name', async () => {
  const seen: [Scope, string, string[]][] = [];
  const due: typeof seen = [];
  for (const scope of ALL_SCOPES) {
    const headers = { 'x-api-key': await keyOf('events:read', scope) };
    const rest = await platform.rest('GET', `/api/v1/events?since=${since}&size=1000`, { headers });
    const types = (rest.body as { items: { type: string; key: string }[] }).items.filter(
      ({ type, key }) => type === key,
    );
    seen.push([scope, 'rest', types.map(({ type }) => type).sort()]);
    const body = { query: `{ events(since: "${since}", size: 1000) { items { type key } } }` };
    const graph = await platform.rest('POST', '/graphql', { headers, body });
    const { items } = (graph.body as { data: { events: { items: { type: string; key: string }[] } } }).data
      .events;
    seen.push([
      scope,
      'graphql',
      items
        .filter(({ type, key }) => type === key)
        .map(({ type }) => type)
        .sort(),
    ]);
    const open: string[] = [];
    for (const type of PUBLIC_TYPES) {
      const { status } = await platform.rest('GET', `/api/v1/events?since=${since}&types=${type}`, {
        headers,
      });
      if (status === 200) open.push(type);
      else expect([type, status]).toEqual([type, 403]);
    }
    seen.push([scope, 'by name', open]);
    for (const way of ['rest', 'graphql', 'by name']) due.push([scope, way, told(scope)]);
  }
  expect(seen).toEqual(due);
}, 120_000);

it('webhooks are made for what their maker may read, and show of their deliveries no more', async () => {
  const body = { url: 'http://127.0.0.1:9/events' };
  const made = await platform.rest('POST', '/api/v1/webhooks', { token, body });
  const { id } = made.body as { id: string };
  await emit(...PUBLIC_TYPES, ...INNER);
  interface Delivery {
    type: string;
    data: { secret: string } | null;
  }
  const deliveries = async (headers: Record<string, string>) => {
    const { body: page } = await platform.rest('GET', `/api/v1/webhooks/${id}/deliveries?size=1000`, {
      headers,
    });
    return (page as { items: Delivery[] }).items.filter(
      ({ data }) => data === null || data.secret !== undefined,
    );
  };
  const all = { authorization: `Bearer ${token}` };
  let listed: Delivery[] = [];
  for (let tries = 0; listed.length < PUBLIC_TYPES.length && tries < 200; tries += 1)
    listed = await deliveries(all);
  expect(listed.map(({ type }) => type).sort()).toEqual(PUBLIC_TYPES);
  for (const scope of ALL_SCOPES) {
    const headers = { 'x-api-key': await keyOf('admin:webhooks', scope) };
    const open: string[] = [];
    for (const type of PUBLIC_TYPES) {
      const answer = await platform.rest('POST', '/api/v1/webhooks', {
        headers,
        body: { ...body, types: [type] },
      });
      if (answer.status === 201) {
        open.push(type);
        await platform.rest('DELETE', `/api/v1/webhooks/${(answer.body as { id: string }).id}`, { token });
      } else expect([type, answer.status]).toEqual([type, 403]);
    }
    expect([scope, open]).toEqual([scope, told(scope)]);
    expect([scope, (await platform.rest('POST', '/api/v1/webhooks', { headers, body })).status]).toEqual([
      scope,
      403,
    ]);
    const shown = (await deliveries(headers)).filter(({ data }) => data !== null);
    expect([scope, shown.map(({ type }) => type).sort()]).toEqual([scope, told(scope)]);
  }
}, 240_000);

/** Who may listen to what. */
const LISTENERS: Readonly<Record<string, readonly Scope[]>> = {
  lowStock: ['inventory:read'],
  offlineSaleChanged: ['pos:override', 'reports:read'],
  orderChanged: ['orders:read'],
  paymentChanged: ['payments:read', 'pos:sell'],
  registerChanged: ['pos:register', 'reports:read'],
  saleCompleted: ['orders:read', 'reports:read'],
  salesToday: ['reports:read'],
  shipmentChanged: ['shipping:read'],
  stockChanged: ['inventory:read'],
  ticketChanged: ['support:read'],
};

it('subscriptions and the stock socket are refused to every other permission', async () => {
  const { body } = await platform.rest('POST', '/graphql', {
    token,
    body: { query: '{ __schema { subscriptionType { fields { name } } } }' },
  });
  const { fields } = (body as { data: { __schema: { subscriptionType: { fields: { name: string }[] } } } })
    .data.__schema.subscriptionType;
  expect(fields.map(({ name }) => name).sort()).toEqual(Object.keys(LISTENERS));
  for (const scope of ALL_SCOPES) {
    const key = await keyOf(scope);
    const client = graphqlClient(platform.url, key);
    for (const [name, scopes] of Object.entries(LISTENERS)) {
      if (scopes.includes(scope)) continue;
      const heard = listen<object>(client, `subscription { ${name} { __typename } }`);
      await eventually(
        () => heard.items.length + heard.errors.length > 0,
        () => `${name} for ${scope} was not refused`,
      );
      const errors = heard.items[0]?.errors ?? (heard.errors[0] as { extensions: object }[]);
      expect([scope, name, errors[0]!.extensions]).toMatchObject([scope, name, { code: 'FORBIDDEN' }]);
      expect(heard.items[0]?.data ?? null).toBeNull();
    }
    await client.dispose();
    const socket = plainSocket(`${platform.url}/ws/stock-updates`, { 'x-api-key': key });
    if (scope === 'inventory:read') expect((await socket.until(1))[0]).toMatchObject({ type: 'ready' });
    else expect([scope, (await socket.refused).status]).toEqual([scope, 403]);
    socket.stop();
  }
}, 120_000);

it('a subscription shows of goods what they cost to those alone who may see it', async () => {
  const product = demoId.product(1);
  const query = `subscription { stockChanged(productId: "${product}") { sku product { name cost } } }`;
  interface Shown {
    stockChanged: { product: { name: string; cost: string | null } };
  }
  const narrow = listen<Shown>(graphqlClient(platform.url, await keyOf('inventory:read')), query);
  const wide = listen<Shown>(graphqlClient(platform.url, await keyOf('inventory:read', 'costs:read')), query);
  const adjust = 'mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { id } }';
  for (let tries = 0; (narrow.items.length === 0 || wide.items.length === 0) && tries < 100; tries += 1) {
    const { errors } = await platform.graphql(
      adjust,
      { input: { productId: product, quantity: '1' } },
      token,
    );
    expect(errors).toBeUndefined();
  }
  const [hidden] = await narrow.until(1);
  const [shown] = await wide.until(1);
  expect(shown!.errors).toBeUndefined();
  expect(shown!.data!.stockChanged.product.cost).toMatch(/^\d+\.\d\d$/);
  expect(hidden!.data!.stockChanged.product).toEqual({
    name: shown!.data!.stockChanged.product.name,
    cost: null,
  });
  expect(hidden!.errors).toMatchObject([
    { path: ['stockChanged', 'product', 'cost'], extensions: { code: 'FORBIDDEN' } },
  ]);
});

it('a subscription names the customer of an order, and gives the address to those alone who may read customers', async () => {
  const query = 'subscription { orderChanged { order { customer { name email } } } }';
  interface Shown {
    orderChanged: { order: { customer: { name: string; email: string | null } } };
  }
  const narrow = listen<Shown>(graphqlClient(platform.url, await keyOf('orders:read')), query);
  const wide = listen<Shown>(
    graphqlClient(platform.url, await keyOf('orders:read', 'customers:read')),
    query,
  );
  const sell = 'mutation ($input: CheckoutInput!) { checkout(input: $input) { id } }';
  const input = {
    registerId: demoId.register(1),
    customerId: demoId.customer(1),
    items: [{ productId: demoId.product(1), quantity: '1' }],
    paymentMethod: 'card',
  };
  for (let tries = 0; (narrow.items.length === 0 || wide.items.length === 0) && tries < 100; tries += 1) {
    const { errors } = await platform.graphql(sell, { input }, token);
    expect(errors).toBeUndefined();
  }
  const [hidden] = await narrow.until(1);
  const [shown] = await wide.until(1);
  const { name, email } = shown!.data!.orderChanged.order.customer;
  expect([shown!.errors, email]).toEqual([undefined, expect.stringContaining('@')]);
  expect(hidden!.data!.orderChanged.order.customer).toEqual({ name, email: null });
  const path = ['orderChanged', 'order', 'customer', 'email'];
  expect(hidden!.errors).toMatchObject([{ path, extensions: { code: 'FORBIDDEN' } }]);
});
