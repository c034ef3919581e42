import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { signAccessToken, verifyAccessToken } from '#kernel/auth/tokens';
import { sql } from '#kernel/db/database';
import { eventually } from '#test/harness/patience';
import { everythingClosed, graphqlClient, listen, plainSocket } from '#test/live/clients';
import { startLive, type LivePlatform, type LiveShop } from '#test/live/live-shop';

let platform: LivePlatform;
let shop: LiveShop;
beforeAll(async () => {
  platform = await startLive();
  shop = await platform.openShop();
}, 60_000);
afterAll(() => platform.stop());
afterEach(() => everythingClosed(platform));

const counts = () => platform.platform.live.counts();
const subscribers = (count: number) =>
  eventually(
    () => counts().subscribers === count && counts().upstreams > 0,
    () => JSON.stringify(counts()),
  );
const STOCK = 'subscription { stockChanged { sku onHand } }';

/** Listens with a token, and waits for the socket's end. */
function watched(token: string): { closed: () => { code: number; reason: string } | undefined } {
  let event: { code: number; reason: string } | undefined;
  listen(
    graphqlClient(platform.url, token, (closed) => (event = closed)),
    STOCK,
  );
  return { closed: () => event };
}

describe('a socket is closed with 4403', () => {
  const closedWith = async (token: string, act: () => Promise<unknown>) => {
    const { closed } = watched(token);
    await subscribers(1);
    await act();
    await eventually(() => closed() !== undefined);
    return closed()!;
  };

  it('when its token expires', async () => {
    const { config } = platform.services;
    const claims = verifyAccessToken(config, shop.token, new Date());
    const token = signAccessToken(config, claims, new Date(Date.now() - 3600_000 + 2_000));
    const { code, reason } = await closedWith(token, () => Promise.resolve());
    expect({ code, reason }).toEqual({
      code: 4403,
      reason: expect.stringContaining('TOKEN_EXPIRED') as unknown,
    });
  });

  it('at logout', async () => {
    const { token } = await shop.colleague('manager');
    const { code, reason } = await closedWith(token, () =>
      platform.rest('POST', '/api/v1/auth/logout', { token, body: {} }),
    );
    expect({ code, reason }).toEqual({
      code: 4403,
      reason: expect.stringContaining('TOKEN_REVOKED') as unknown,
    });
  });

  it('when the user is disabled', async () => {
    const { token, userId } = await shop.colleague('manager');
    const disable = 'mutation ($id: ID!) { disableUser(id: $id) { id } }';
    const { code } = await closedWith(token, async () => {
      const { errors } = await platform.graphql(disable, { id: userId }, shop.token);
      expect(errors).toBeUndefined();
    });
    expect(code).toBe(4403);
  });

  it('when the role may do something else from now on', async () => {
    const { token } = await shop.colleague('warehouse');
    const roleId = shop.roleIds.get('warehouse');
    const change =
      'mutation ($id: ID!, $input: UpdateRoleInput!) { updateRole(id: $id, input: $input) { id } }';
    const { code, reason } = await closedWith(token, async () => {
      const { errors } = await platform.graphql(
        change,
        { id: roleId, input: { permissions: ['inventory:read'] } },
        shop.token,
      );
      expect(errors).toBeUndefined();
    });
    expect({ code, reason }).toEqual({
      code: 4403,
      reason: expect.stringContaining('PERMISSIONS_CHANGED') as unknown,
    });
  });

  it.each([
    ['without a token', undefined],
    ['with a token that is no good', 'nonsense'],
  ])('at once %s', async (_, token) => {
    let event: { code: number } | undefined;
    listen(
      graphqlClient(platform.url, token, (closed) => (event = closed)),
      STOCK,
    );
    await eventually(() => event !== undefined);
    expect(event!.code).toBe(4403);
  });
});

