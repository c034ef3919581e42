import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '#kernel/db/database';
import { startWebhooks } from '#subgraphs/webhooks/webhooks.worker';
import { nextAttempt, pauseMs } from '#subgraphs/webhooks/retry.rules';
import { isLocalName, isPrivateAddress } from '#subgraphs/webhooks/target-guard';
import { eventually } from '#test/harness/patience';
import { startLive, type LivePlatform, type LiveShop } from '#test/live/live-shop';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An integrator's server on this machine. */
class Receiver {
  readonly received: Received[] = [];
  /** What it answers, by path; 200 where nothing is said. */
  readonly answers = new Map<string, { status: number; location?: string; afterMs?: number }>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const path = request.url ?? '';
        this.received.push({ path, headers: request.headers, body: Buffer.concat(parts).toString() });
        const { status, location, afterMs = 0 } = this.answers.get(path) ?? { status: 200 };
        const answer = () => response.writeHead(status, location === undefined ? {} : { location }).end('ok');
        setTimeout(answer, afterMs);
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  at(path: string): Received[] {
    return this.received.filter((each) => each.path === path);
  }

  async until(path: string, count: number): Promise<Received[]> {
    await eventually(
      () => this.at(path).length >= count,
      () => JSON.stringify(this.received.map((each) => each.path)),
    );
    return this.at(path);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

interface Webhook {
  id: string;
  signing_secret: string;
  status: string;
  disabled_reason: string | null;
}
interface Delivery {
  id: string;
  type: string;
  status: string;
  attempts: number;
  last_error: string | null;
  last_status: number | null;
}

const verify = ({ headers, body }: Received, secret: string): boolean => {
  const parts = String(headers['pospro-signature'])
    .split(',')
    .map((part) => part.split('=') as [string, string]);
  const timestamp = parts.find(([name]) => name === 't')![1];
  expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(300);
  const expected = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return parts.some(([name, value]) => name === 'v1' && value === expected);
};

describe('webhooks', () => {
  let platform: LivePlatform;
  let shop: LiveShop;
  const receiver = new Receiver();
  let target: string;
  beforeAll(async () => {
    platform = await startLive({ WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOW_PRIVATE: 'true' });
    shop = await platform.openShop();
    target = await receiver.start();
  }, 60_000);
  afterAll(async () => {
    await platform.stop();
    await receiver.stop();
  });

  const call = async <Body>(
    method: string,
    path: string,
    body?: unknown,
    status = 200,
    token = shop.token,
  ): Promise<Body> => {
    const answer = await platform.rest(method, `/api/v1${path}`, { token, body });
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const create = (path: string, types?: string[]) =>
    call<Webhook>('POST', '/webhooks', { url: `${target}${path}`, types }, 201);
  const deliveries = async (id: string) =>
    (await call<{ items: Delivery[] }>('GET', `/webhooks/${id}/deliveries`)).items;
  /** As if the pause before the next attempt had passed. */
  const hurry = () =>
    platform.services.database.system.run(sql`
    update webhook_deliveries set next_attempt_at = now() - interval '1 second' where status = 'pending' and next_attempt_at > now() + interval '1 second'`);

  it('are sent once, also if another process has a clock that is an hour ahead', async () => {
    receiver.answers.set('/slow', { status: 200, afterMs: 3_000 });
    const ahead = { now: () => new Date(Date.now() + 3_600_000) };
    const stop = await startWebhooks({ ...platform.services, clock: ahead });
    try {
      const { id } = await create('/slow', ['stock.changed']);
      await shop.product('Slow', 5);
      await eventually(
        async () => (await deliveries(id))[0]?.status === 'delivered',
        () => 'the event was not delivered',
      );
      expect(receiver.at('/slow')).toHaveLength(1);
    } finally {
      await stop();
    }
  });

  it('are told of the events asked for, signed', async () => {
    const { id, signing_secret: secret } = await create('/signed', ['stock.changed']);
    const { productId } = await shop.product('Signed', 5);
    const [first] = await receiver.until('/signed', 1);
    expect(verify(first!, secret)).toBe(true);
    expect(verify(first!, 'another')).toBe(false);
    const event = JSON.parse(first!.body) as Record<string, never>;
    expect(event).toMatchObject({
      type: 'stock.changed',
      organization_id: shop.organizationId,
      branch_id: shop.branchId,
      data: { product_id: productId, on_hand: '5', available: '5' },
    });
    expect(first!.headers).toMatchObject({
      'pospro-event': 'stock.changed',
      'pospro-attempt': '1',
      'content-type': 'application/json; charset=utf-8',
    });
    await eventually(() => true);
    await sleep(100);
    expect(await deliveries(id)).toMatchObject([
      { type: 'stock.changed', status: 'delivered', attempts: 1, last_status: 200 },
    ]);
    const shown = await call<Webhook>('GET', `/webhooks/${id}`);
    expect(shown.signing_secret).toBeNull();
    await call('DELETE', `/webhooks/${id}`);
  });

  it('are signed by two secrets while one replaces the other', async () => {
    const { id, signing_secret: old } = await create('/rotated', ['stock.low']);
    const { signing_secret: fresh } = await call<Webhook>('POST', `/webhooks/${id}/rotate-secret`, {
      overlap_seconds: 60,
    });
    await call('POST', `/webhooks/${id}/test`, {}, 202);
    const [ping] = await receiver.until('/rotated', 1);
    expect([verify(ping!, old), verify(ping!, fresh)]).toEqual([true, true]);
    await call('POST', `/webhooks/${id}/rotate-secret`, { overlap_seconds: 0 });
    await call('POST', `/webhooks/${id}/test`, {}, 202);
    const [, second] = await receiver.until('/rotated', 2);
    expect([verify(second!, old), verify(second!, fresh)]).toEqual([false, false]);
  });

  it('are tried again until they are taken, with the same body', async () => {
    receiver.answers.set('/flaky', { status: 500 });
    const { id } = await create('/flaky', ['stock.changed']);
    await shop.product('Flaky', 1);
    await receiver.until('/flaky', 1);
    await sleep(100);
    expect(await deliveries(id)).toMatchObject([
      { status: 'pending', attempts: 1, last_status: 500, last_error: 'The answer was 500.' },
    ]);
    await hurry();
    await receiver.until('/flaky', 2);
    receiver.answers.delete('/flaky');
    await sleep(100);
    await hurry();
    const tries = await receiver.until('/flaky', 3);
    expect(new Set(tries.map(({ body }) => body)).size).toBe(1);
    expect(tries.map(({ headers }) => headers['pospro-attempt'])).toEqual(['1', '2', '3']);
    await sleep(100);
    expect(await deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 3 }]);
  });

  it('are given up after three days, and the endpoint is switched off; switched on, it is told what it missed', async () => {
    receiver.answers.set('/dead', { status: 503 });
    const { id } = await create('/dead', ['stock.changed']);
    const { productId } = await shop.product('Dead', 1);
    await receiver.until('/dead', 1);
    await sleep(100);
    await platform.services.database.system.run(
      sql`update webhook_deliveries set try_until = now() where endpoint_id = ${id}`,
    );
    await hurry();
    await receiver.until('/dead', 2);
    await sleep(150);
    expect(await deliveries(id)).toMatchObject([{ status: 'failed', attempts: 2 }]);
    expect(await call<Webhook>('GET', `/webhooks/${id}`)).toMatchObject({
      status: 'disabled',
      disabled_reason: expect.stringContaining('three days') as unknown,
    });
    await shop.adjust(productId, 7);
    receiver.answers.delete('/dead');
    await call('PUT', `/webhooks/${id}`, { status: 'active' });
    const [, , missed] = await receiver.until('/dead', 3);
    expect(JSON.parse(missed!.body)).toMatchObject({ data: { on_hand: '8' } });
  });

  it('are sent again, one or all since a moment, those of before the webhook included', async () => {
    const before = new Date();
    await shop.product('Replayed', 3);
    await sleep(50);
    const { id } = await create('/replayed', ['stock.changed']);
    const { deliveries_count: count } = await call<{ deliveries_count: number }>(
      'POST',
      `/webhooks/${id}/replay`,
      { since: before },
      202,
    );
    expect(count).toBe(1);
    const [first] = await receiver.until('/replayed', 1);
    await sleep(100);
    const [delivery] = await deliveries(id);
    await call('POST', `/webhooks/${id}/deliveries/${delivery!.id}/replay`, {}, 202);
    const [, again] = await receiver.until('/replayed', 2);
    expect(again!.body).toBe(first!.body);
    expect(await call('POST', `/webhooks/${id}/replay`, { since: before }, 202)).toEqual({
      deliveries_count: 1,
    });
    await receiver.until('/replayed', 3);
  });

  it('do not follow redirects', async () => {
    receiver.answers.set('/moved', { status: 302, location: `${target}/elsewhere` });
    const { id } = await create('/moved', ['stock.low']);
    await call('POST', `/webhooks/${id}/test`, {}, 202);
    await receiver.until('/moved', 1);
    await sleep(100);
    expect(await deliveries(id)).toMatchObject([{ status: 'pending', last_status: 302 }]);
    expect(receiver.at('/elsewhere')).toEqual([]);
  });

  it('are hidden from other organizations, and managed by administrators only', async () => {
    const { id } = await create('/mine', ['stock.low']);
    const other = await platform.openShop();
    await call('GET', `/webhooks/${id}`, undefined, 404, other.token);
    await call('PUT', `/webhooks/${id}`, { description: 'x' }, 404, other.token);
    await call('POST', `/webhooks/${id}/test`, {}, 404, other.token);
    await call('DELETE', `/webhooks/${id}`, undefined, 404, other.token);
    const manager = await shop.colleague('manager');
    await call('GET', '/webhooks', undefined, 403, manager.token);
    await call('POST', '/webhooks', { url: `${target}/x`, types: ['session.revoked'] }, 422);
    await call('POST', '/webhooks', { url: 'ftp://x/' }, 422);
  });

  it('have a feed beside them: events since a cursor, in order, without those of others', async () => {
    interface Feed {
      items: { id: string; cursor: string; type: string; data: { on_hand: string } }[];
      next_cursor: string;
    }
    const own = await platform.openShop();
    const feed = (query: string, status = 200) =>
      call<Feed>('GET', `/events?${query}`, undefined, status, own.token);
    const start = await feed('since=now');
    expect(start.items).toEqual([]);
    const { productId } = await own.product('Fed', 10);
    for (const quantity of [-1, -2]) await own.adjust(productId, quantity);
    const first = await feed(`since=${start.next_cursor}&types=stock.changed&size=2`);
    expect(first.items.map(({ data }) => data.on_hand)).toEqual(['10', '9']);
    const again = `/api/v1/events?since=${start.next_cursor}&types=stock.changed&size=2`;
    const { headers } = await platform.rest('GET', again, { token: own.token });
    expect(headers.get('link')).toBe(
      `</api/v1/events?since=${first.next_cursor}&types=stock.changed&size=2>; rel="next"`,
    );
    const second = await feed(`since=${first.next_cursor}&types=stock.changed`);
    expect(second.items.map(({ data }) => data.on_hand)).toEqual(['7']);
    const third = await feed(`since=${second.next_cursor}`);
    expect(third).toEqual({ items: [], next_cursor: second.next_cursor });
    // A feed has no last page, so there is a next one even where there was nothing; and one who began without a cursor gets it too.
    const end = await platform.rest('GET', '/api/v1/events?since=now', { token: own.token });
    expect(end.headers.get('link')).toBe(
      `</api/v1/events?since=${(end.body as Feed).next_cursor}>; rel="next"`,
    );
    const whole = await platform.rest('GET', '/api/v1/events', { token: own.token });
    expect(whole.headers.get('link')).toBe(
      `</api/v1/events?since=${(whole.body as Feed).next_cursor}>; rel="next"`,
    );
    const all = await feed('size=1000');
    expect(all.items.map(({ type }) => type)).not.toContain('session.revoked');
    await feed('since=nonsense', 400);
    await feed('types=session.revoked', 422);
    const warehouse = await shop.colleague('warehouse');
    await call('GET', '/events', undefined, 403, warehouse.token);
    await platform.services.database.system.run(sql`
      insert into outbox_floors (organization_id, xid, sequence) values (${own.organizationId}, ${second.next_cursor.split('-')[0]!}::xid8, 999999999)`);
    await feed(`since=${first.next_cursor}`, 410);
  });
});

describe('webhooks to private addresses', () => {
  let platform: LivePlatform;
  let shop: LiveShop;
  const receiver = new Receiver();
  let target: string;
  beforeAll(async () => {
    platform = await startLive({ WEBHOOK_ALLOW_HTTP: 'true' });
    shop = await platform.openShop();
    target = await receiver.start();
  }, 60_000);
  afterAll(async () => {
    await platform.stop();
    await receiver.stop();
  });

  it.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://[::1]/',
    'http://10.1.2.3/',
    'http://[::ffff:7f00:1]/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://169.254.169.254/latest',
    'http://localhost./',
    'http://LOCALHOST../',
    'http://a.localhost/',
    'http://a.localhost./',
    'http://printer.local/',
    'http://metadata.google.internal/',
    'http://metadata.google.internal./',
    'http://nas.home.arpa/',
    'http://db/',
    'http://db./',
    'http://127.0.0.1./',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://017700000001/',
    'http://１２７.０.０.１/',
    'http://127。0。0。1/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b:1::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[4000::1]/',
    'http://[5f00::1]/',
    'http://168.63.129.16/',
  ])('are refused when they are made: %s', async (url) => {
    const answer = await platform.rest('POST', '/api/v1/webhooks', { token: shop.token, body: { url } });
    expect(answer.status).toBe(422);
  });

