/** Another router, Hive Gateway, serves the supergraph with PosPro's subgraphs, and answers the same as PosPro's own gateway. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createGatewayRuntime, type GatewayPlugin, type GatewayRuntime } from '@graphql-hive/gateway-runtime';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { supergraphForRouter } from '#gateway/router-supergraph';
import { SUPERGRAPH_FILE } from '#gateway/supergraph';
import { subgraphs } from '#subgraphs/list';
import { differsFromJson, snippetsOf } from '#test/docs/markdown';
import { startTestPlatform, type GraphQLAnswer, type TestPlatform } from '#test/harness/platform';

const ROUTER_TOKEN = 'r'.repeat(32);
const PASSED_ON = ['authorization', 'idempotency-key', 'accept-language'];
/** Facts of one request, or of one router. */
const OF_THE_REQUEST = ['requestId', 'serviceName'];

const SALE = `mutation {
  checkout(input: { items: [{ barcode: "123456789", quantity: 1 }], payments: [{ method: cash, amount: "20.00" }] }) { id }
}`;

/** As docs/OPERATIONS.md shows it: the note of a subgraph that an answer is a replay, for the caller. */
const passOnReplays: GatewayPlugin<{ replayed?: boolean }> = {
  onSubgraphExecute:
    ({ executionRequest: { context } }) =>
    ({ result }) => {
      const { pospro } = (result as { extensions?: { pospro?: { replayed?: boolean } } }).extensions ?? {};
      if (context && pospro?.replayed) context.replayed = true;
    },
  onExecutionResult: (done) => {
    const { result } = done;
    if ((done.context as { replayed?: boolean }).replayed && result && 'data' in result)
      done.setResult({ ...result, extensions: { ...result.extensions, replayed: true } });
  },
};

let platform: TestPlatform;
let router: GatewayRuntime;
let cashier: string;
beforeAll(async () => {
  const apart = subgraphs.map(({ name }) => name);
  platform = await startTestPlatform({ apart, demoDays: 2, env: { ROUTER_TOKEN } });
  router = createGatewayRuntime({
    supergraph: supergraphForRouter(
      readFileSync(SUPERGRAPH_FILE, 'utf8'),
      platform.services.config.subgraphUrls,
    ),
    plugins: () => [passOnReplays],
    logging: false,
    // Errors are PosPro's own, and masked already.
    maskedErrors: false,
    propagateHeaders: {
      fromClientToSubgraphs: ({ request }) => ({
        'pospro-router': ROUTER_TOKEN,
        ...Object.fromEntries(PASSED_ON.map((name) => [name, request.headers.get(name)])),
      }),
    },
  });
  const login =
    'mutation { login(input: { email: "cashier@pospro.com", password: "secure123" }) { accessToken } }';
  const { data } = await askRouter<{ login: { accessToken: string } }>(login);
  cashier = data.login.accessToken;
});
afterAll(async () => {
  await router[Symbol.asyncDispose]();
  await platform.stop();
});

type Answer<Data> = Pick<GraphQLAnswer<Data>, 'data' | 'errors'> & { extensions?: Record<string, unknown> };

function post(query: string, headers: Record<string, string>, variables = {}): Promise<Response> {
  return Promise.resolve(
    router.fetch('http://router/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    }),
  );
}

async function askRouter<Data = never>(
  query: string,
  { token, key, variables }: { token?: string | undefined; key?: string; variables?: object } = {},
): Promise<Answer<Data>> {
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(key && { 'idempotency-key': key }),
  };
  return (await (await post(query, headers, variables)).json()) as Answer<Data>;
}

/** The data, and the errors without the facts of the request. */
function essenceOf({ data, errors }: Answer<unknown>) {
  const plain = errors?.map(({ message, path, extensions }) => {
    const kept = Object.entries(extensions).filter(([name]) => !OF_THE_REQUEST.includes(name));
    return { message, path, extensions: Object.fromEntries(kept) };
  });
  return { data, errors: plain };
}