describe('a socket is closed', () => {
  const raw = () => new WebSocket(`${platform.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const codeOf = (socket: WebSocket) => new Promise<number>((resolve) => socket.on('close', resolve));

  it('that does not say who it is', async () => {
    expect(await codeOf(raw())).toBe(4408);
  });

  it('that sends more than a message may have', async () => {
    const socket = raw();
    socket.on('open', () => socket.send('x'.repeat(70_000)));
    expect(await codeOf(socket)).toBe(1009);
  });

  it.each(['connection_ack', 'next', 'error'])('that sends "%s", which only a server does', async (type) => {
    const message = JSON.stringify({ type, id: '1', payload: type === 'error' ? [{ message: 'x' }] : {} });
    const early = raw();
    early.on('open', () => early.send(message));
    expect(await codeOf(early)).toBe(4400);
    const late = raw();
    late.on('open', () =>
      late.send(JSON.stringify({ type: 'connection_init', payload: { token: shop.token } })),
    );
    late.once('message', () => late.send(message));
    expect(await codeOf(late)).toBe(4400);
  });

  it('beyond fifty of one user, with a code upon which clients of graphql-ws try again', async () => {
    const { token } = await shop.colleague('manager');
    const open = Array.from({ length: 51 }, () => {
      const socket = raw();
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { token } })));
      return socket;
    });
    expect(await Promise.race(open.map(codeOf))).toBe(1013);
    for (const socket of open) socket.terminate();
  });

  it('that sends what is no message', async () => {
    const socket = raw();
    socket.on('open', () => socket.send('{'));
    expect(await codeOf(socket)).toBe(4400);
  });
});

describe('a client that does not read', () => {
  it('is dropped with bounded memory, and the others hear everything', async () => {
    const { productId } = await shop.product('Slow', 10);
    const SALES = 'subscription { orderChanged { cursor number total } }';
    const healthy = listen<{ orderChanged: { number: string } }>(
      graphqlClient(platform.url, shop.token),
      SALES,
    );
    const slow = await pausedClient(platform.url, shop.token, SALES);
    await subscribers(2);
    // As many events as would fill the queue several times over, each as large as an event may well be.
    const note = 'x'.repeat(6_000);
    for (let batch = 0; batch < 15; batch += 1) {
      await platform.services.database.system.run(sql`
        insert into outbox_events (id, organization_id, branch_id, type, key, payload, at)
        select gen_random_uuid(), ${shop.organizationId}::uuid, ${shop.branchId}::uuid, 'order.changed', gen_random_uuid()::text,
          jsonb_build_object('number', ${note}::text || n, 'status', 'completed', 'kind', 'sale', 'total', '1.00', 'currency', 'EUR'), now()
        from generate_series(1, 200) n`);
    }
    expect(productId).toBeDefined();
    await eventually(
      () => healthy.items.length === 3_000,
      () => `${healthy.items.length} ${JSON.stringify(counts())}`,
    );
    expect(counts().dropped).toBe(1);
    await eventually(
      () => counts().sockets === 1,
      () => JSON.stringify(counts()),
    );
    slow.destroy();
  }, 60_000);
});

/** A client over bare TCP that subscribes and then reads nothing any more. */
async function pausedClient(url: string, token: string, query: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const frame = (text: string) => {
    const body = Buffer.from(text);
    return Buffer.concat([
      Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0]),
      body,
    ]);
  };
  socket.write(
    'GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const heard = () => new Promise<void>((resolve) => socket.once('data', () => resolve()));
  await heard();
  socket.write(frame(JSON.stringify({ type: 'connection_init', payload: { token } })));
  await heard();
  socket.write(frame(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } })));
  socket.pause();
  return socket;
}

describe('/ws/stock-updates', () => {
  const PATH = '/ws/stock-updates';
  const bearer = () => ({ authorization: `Bearer ${shop.token}` });

  it('tells stock as plain JSON, ready first', async () => {
    const { productId, variantId } = await shop.product('Plain', 10);
    const other = await shop.product('Other', 10);
    const feed = plainSocket(
      `${platform.url}${PATH}?product_id=${productId}&branch_id=${shop.branchId}`,
      bearer(),
    );
    await feed.until(1);
    expect(feed.items[0]).toEqual({ type: 'ready', cursor: expect.stringMatching(/^\d+-\d+$/) as unknown });
    await shop.adjust(other.productId, -1);
    await shop.adjust(productId, -4);
    await feed.until(2);
    expect(feed.items[1]).toEqual({
      type: 'stock',
      cursor: expect.stringMatching(/^\d+-\d+$/) as unknown,
      product_id: productId,
      variant_id: variantId,
      sku: expect.any(String) as unknown,
      warehouse_id: expect.any(String) as unknown,
      branch_id: shop.branchId,
      available: '6',
      on_hand: '6',
      delta: '-4',
      reason: 'correction',
      at: expect.stringMatching(/Z$/) as unknown,
    });
    feed.socket.send('{"type":"ping"}');
    await feed.until(3);
    expect(feed.items[2]).toEqual({ type: 'pong' });
    feed.stop();
  });

  it('takes the token from the query or the first message, and goes on from a cursor', async () => {
    const { productId } = await shop.product('Resumed', 10);
    const feed = plainSocket(`${platform.url}${PATH}?product_id=${productId}&token=${shop.token}`);
    await feed.until(1);
    const { cursor } = feed.items[0] as { cursor: string };
    feed.stop();
    await feed.closed;
    for (const quantity of [-1, -2]) await shop.adjust(productId, quantity);
    const second = plainSocket(`${platform.url}${PATH}?product_id=${productId}&since=${cursor}`);
    await eventually(() => second.socket.readyState === WebSocket.OPEN);
    second.socket.send(JSON.stringify({ type: 'auth', token: shop.token }));
    await second.until(3);
    expect(second.items.map(({ type, on_hand }) => on_hand ?? type)).toEqual(['ready', '9', '7']);
    second.stop();
  });

  it.each([
    ['a bad token', '', { authorization: 'Bearer nonsense' }, 401, 'UNAUTHENTICATED'],
    ['an unknown branch', '?branch_id=x', undefined, 404, 'NOT_FOUND'],
    ['a cursor that is none', '?since=x', undefined, 400, 'CURSOR_INVALID'],
  ])('refuses %s before there is a socket', async (_, query, headers, status, code) => {
    const feed = plainSocket(`${platform.url}${PATH}${query}`, headers ?? bearer());
    const refused = await feed.refused;
    expect({ status: refused.status, code: (JSON.parse(refused.body) as { code: string }).code }).toEqual({
      status,
      code,
    });
  });

  it('refuses a role that may not see stock', async () => {
    const { token } = await shop.colleague('accountant');
    await platform.services.database.system.run(
      sql`update roles set scopes = '{finance:read}' where id = ${shop.roleIds.get('accountant')!}`,
    );
    await sleep(5_100);
    const feed = plainSocket(`${platform.url}${PATH}`, { authorization: `Bearer ${token}` });
    expect((await feed.refused).status).toBe(403);
  });

  it('closes one that sends no token', async () => {
    const feed = plainSocket(`${platform.url}${PATH}`);
    expect(await feed.closed).toEqual({
      code: 4403,
      reason: expect.stringContaining('UNAUTHENTICATED') as unknown,
    });
  });

  it('answers a plain request with a problem', async () => {
    const answer = await platform.rest('GET', PATH);
    expect(answer.status).toBe(400);
  });

  it.each([
    ['product_id=x', 404, 'NOT_FOUND'],
    ['branch=x', 422, 'VALIDATION_FAILED'],
  ])('refuses ?%s as REST would', async (query, expected, code) => {
    const feed = plainSocket(`${platform.url}${PATH}?${query}`, { authorization: `Bearer ${shop.token}` });
    const { status, body } = await feed.refused;
    expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([expected, code]);
  });

  it('opens fifty for one user, however many are asked for at once', async () => {
    const { token } = await shop.colleague('manager');
    const feeds = Array.from({ length: 60 }, () =>
      plainSocket(`${platform.url}${PATH}`, { authorization: `Bearer ${token}` }),
    );
    const ends: number[] = [];
    for (const feed of feeds) {
      void feed.closed.then(({ code }) => ends.push(code));
      void feed.refused.then(({ status }) => ends.push(status));
    }
    const heard = () =>
      feeds.filter(({ items, socket }) => items.length > 0 && socket.readyState === socket.OPEN).length;
    // Nobody else hangs up, so these are all, and the rest stays.
    await eventually(
      () => ends.length === 10 && heard() === 50,
      () => `${heard()} open, ended with ${ends.join(' ')}`,
    );
    expect(ends.filter((end) => end !== 4429 && end !== 429)).toEqual([]);
  });
});

it('a stop closes every socket with 1001, and does not wait for the clients', async () => {
  // Waiting for the grace period to end would take longer than this test may.
  const own = await startLive({ SHUTDOWN_GRACE_MS: '120000' });
  const ownShop = await own.openShop();
  const feed = plainSocket(`${own.url}/ws/stock-updates`, { authorization: `Bearer ${ownShop.token}` });
  await feed.until(1);
  await own.stop();
  expect((await feed.closed).code).toBe(1001);
}, 60_000);
