/** The package of clients/typescript, built and used as after its installation, and against a real server. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { WebSocket } from 'ws';
import { startPlatform, type Platform } from '#gateway/platform';
import { signatureHeader } from '#kernel/webhook-signature.rules';
import { mountRest } from '#sofa/index';
import { subgraphs } from '#subgraphs/list';
import { TEST_PASSWORD } from '#test/harness/actors';
import { freePort } from '#test/harness/free-port';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openTill, type Till } from '#test/harness/shop';
import {
  createLiveClient,
  createRestClient,
  ProblemError,
  readWebhook,
  Session,
  SubscriptionError,
  TokenRejectedError,
  verifyWebhook,
  WebhookSignatureError,
  type Connection,
  type ProblemCode,
  type RestClient,
  type Schema,
  type WebhookEvent,
} from '../../clients/typescript/src/index';
import {
  buildPackage,
  callsOfEveryGet,
  createConsumer,
  PACKAGE,
  readmeExamples,
  type Consumer,
} from './consumer';

const ROOT = path.resolve(__dirname, '../..');
const json = <Value>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as Value;

interface Manifest {
  version: string;
  engines: { node: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

const EXAMPLES = readmeExamples();
const EVERY_GET = callsOfEveryGet(json(path.join(ROOT, 'openapi.json')));
/** Calls that must not compile. */
const MISTAKES = [
  `await rest.GET('/api/v1/no-products')`,
  `await rest.GET('/api/v1/products', { params: { query: { size: 'many' } } })`,
  `await rest.GET('/api/v1/products/{id}')`,
  `await rest.POST('/api/v1/pos/checkout', { body: { items: 1 } })`,
  `(await rest.GET('/api/v1/products')).data!.rows`,
];

let consumer: Consumer;
/** The compiler works beside the tests of the server. */
let typeErrors: Promise<string>;
beforeAll(() => {
  consumer = createConsumer();
  EXAMPLES.forEach((code, index) => consumer.write(`example-${index}.ts`, code));
  consumer.write('every-get.ts', EVERY_GET);
  MISTAKES.forEach((mistake, index) =>
    consumer.write(`mistake-${index}.ts`, `import { rest } from './every-get.js';\nvoid ${mistake};\n`),
  );
  typeErrors = buildPackage().then(
    () => consumer.typeErrors(),
    (error: unknown) => String(error),
  );
});
afterAll(async () => {
  await typeErrors;
  consumer.remove();
});

describe('a webhook', () => {
  const body = '{"id":"1","type":"stock.low","data":{"sku":"TÉ"}}';
  const at = new Date(1_700_000_000_000);
  const check = (changed: Partial<Parameters<typeof verifyWebhook>[0]> = {}) =>
    verifyWebhook({
      body,
      signature: signatureHeader(body, ['secret'], at),
      secret: 'secret',
      now: at,
      ...changed,
    });
  const later = (seconds: number) => new Date(at.getTime() + seconds * 1000);

  it('is accepted with the signature of the body, as text or bytes', async () => {
    expect(await check()).toBe(true);
    expect(await check({ body: Buffer.from(body) })).toBe(true);
  });

  it.each([
    ['another body', { body: body.replace('1', '2') }],
    ['another secret', { secret: 'Secret' }],
    ['no secret at all', { secret: [] }],
    ['no header', { signature: undefined }],
    ['an empty header', { signature: '' }],
    ['no timestamp', { signature: signatureHeader(body, ['secret'], at).replace(/t=\d+,/, '') }],
    ['no number as timestamp', { signature: signatureHeader(body, ['secret'], at).replace(/t=\d+/, 't=x') }],
    [
      'another timestamp',
      { signature: signatureHeader(body, ['secret'], at).replace('t=17000000', 't=17000001') },
    ],
    ['half a signature', { signature: signatureHeader(body, ['secret'], at).slice(0, -32) }],
    ['another version', { signature: signatureHeader(body, ['secret'], at).replace('v1=', 'v2=') }],
  ])('is rejected with %s', async (_, changed) => {
    expect(await check(changed)).toBe(false);
  });

  it('is rejected more than five minutes before and after, or as the receiver says', async () => {
    for (const seconds of [-300, 300]) expect(await check({ now: later(seconds) })).toBe(true);
    for (const seconds of [-301, 301]) expect(await check({ now: later(seconds) })).toBe(false);
    expect(await check({ now: later(301), toleranceSeconds: 400 })).toBe(true);
  });

  it('is accepted while a secret is replaced, on either side', async () => {
    const both = signatureHeader(body, ['new', 'secret'], at);
    for (const secret of ['new', 'secret']) expect(await check({ signature: both, secret })).toBe(true);
    expect(await check({ secret: ['new', 'secret'] })).toBe(true);
    expect(await check({ signature: both, secret: 'older' })).toBe(false);
  });

  it('is an event whose type tells its data', async () => {
    const signature = signatureHeader(body, ['secret'], at);
    const event = await readWebhook({ body, signature, secret: 'secret', now: at });
    if (event.type !== 'stock.low') throw new Error(event.type);
    const low: WebhookEvent<'stock.low'> = event;
    expect(low.data.sku).toBe('TÉ');
    await expect(readWebhook({ body, signature, secret: 'other', now: at })).rejects.toThrow(
      WebhookSignatureError,
    );
  });
});

