import { request } from 'node:http';
import { connect } from 'node:net';
import { Client } from 'pg';
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

/** Sends bytes as they are. @returns the first line of the answer. */
function firstLine(text: string): Promise<string> {
  const socket = connect(Number(new URL(platform.url).port), '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (part: Buffer) => (answer += part.toString()));
  return new Promise((resolve) => socket.on('close', () => resolve(answer.split('\r\n')[0]!)));
}

describe('what is told', () => {
  it('waits for its fields while the database is too busy for them', async () => {
    const { productId } = await shop.product('Darjeeling');
    const heard = listen<{ stockChanged: { product: { name: string } } }>(
      graphqlClient(platform.url, shop.token),
      `subscription { stockChanged(productId: "${productId}") { onHand product { name } } }`,
    );
    await eventually(() => counts().upstreams === 1);
    const before = counts().executions;
    const owner = new Client(platform.platform.services.config.databaseUrl);
    await owner.connect();
    try {
      await owner.query('begin; lock table products in access exclusive mode');
      await platform.services.database.system.run(sql`
        insert into outbox_events (id, organization_id, branch_id, type, key, payload, at)
        select gen_random_uuid(), ${shop.organizationId}::uuid, ${shop.branchId}::uuid, 'stock.changed', 'k',
          jsonb_build_object('productId', ${productId}::text, 'onHand', '7', 'available', '7', 'delta', '-1'), now()`);
      // The lock is not waited for without an end: the first answer has failed once a second one is made.
      await eventually(() => counts().executions === before + 2);
    } finally {
      await owner.end();
    }
    expect(await heard.until(1)).toEqual([
      { data: { stockChanged: { onHand: '7', product: { name: 'Darjeeling' } } } },
    ]);
    expect(heard.errors).toEqual([]);
  }, 30_000);
});

describe('nothing stays behind', () => {
  it('of a subscription whose cursor has expired', async () => {
    const { organizationId } = shop.owner;
    const since = '1-1';
    await platform.services.database.system.run(sql`
      insert into outbox_floors (organization_id, xid, sequence) values (${organizationId}, '2'::xid8, 1)
      on conflict (organization_id) do nothing`);
    const heard = listen(
      graphqlClient(platform.url, shop.token),
      `subscription { stockChanged(since: "${since}") { sku } }`,
    );
    await eventually(() => heard.errors.length === 1);
    expect(heard.errors[0]).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]);
    expect(counts()).toMatchObject({ subscribers: 0, upstreams: 0 });
    const feed = plainSocket(`${platform.url}/ws/stock-updates?since=${since}`, {
      authorization: `Bearer ${shop.token}`,
    });
    expect(await feed.closed).toEqual({
      code: 4400,
      reason: expect.stringContaining('CURSOR_EXPIRED') as unknown,
    });
    // A new token would not mend a cursor.
    const second = plainSocket(`${platform.url}/ws/stock-updates?since=none`);
    second.socket.on('open', () => second.socket.send(JSON.stringify({ type: 'auth', token: shop.token })));
    expect(await second.closed).toEqual({
      code: 4400,
      reason: expect.stringContaining('CURSOR_INVALID') as unknown,
    });
  });

  it('of a handshake that is none', async () => {
    const lines = ['GET /ws/stock-updates HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade'];
    const answer = await firstLine([...lines, `Authorization: Bearer ${shop.token}`, '', ''].join('\r\n'));
    expect(answer).toBe('HTTP/1.1 400 Bad Request');
  });
});

it('a request that offers HTTP/2 as well is answered whole, one after the other on its connection', async () => {
  const post = (body: unknown) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAEAAEAA',
      };
      const sent = request(`${platform.url}/graphql`, { method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (part: Buffer) => (text += part.toString()));
        response.on('end', () => resolve({ status: response.statusCode!, text }));
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
  const answer = { status: 200, text: '{"data":{"__typename":"Query"}}\n' };
  expect(await post({ query: '{ __typename }' })).toEqual(answer);
  // Larger than what comes with the headers.
  expect(await post({ query: '{ __typename }', extensions: { filler: 'x'.repeat(500_000) } })).toEqual(
    answer,
  );
  const offer = 'Host: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n';
  const plain = 'GET /health/live HTTP/1.1\r\n';
  const both = await firstLine(`${plain}${offer}\r\n${plain}Host: x\r\nConnection: close\r\n\r\n`);
  expect(both).toBe('HTTP/1.1 200 OK');
});
