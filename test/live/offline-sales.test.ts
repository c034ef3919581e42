/** What is told of sales made offline, over a socket, to a webhook and in the feed: all of it, and only to whom it concerns. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '#test/harness/patience';
import { everythingClosed, graphqlClient, listen } from '#test/live/clients';
import { startLive, type LivePlatform, type LiveShop } from '#test/live/live-shop';

interface Notice {
  cursor: string;
  change: string;
  branchId: string;
  registerId: string;
  clientReference: string;
  order: { id: string; total: string } | null;
  codes: string[];
}
interface Told {
  offlineSaleChanged: Notice;
}
interface Result {
  client_reference: string;
  status: string;
  order: { id: string } | null;
}

const WATCH = `subscription ($branchId: ID, $since: String) {
  offlineSaleChanged(branchId: $branchId, since: $since) { cursor change branchId registerId clientReference order { id total } codes }
}`;

let platform: LivePlatform;
let shop: LiveShop;
let registerId: string;
let productId: string;

async function call<Body>(method: string, path: string, body?: unknown, token = shop.token): Promise<Body> {
  const answer = await platform.rest(method, `/api/v1${path}`, { token, body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

beforeAll(async () => {
  platform = await startLive({ WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOW_PRIVATE: 'true' });
  shop = await platform.openShop();
  ({ productId } = await shop.product('Tea', 1_000_000));
  registerId = (await call<{ id: string }>('POST', '/pos/registers', { name: 'Till', code: 'T1' })).id;
  await call('POST', '/pos/register/open', { register_id: registerId, opening_float: '50' });
}, 60_000);
afterAll(() => platform.stop());
afterEach(() => everythingClosed(platform));

const subscribers = (count: number) =>
  eventually(
    () => platform.platform.live.counts().subscribers === count,
    () => JSON.stringify(platform.platform.live.counts()),
  );

/** Sends a sale of 2.50 for which too much was taken, or one of too many. */
async function send(kind: 'overpaid' | 'huge' | 'right'): Promise<Result> {
  const sale = {
    client_reference: randomUUID(),
    register_id: registerId,
    items: [{ product_id: productId, quantity: kind === 'huge' ? '99999' : '1' }],
    ...(kind === 'overpaid'
      ? { payments: [{ method: 'card', amount: '3.00' }] }
      : { payment_method: 'card' }),
  };
  const { results } = await call<{ results: Result[] }>('POST', '/pos/offline-sales', { sales: [sale] });
  return results[0]!;
}

async function heldId(reference: string): Promise<string> {
  const { items } = await call<{ items: { id: string; client_reference: string }[] }>(
    'GET',
    '/pos/offline-sales/held',
  );
  return items.find((sale) => sale.client_reference === reference)!.id;
}