describe('against a server', () => {
  let platform: TestPlatform;
  let till: Till;
  let session: Session;
  let rest: RestClient;
  let again: Platform | undefined;
  beforeAll(async () => {
    platform = await startTestPlatform({ env: { PORT: String(await freePort()) } });
    till = await openTill(platform);
    session = await Session.signIn(
      { url: platform.url },
      { email: till.owner.email, password: TEST_PASSWORD },
    );
    rest = createRestClient({ url: platform.url, token: session.token });
  }, 60_000);
  afterAll(async () => {
    await again?.stop();
    await platform?.stop();
  });

  const sell = async (reference: string, quantity = '1') => {
    const body: Schema<'CheckoutInput'> = {
      items: [{ barcode: '4006381333931', quantity }],
      payments: [{ method: 'cash', amount: '100.00' }],
      register_id: till.registerId,
    };
    const answer = await rest.POST('/api/v1/pos/checkout', {
      params: { header: { 'Idempotency-Key': reference } },
      body,
    });
    if (answer.error) throw new ProblemError(answer.error);
    return answer;
  };

  it('signs in, and rejects with the problem', async () => {
    expect(session.user).toMatchObject({ email: till.owner.email });
    const wrong = Session.signIn({ url: platform.url }, { email: till.owner.email, password: 'wrong' });
    const code: ProblemCode = 'INVALID_CREDENTIALS';
    await expect(wrong).rejects.toMatchObject({ name: 'ProblemError', code, problem: { status: 401 } });
  });

  it('lists products, typed', async () => {
    const { data, response } = await rest.GET('/api/v1/products', {
      params: { query: { search: 'tea', size: 5 } },
    });
    const prices: [string, string][] | undefined = data?.items.map(({ sku, price }) => [sku, price]);
    expect(prices).toEqual([['TEA', '3.50']]);
    expect(response.headers.get('x-total-count')).toBe('1');
  });

  it('reads a list as CSV, too', async () => {
    const { data } = await rest.GET('/api/v1/products', {
      params: { query: { search: 'tea', format: 'csv' } },
      parseAs: 'text',
    });
    const csv: string = data!;
    expect(csv.split('\r\n')[0]!.split(',')).toEqual(expect.arrayContaining(['sku', 'price']));
    expect(csv).toContain('TEA');
  });

  it('separates the values of a list as the API does', async () => {
    const { data, error } = await rest.GET('/api/v1/events', {
      params: { query: { types: ['sale.completed', 'stock.changed'], size: 1 } },
    });
    expect([error, data?.items.length]).toEqual([undefined, 1]);
  });

  it('sells once for a key', async () => {
    const first = await sell('once');
    const second = await sell('once');
    expect(second.data.id).toBe(first.data.id);
    expect(second.response.headers.get('idempotency-replayed')).toBe('true');
  });

  it('answers an error as a typed problem', async () => {
    const { data, error } = await rest.GET('/api/v1/products/{id}', {
      params: { path: { id: '0190a000-0000-7000-8000-00000000dead' } },
    });
    expect([data, error?.code, error?.status]).toEqual([undefined, 'NOT_FOUND', 404]);
    const invalid = await rest.POST('/api/v1/products', { body: { name: 'Tea', price: 'cheap' } });
    expect(invalid.error?.errors?.map(({ field }) => field)).toEqual(['price']);
  });

  it('sends a request once more with a new token', async () => {
    const asked: (string | undefined)[] = [];
    const impatient = createRestClient({
      url: platform.url,
      token: (rejected) => {
        asked.push(rejected);
        return rejected === undefined ? 'expired' : session.token();
      },
    });
    const { data } = await impatient.POST('/api/v1/customers', { body: { name: 'Twice Sent' } });
    expect(data?.name).toBe('Twice Sent');
    expect(asked).toEqual([undefined, 'expired']);
  });

  it('refreshes once for callers at the same moment', async () => {
    const token = await session.token();
    const [one, two] = await Promise.all([session.token(token), session.token(token)]);
    expect(one).not.toBe(token);
    expect(two).toBe(one);
    expect((await rest.GET('/api/v1/auth/me')).error).toBeUndefined();
  });

  interface StockChanged {
    stockChanged: { cursor: string; sku: string; onHand: string };
  }
  const STOCK = 'subscription ($since: String) { stockChanged(since: $since) { cursor sku onHand } }';

  it('tells why a subscription ends', async () => {
    const live = createLiveClient({ url: platform.url, token: session.token, WebSocket });
    const stranger = createLiveClient({ url: platform.url, token: 'invalid', WebSocket });
    const errors: unknown[] = [];
    const error = (one: unknown) => errors.push(one);
    const ended = (count: number) =>
      eventually(
        () => errors.length === count,
        () => String(errors),
      );
    live.subscribe({ query: 'subscription { noSuchEvent }', next: error, error });
    await ended(1);
    stranger.subscribe({ query: STOCK, next: error, error });
    await ended(2);
    live.subscribe({ query: STOCK, variables: { since: 'none' }, next: error, error });
    await ended(3);
    expect(errors).toEqual([
      expect.any(SubscriptionError),
      expect.any(TokenRejectedError),
      expect.objectContaining({ code: 'CURSOR_INVALID' }),
    ]);
    await Promise.all([live.close(), stranger.close()]);
  });

  it('gets each event once, also those of a restart of the server', async () => {
    let reachable = true;
    /** The client stays away until the sales are made, so that only the cursor can bring them. */
    class Network extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(reachable ? url : 'ws://127.0.0.1:1', protocols);
      }
    }
    const connections: Connection[] = [];
    const levels: string[] = [];
    const errors: unknown[] = [];
    const live = createLiveClient({
      url: platform.url,
      token: session.token,
      WebSocket: Network,
      onConnection: (connection) => connections.push(connection),
    });
    live.subscribe<StockChanged>({
      query: STOCK,
      next: ({ stockChanged }) => levels.push(stockChanged.onHand),
      error: (error) => errors.push(error),
    });
    const counts = () => (again ?? platform.platform).live.counts();
    await eventually(() => counts().upstreams === 1);
    await sell('before');
    await eventually(() => levels.length === 1);
    reachable = false;
    await platform.platform.stop();
    await eventually(() => connections.includes('away'));
    again = await startPlatform({
      config: platform.services.config,
      subgraphs,
      mountRest,
      log: platform.services.log,
    });
    await again.listen();
    for (const reference of ['one', 'two', 'three']) await sell(reference);
    expect(levels).toHaveLength(1);
    reachable = true;
    await eventually(
      () => levels.length >= 4,
      () => `${levels.join()} ${String(errors)}`,
      { limitMs: 30_000 },
    );
    await sell('after');
    await eventually(() => levels.length >= 5);
    const first = Number(levels[0]);
    expect(levels).toEqual([0, 1, 2, 3, 4].map((sold) => String(first - sold)));
    expect(errors).toEqual([]);
    expect(connections.filter((connection) => connection === 'live')).toHaveLength(2);
    await live.close();
    await eventually(() => counts().sockets === 0);
  }, 60_000);
});

