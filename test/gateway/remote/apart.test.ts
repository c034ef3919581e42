/** Subgraphs in a process of their own: what a caller sees is the same, and a subgraph answers its gateway alone. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENVELOPE_HEADER, signEnvelope } from '#gateway/remote/caller-envelope';
import { startSubgraphs } from '#gateway/remote/subgraph-process';
import { ANONYMOUS } from '#kernel/auth/actor';
import { sql } from '#kernel/db/database';
import { createContext, type RequestContext, type Services } from '#kernel/context';
import {
  createColleagueOf,
  createOwner,
  TEST_PASSWORD,
  userActor,
  type TestOwner,
} from '#test/harness/actors';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type RestRequest, type TestPlatform } from '#test/harness/platform';
import { graphqlClient, listen, disposeClients } from '#test/live/clients';
import { subgraphs } from '#subgraphs/list';

const APART = ['catalog', 'inventory'];

let platform: TestPlatform;
let owner: TestOwner;
let token: string;
beforeAll(async () => {
  platform = await startTestPlatform({ apart: APART, env: { UPLOAD_LIMIT_BYTES: '100000' } });
  owner = await createOwner(platform);
  token = await signIn(owner.user.email);
});
afterEach(disposeClients);
afterAll(() => platform.stop());

async function signIn(email: string): Promise<string> {
  const body = { email, password: TEST_PASSWORD };
  const answer = await platform.rest('POST', '/api/v1/auth/login', { body });
  return (answer.body as { access_token: string }).access_token;
}

const rest = (method: string, path: string, request: RestRequest = {}) =>
  platform.rest(method, `/api/v1${path}`, { token, ...request });

/** Sends a request to the catalogue's own address. */
async function askCatalog(headers: Record<string, string>, query = '{ products { items { id } } }') {
  const url = platform.services.config.subgraphUrls.get('catalog')!;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables: {} }),
  });
  const { data, errors } = (await response.json()) as {
    data?: unknown;
    errors?: { extensions: { code: string } }[];
  };
  return [response.status, data ?? null, errors?.map(({ extensions }) => extensions.code)];
}

const contextOf = (services: Services, actor = owner.actor as RequestContext['actor']) =>
  createContext(services, actor, { requestId: 'apart', address: '127.0.0.1' });

const newProduct = async (input: object = {}) => {
  const body = { name: 'Darjeeling', sku: randomUUID().slice(0, 12), price: '4.50', ...input };
  return (await rest('POST', '/products', { body })).body as { id: string; sku: string };
};

describe('a subgraph answers its gateway alone', () => {
  it('rejects requests without an envelope, and with one of another secret or for another subgraph', async () => {
    const { services } = platform;
    const foreign = { ...services, config: { ...services.config, jwtSecret: 'y'.repeat(32) } };
    const rejected = [401, null, ['UNAUTHENTICATED']];
    expect(await askCatalog({})).toEqual(rejected);
    expect(await askCatalog({ authorization: `Bearer ${token}` })).toEqual(rejected);
    expect(await askCatalog({ [ENVELOPE_HEADER]: 'x.y.z' })).toEqual(rejected);
    expect(await askCatalog({ [ENVELOPE_HEADER]: signEnvelope('catalog', contextOf(foreign)) })).toEqual(
      rejected,
    );
    expect(await askCatalog({ [ENVELOPE_HEADER]: signEnvelope('inventory', contextOf(services)) })).toEqual(
      rejected,
    );
    const own = { [ENVELOPE_HEADER]: signEnvelope('catalog', contextOf(services)) };
    expect(await askCatalog(own, '{ __typename }')).toEqual([200, { __typename: 'Query' }, undefined]);
    const sdl = await askCatalog(own, '{ _service { sdl } }');
    expect(JSON.stringify(sdl)).toContain('type Product');
  });

  it('takes the permissions of the token, whatever the envelope says', async () => {
    const { services } = platform;
    const cashier = await createColleagueOf(platform, owner, 'cashier');
    const envelope = { [ENVELOPE_HEADER]: signEnvelope('catalog', contextOf(services)) };
    const mutation = 'mutation { createProduct(input: { name: "X", sku: "X-1", price: "1.00" }) { id } }';
    const asCashier = { ...envelope, authorization: `Bearer ${await signIn(cashier.email)}` };
    expect(await askCatalog(asCashier, mutation)).toEqual([200, null, ['FORBIDDEN']]);
    const asNobody = { ...envelope, authorization: 'Bearer not-a-token' };
    expect(await askCatalog(asNobody, mutation)).toEqual([200, null, ['UNAUTHENTICATED']]);
    const anonymous = { [ENVELOPE_HEADER]: signEnvelope('catalog', contextOf(services, ANONYMOUS)) };
    expect(await askCatalog(anonymous, mutation)).toEqual([200, null, ['UNAUTHENTICATED']]);
    const narrow = userActor({ ...owner.actor, scopes: ['orders:read'] });
    const byEnvelope = { [ENVELOPE_HEADER]: signEnvelope('catalog', contextOf(services, narrow)) };
    expect(await askCatalog(byEnvelope, mutation)).toEqual([200, null, ['FORBIDDEN']]);
  });
});