describe('offlineSaleChanged', () => {
  it('tells of each step with all of its fields, and goes on from a cursor', async () => {
    const client = graphqlClient(platform.url, shop.token);
    const heard = listen<Told>(client, WATCH);
    await subscribers(1);
    expect((await send('right')).status).toBe('created');
    const overpaid = await send('overpaid');
    await heard.until(1);
    const conflicts = await call<{ items: { id: string }[] }>(
      'GET',
      `/pos/offline-conflicts?order_id=${overpaid.order!.id}`,
    );
    await call('POST', `/pos/offline-conflicts/${conflicts.items[0]!.id}/acknowledge`, { note: 'A tip' });
    await heard.until(2);
    const wrong = await send('huge');
    await heard.until(3);
    await call('POST', `/pos/offline-sales/${await heldId(wrong.client_reference)}/reject`, {
      reason: 'A typing error',
    });
    await heard.until(4);
    const kept = await send('huge');
    await heard.until(5);
    await call('POST', '/pos/register/close', { register_id: registerId, counted_cash: '50' });
    await call('POST', `/pos/offline-sales/${await heldId(kept.client_reference)}/release`, {});
    await heard.until(6);
    await call('POST', '/pos/register/open', { register_id: registerId, opening_float: '50' });
    await heard.until(7);

    const told = heard.items.map(({ data, errors }) => {
      expect(errors).toBeUndefined();
      return data!.offlineSaleChanged;
    });
    const place = { branchId: shop.branchId, registerId, cursor: expect.stringMatching(/./) as string };
    const order = { id: overpaid.order!.id, total: '2.50' };
    const huge = ['IMPLAUSIBLE_QUANTITY'];
    expect(told).toEqual([
      {
        ...place,
        change: 'conflict',
        clientReference: overpaid.client_reference,
        order,
        codes: ['OVERPAID'],
      },
      {
        ...place,
        change: 'acknowledged',
        clientReference: overpaid.client_reference,
        order,
        codes: ['OVERPAID'],
      },
      { ...place, change: 'held', clientReference: wrong.client_reference, order: null, codes: huge },
      { ...place, change: 'rejected', clientReference: wrong.client_reference, order: null, codes: huge },
      { ...place, change: 'held', clientReference: kept.client_reference, order: null, codes: huge },
      { ...place, change: 'released', clientReference: kept.client_reference, order: null, codes: huge },
      {
        ...place,
        change: 'conflict',
        clientReference: kept.client_reference,
        order: { id: expect.any(String) as string, total: '249997.50' },
        codes: ['SESSION_CLOSED', 'IMPLAUSIBLE_QUANTITY'],
      },
    ]);
    const again = listen<Told>(client, WATCH, { since: told[3]!.cursor });
    await again.until(3);
    expect(again.items.map(({ data }) => data!.offlineSaleChanged)).toEqual(told.slice(4));
  }, 60_000);

  it('tells nothing of another organization, nor of another branch', async () => {
    const other = await platform.openShop();
    const foreign = listen<Told>(graphqlClient(platform.url, other.token), WATCH);
    const client = graphqlClient(platform.url, shop.token);
    const elsewhere = listen<Told>(client, WATCH, { branchId: await shop.branch('Harbour') });
    const here = listen<Told>(client, WATCH, { branchId: shop.branchId });
    await subscribers(3);
    await send('overpaid');
    await here.until(1);
    await sleep(100);
    expect([foreign.items, elsewhere.items]).toEqual([[], []]);
    const notTheirs = listen<Told>(graphqlClient(platform.url, other.token), WATCH, {
      branchId: shop.branchId,
    });
    await notTheirs.until(1);
    expect(notTheirs.items[0]!.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });

  it.each(['cashier', 'warehouse'])(
    'is refused to a %s, who may neither override nor read reports',
    async (role) => {
      const { token } = await shop.colleague(role);
      const heard = listen<Told>(graphqlClient(platform.url, token), WATCH);
      await heard.until(1);
      expect(heard.items[0]!.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    },
  );

  it('is open to an accountant, who reads reports', async () => {
    const { token } = await shop.colleague('accountant');
    const heard = listen<Told>(graphqlClient(platform.url, token), WATCH);
    await subscribers(1);
    await send('overpaid');
    await heard.until(1);
    expect(heard.items[0]!.errors).toBeUndefined();
    expect(heard.items[0]!.data!.offlineSaleChanged).toMatchObject({
      change: 'conflict',
      codes: ['OVERPAID'],
    });
  });
});

describe('offline_sale.changed', () => {
  let server: Server;
  const received: { type: string; branch_id: string; data: unknown }[] = [];
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        received.push(JSON.parse(Buffer.concat(parts).toString()) as (typeof received)[number]);
        response.end('ok');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('goes to a webhook that asks for it', async () => {
    const { id } = await call<{ id: string }>('POST', '/webhooks', { url, types: ['offline_sale.changed'] });
    const { client_reference, order } = await send('overpaid');
    await eventually(() => received.length > 0);
    expect(received[0]).toMatchObject({
      type: 'offline_sale.changed',
      branch_id: shop.branchId,
      data: {
        change: 'conflict',
        register_id: registerId,
        client_reference,
        order_id: order!.id,
        codes: ['OVERPAID'],
      },
    });
    await call('DELETE', `/webhooks/${id}`);
  });

  it('stands in the feed of those who may know of it alone', async () => {
    const feedOf = async (role: string) => {
      const { token } = await shop.colleague(role);
      const { items } = await call<{ items: { type: string }[] }>(
        'GET',
        '/events?size=100',
        undefined,
        token,
      );
      return items.some(({ type }) => type === 'offline_sale.changed');
    };
    const roles = ['manager', 'accountant', 'cashier', 'warehouse'];
    const seen: Record<string, boolean | string> = {};
    for (const role of roles)
      seen[role] = await feedOf(role).catch((error: Error) => error.message.replace(/.*: (\d+) .*/s, '$1'));
    expect(seen).toEqual({ manager: true, accountant: true, cashier: '403', warehouse: '403' });
  });
});