  it('are refused when the connection is made, whatever the name said before', async () => {
    const made = await platform.rest('POST', '/api/v1/webhooks', {
      token: shop.token,
      body: { url: 'http://hooks.example/', types: ['stock.low'] },
    });
    const { id } = made.body as { id: string };
    // The name's owner lets it point here now: written as an address, and as a name that resolves to one.
    for (const url of [target, target.replace('127.0.0.1', 'localhost')]) {
      await platform.services.database.system.run(
        sql`update webhook_endpoints set url = ${url} where id = ${id}`,
      );
      const ping = await platform.rest('POST', `/api/v1/webhooks/${id}/test`, {
        token: shop.token,
        body: {},
      });
      const { id: deliveryId } = ping.body as { id: string };
      const look = async () => {
        const { body } = await platform.rest('GET', `/api/v1/webhooks/${id}/deliveries`, {
          token: shop.token,
        });
        return (body as { items: Delivery[] }).items.find((each) => each.id === deliveryId)!;
      };
      let delivery = await look();
      for (let tries = 0; delivery.last_error === null && tries < 100; tries += 1) {
        await sleep(50);
        delivery = await look();
      }
      expect(delivery.last_error).toContain('is a private address');
    }
    expect(receiver.received).toEqual([]);
  });

  it.each([
    ['127.0.0.1', true], ['10.0.0.1', true], ['172.31.255.255', true], ['192.168.1.1', true], ['169.254.169.254', true],
    ['100.64.0.1', true], ['0.0.0.0', true], ['::1', true], ['::', true], ['::ffff:127.0.0.1', true], ['::ffff:7f00:1', true],
    ['fe80::1%eth0', true], ['fd00::1', true], ['64:ff9b::7f00:1', true], ['2002:7f00:1::', true],
    ['::7f00:1', true], ['2001::1', true], ['2001:2::1', true], ['2001:db8::1', true], ['3fff::1', true], ['5f00::1', true],
    ['4000::1', true], ['1000::1', true], ['64:ff9b:1::1', true], ['100::1', true], ['fec0::1', true], ['ff02::1', true],
    ['198.19.0.1', true], ['192.0.0.9', true], ['203.0.113.1', true], ['255.255.255.255', true], ['224.0.0.1', true],
    ['not an address', true], ['', true],
    ['8.8.8.8', false], ['172.32.0.1', false], ['2606:4700::1111', false],
  ] as const)('judge %s: private %s', (address, isPrivate) => {
    expect(isPrivateAddress(address)).toBe(isPrivate);
  }); // prettier-ignore