describe('a caller sees no difference', () => {
  it('in statuses, names of fields, and the reason why a token is invalid', async () => {
    const missing = await rest('GET', `/products/${randomUUID()}`);
    expect([missing.status, missing.body]).toMatchObject([404, { code: 'NOT_FOUND' }]);
    const invalid = await rest('POST', '/products', { body: { name: '', sku: 'A', price: '-1' } });
    const { errors } = invalid.body as { errors: { field: string }[] };
    expect([invalid.status, errors.map(({ field }) => field).sort()]).toEqual([422, ['name', 'price']]);
    const { sku } = await newProduct();
    const twice = await rest('POST', '/products', { body: { name: 'Again', sku, price: '1.00' } });
    expect([twice.status, twice.body]).toMatchObject([409, { code: 'ALREADY_EXISTS' }]);
    const refused = await rest('GET', '/products', { token: 'not-a-token' });
    expect([refused.status, refused.body]).toMatchObject([401, { code: 'UNAUTHENTICATED' }]);
  });

  it('in replays under an idempotency key, and in the audit trail', async () => {
    const body = { name: 'Assam', sku: randomUUID().slice(0, 12), price: '5.00' };
    const headers = { 'idempotency-key': randomUUID(), 'user-agent': 'Till 7', 'x-request-id': randomUUID() };
    const first = await rest('POST', '/products', { body, headers });
    const second = await rest('POST', '/products', { body, headers });
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(second.body).toEqual(first.body);
    const entries = await platform.services.database.system.many(sql`
      select operation, user_id, actor_kind, address, user_agent, input -> 'input' ->> 'name' as name
      from audit_entries where request_id = ${headers['x-request-id']}`);
    const entry = { operation: 'createProduct', userId: owner.user.id, actorKind: 'user', name: 'Assam' };
    expect(entries).toEqual([{ ...entry, address: '127.0.0.1', userAgent: 'Till 7' }]);
  });

  it('in entities of several subgraphs, and in events', async () => {
    const { id } = await newProduct({ name: 'Ceylon' });
    const client = graphqlClient(platform.url, token);
    const query = `subscription { stockChanged(productId: "${id}") { onHand product { name } } }`;
    const heard = listen<{ stockChanged: unknown }>(client, query);
    await eventually(() => platform.platform.live.counts().upstreams === 1);
    const adjusted = await platform.graphql(
      'mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { id product { name } } }',
      { input: { productId: id, quantity: '7' } },
      token,
    );
    expect(adjusted.data).toMatchObject({ adjustStock: { product: { name: 'Ceylon' } } });
    const [event] = await heard.until(1);
    expect(event).toEqual({ data: { stockChanged: { onHand: '7', product: { name: 'Ceylon' } } } });
  });

  it('in uploads, whose bytes pass through, and in those that are too large', async () => {
    const upload = (rows: number) => {
      const form = new FormData();
      const lines = Array.from({ length: rows }, (_, row) => `LEAF-${row},Keemun ${row},6.50`);
      const file = new Blob([`sku,name,price\n${lines.join('\n')}\n`], { type: 'text/csv' });
      form.append('file', file, 'goods.csv');
      return rest('POST', '/products/bulk-create', { body: form });
    };
    // Too large to be answered with its report.
    const { status, body } = await upload(1_000);
    expect(status).toBe(202);
    const { id } = body as { id: string };
    let job = body as { status: string; created: number };
    while (job.status !== 'completed') {
      expect(job.status).toBe('running');
      await sleep(20);
      job = (await rest('GET', `/product-imports/${id}`)).body;
    }
    expect(job.created).toBe(1_000);
    const found = (await rest('GET', '/products?search=Keemun 999')).body as { items: { sku: string }[] };
    expect(found.items.map(({ sku }) => sku)).toEqual(['LEAF-999']);
    const large = await upload(10_000);
    expect([large.status, large.body]).toMatchObject([413, { code: 'PAYLOAD_TOO_LARGE' }]);
  });
});

it('leaves the other subgraphs at work while it is away, and is used again as soon as it is back', async () => {
  const { config, log } = platform.apart!.services;
  const { port } = platform.services.config.subgraphUrls.get('catalog')!;
  const client = graphqlClient(platform.url, token);
  const heard = listen(client, 'subscription { stockChanged { onHand } }');
  await eventually(() => platform.platform.live.counts().upstreams === 1);
  await platform.apart!.stop();
  // A subscriber learns that it must go on from its cursor.
  await eventually(() => heard.errors.length === 1);
  expect(heard.errors).toMatchObject([[{ extensions: { code: 'UNAVAILABLE', retry: true } }]]);
  const away = await rest('GET', '/products');
  expect([away.status, away.body, away.headers.get('retry-after')]).toMatchObject([
    503,
    { code: 'UNAVAILABLE' },
    '1',
  ]);
  expect((await rest('GET', '/auth/me')).status).toBe(200);
  const again = { config: { ...config, port: Number(port) }, subgraphs, names: APART, log };
  const back = await startSubgraphs(again);
  try {
    await back.listen();
    expect((await rest('GET', '/products')).status).toBe(200);
  } finally {
    await back.stop();
  }
});