describe('the package', () => {
  it('types every GET of the OpenAPI document, and the examples of its README', async () => {
    expect(EXAMPLES).toHaveLength(5);
    expect(EVERY_GET.match(/rest\.GET\(/g)!.length).toBeGreaterThan(200);
    const errors = (await typeErrors).split('\n').filter((line) => /^\S/.test(line));
    expect(errors).toEqual(
      MISTAKES.map((_, index) => expect.stringMatching(`^mistake-${index}.ts`) as unknown),
    );
  }, 120_000);

  it('is loaded by Node as an ES module', async () => {
    await typeErrors;
    const signature = signatureHeader('{}', ['secret'], new Date());
    const code = `import { verifyWebhook } from '@pospro/client';
      console.log(await verifyWebhook({ body: '{}', signature: '${signature}', secret: 'secret' }));`;
    expect(await consumer.run(code)).toBe('true\n');
  });

  it('has the version of the server, and its dependencies are tested in their oldest version', () => {
    const root = json<Manifest>(path.join(ROOT, 'package.json'));
    const client = json<Manifest>(path.join(PACKAGE, 'package.json'));
    expect(client).toMatchObject({ version: root.version, engines: root.engines });
    const pins = { ...root.devDependencies, ...root.dependencies };
    for (const [name, range] of Object.entries(client.dependencies)) expect([name, range]).toEqual([name, `^${pins[name]}`]); // prettier-ignore
  });
});