describe('another router', () => {
  const page = snippetsOf(readFileSync('docs/quickstart/front-end.md', 'utf8'));
  const documents = page.filter(({ language, runs }) => language === 'graphql' && runs);

  it.each(documents.map((document) => [document.place, document] as const))(
    'answers the document of the quick start: %s',
    async (_, { code, as, output }) => {
      const answer = await askRouter(code, { token: as === 'cashier' ? cashier : undefined });
      expect(differsFromJson(JSON.parse(output!.text), answer)).toBeUndefined();
    },
  );

  it.each([
    [
      'entities of several subgraphs',
      '{ products(size: 20) { total items { sku name price stock { available } category { name } } } }',
    ],
    ['a guarded field, which the cashier may not see', '{ products(size: 2) { items { name cost } } }'],
    ['an id that does not exist', `{ product(id: "${randomUUID()}") { name } }`],
    [
      'a permission that the cashier lacks',
      'mutation { createWarehouse(input: { name: "North", code: "N" }) { id } }',
    ],
    ['invalid input', 'mutation { checkout(input: { items: [], payments: [] }) { id } }'],
  ])('answers the same as the gateway for %s', async (_, query) => {
    const own = await platform.graphql(query, {}, cashier);
    expect(essenceOf(await askRouter(query, { token: cashier }))).toEqual(essenceOf(own));
  });

  it('asks for the token of the caller', async () => {
    const query = '{ products(size: 1) { items { name } } }';
    for (const token of [undefined, 'not-a-token']) {
      const own = await platform.graphql(query, {}, token);
      const [error] = essenceOf(await askRouter(query, { token })).errors!;
      expect(error).toEqual({ ...essenceOf(own).errors![0], path: ['products'] });
      expect(error!.extensions.code).toBe('UNAUTHENTICATED');
    }
  });

  it('passes on the idempotency key, and the note that an answer is a replay', async () => {
    const key = randomUUID();
    const first = await askRouter(SALE, { token: cashier, key });
    const second = await askRouter(SALE, { token: cashier, key });
    expect(second).toEqual({ ...first, extensions: { replayed: true } });
    const own = await fetch(`${platform.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${cashier}`,
        'idempotency-key': key,
      },
      body: JSON.stringify({ query: SALE }),
    });
    expect(await own.json()).toEqual(second);
  });

  it('serves subscriptions, with fields of other subgraphs', async () => {
    const headers = { authorization: `Bearer ${cashier}`, accept: 'text/event-stream' };
    const response = await post('subscription { stockChanged { sku product { name } } }', headers);
    const events = response
      .body!.pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    const reader = events.getReader();
    await askRouter(SALE, { token: cashier });
    const { value } = await reader.read();
    await reader.cancel();
    expect([value!.event, JSON.parse(value!.data)]).toEqual([
      'next',
      { data: { stockChanged: { sku: 'DEMO-0001', product: { name: 'House Blend Coffee 1 kg' } } } },
    ]);
  });

  it('shows only the directives of GraphQL itself and of demand control in its introspection', async () => {
    const { data } = await askRouter<{
      __schema: { directives: { name: string }[]; types: { name: string }[] };
    }>('{ __schema { directives { name } types { name } } }');
    const { directives, types } = data.__schema;
    expect(directives.map(({ name }) => name).sort()).toEqual([
      'cost',
      'deprecated',
      'include',
      'listSize',
      'oneOf',
      'skip',
      'specifiedBy',
    ]);
    const own = await platform.graphql<typeof data>('{ __schema { types { name } } }');
    expect(types.map(({ name }) => name).sort()).toEqual(
      own.data.__schema.types.map(({ name }) => name).sort(),
    );
  });
});

it('is rejected by the subgraphs without ROUTER_TOKEN, and with another one', async () => {
  const url = platform.services.config.subgraphUrls.get('catalog')!;
  const ask = async (headers: Record<string, string>) => {
    const body = JSON.stringify({ query: '{ __typename }' });
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return answer.status;
  };
  expect(await ask({ 'pospro-router': ROUTER_TOKEN })).toBe(200);
  expect(await ask({ 'pospro-router': 'x'.repeat(32) })).toBe(401);
  expect(await ask({ 'pospro-router': '' })).toBe(401);
  expect(await ask({})).toBe(401);
});