  it.each([
    ['localhost', true], ['localhost.', true], ['x.localhost', true], ['x.local.', true], ['db', true], ['db.', true],
    ['kubernetes.default.svc.cluster.local', true], ['metadata.google.internal', true], ['router.lan', true],
    ['1.0.0.127.in-addr.arpa', true], ['facebookwkhpilnemxj7asaniu7vnjjbiltxjqhye3mhbshg7kx5tfyd.onion', true], ['', true],
    ['example.com', false], ['example.com.', false], ['localhost.example.com', false], ['local.example', false],
    ['mylocal.com', false], ['8.8.8.8', false], ['2606:4700::1111', false],
  ] as const)('judge the name %s: local %s', (name, isLocal) => {
    expect(isLocalName(name)).toBe(isLocal);
  }); // prettier-ignore
});

describe('the pauses between attempts', () => {
  it('double from ten seconds to four hours, a fifth to either side', () => {
    expect([1, 2, 3].map((attempts) => pauseMs(attempts, 0.5))).toEqual([10_000, 20_000, 40_000]);
    expect([0, 1].map((random) => pauseMs(1, random))).toEqual([8_000, 12_000]);
    expect(pauseMs(50, 0.5)).toBe(4 * 3_600_000);
  });
  it('end with the third day', () => {
    const now = new Date('2026-01-31T00:00:00Z');
    expect(nextAttempt(now, 1, new Date('2026-01-31T00:00:30Z'), 0.5)).toEqual(
      new Date('2026-01-31T00:00:10Z'),
    );
    expect(nextAttempt(now, 1, new Date('2026-01-31T00:00:05Z'), 0.5)).toBeUndefined();
  });
});
