/**
 * Documents that are small to send and would be dear to serve, at every entrance that takes one. None may hold up the event loop by more
 * than a multiple of what an ordinary document does in the same run, and none may get through.
 */
import { createHash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { WebSocket } from 'ws';
import { startLive, type LivePlatform } from '#test/live/live-shop';

let platform: LivePlatform;
let token: string;
beforeAll(async () => {
  platform = await startLive();
  ({ token } = await platform.openShop());
}, 60_000);
afterAll(() => platform.stop());

const times = (count: number, make: (index: number) => string, between = ' ') =>
  Array.from({ length: count }, (_, index) => make(index)).join(between);
const doubling = (count: number) =>
  `...F0 } ${times(count, (i) => `fragment F${i} on Query { ${i < count - 1 ? `...F${i + 1} ...F${i + 1}` : '__typename'} }`)}`;

/** Each is what follows the first brace of an operation, so that it can stand in a query and in a subscription. */
const HOSTILE: Readonly<Record<string, string>> = {
  'the whole schema under thirty names': `${times(30, (i) => `a${i}: __schema { types { name description fields { name description } } }`)} }`,
  'the fields of all types under many names': `__schema { types { ${times(28, (i) => `a${i}: fields { name description args { name } }`)} } } }`,
  'types in types by introspection': `__schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }`,
  'the same field 480 times': `${times(480, () => 'products { items { id } }')} }`,
  'the same field 60 times, with ten below each': `${times(60, () => `products { items { ${times(10, () => 'id')} } }`)} }`,
  'the same field with long arguments': `${times(90, () => 'products(search: "a long text to compare with all others") { page }')} }`,
  'fragments that double 21 times': doubling(21),
  'fragments that double 150 times': doubling(150),
  'fragments that double a level down': `products { items { ...F0 } } } ${times(20, (i) => `fragment F${i} on Product { ${i < 19 ? `variants { product { ...F${i + 1} } } ...F${i + 1}` : 'id'} }`)}`,
  'a hundred equal fragments': `products { items { ${times(100, (i) => `...F${i}`)} } } } ${times(100, (i) => `fragment F${i} on Product { id sku name }`)}`,
  'fragments that spread all behind them': `products { items { ...F0 } } } ${times(40, (i) => `fragment F${i} on Product { id ${times(39 - i, (j) => `...F${i + 1 + j}`)} }`)}`,
  'a circle of 190 fragments': `products { items { ...F0 } } } ${times(190, (i) => `fragment F${i} on Product { id ...F${(i + 1) % 190} }`)}`,
  'inline fragments that repeat': `${times(300, () => '... { ... { products { page } } }')} }`,
  '190 fragments that nobody spreads': `__typename } ${times(190, (i) => `fragment F${i} on Product { id sku name }`)}`,
  '500 operations': `__typename } ${times(500, (i) => `query Q${i} { __typename }`)}`,
  'a thousand levels': `${'products { '.repeat(1000)}id${' }'.repeat(1000)} }`,
  'a literal nested 1,900 deep': `products(size: ${'['.repeat(1900)}1${']'.repeat(1900)}) { page } }`,
  'a name of 60,000 letters': `${'a'.repeat(60_000)} }`,
  'names that resemble those of the schema': `${times(55, (i) => `${'productsearchcustomers'.repeat(2)}${i}`)} }`,
  'types that resemble those of the schema': `__typename } ${times(180, (i) => `fragment F${i} on Produc${'t'.repeat(30)}${i} { id }`)}`,
  'directives without end': `products { items { id ${times(900, (i) => `@a${i}`)} } } }`,
  'every field under its own name': `${times(40, (i) => `a${i}: products { page }`)} }`,
  'a page of pages': 'products(size: 1000) { items { variants { product { variants { sku } } } } } }',
  'a valuation of everything many times': `${times(25, (i) => `a${i}: inventoryValuation(size: 1000) { items { id } }`)} }`,
  'more tokens than a document has': `${times(5000, () => 'page')} }`,
  'a text without end': `products(search: """${'\\"""'.repeat(6_000)}`,
};

/** The refusal that an answer holds. */
interface Refused {
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

const codeOf = ({ errors }: Refused) => errors?.[0]?.extensions.code;
const asQuery = (rest: string) => `query Hostile { ${rest}`;

async function post(body: object): Promise<Refused> {
  const response = await fetch(`${platform.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Refused;
}

async function subscribe(query: string): Promise<Refused> {
  const socket = new WebSocket(`${platform.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const answer = new Promise<Refused>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { token } })));
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('message', (data: Buffer) => {
      const { type, payload } = JSON.parse(data.toString()) as { type: string; payload: Refused['errors'] };
      if (type === 'connection_ack')
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      else resolve({ errors: payload! });
    });
  });
  try {
    return await answer;
  } finally {
    socket.removeAllListeners('close');
    socket.terminate();
  }
}

const ENTRANCES: Readonly<Record<string, (rest: string) => Promise<Refused>>> = {
  POST: (rest) => post({ query: asQuery(rest) }),
  'a persisted query': (rest) => {
    const query = asQuery(`persisted: __typename ${rest}`);
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    return post({ query, extensions: { persistedQuery: { version: 1, sha256Hash } } });
  },
  'a WebSocket': (rest) => subscribe(`query HostileLive { ${rest}`),
};

/** The longest time that nothing else could run while a work was done, in milliseconds. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sleep(5);
  await work();
  await sleep(5);
  delay.disable();
  return delay.max / 1e6;
}

/** What an ordinary document takes that is sent for the first time; no machine's noise is taken for less than this. */
const LEAST_BASELINE_MS = 30;
const RATIO = 15;
let bound = 0;
beforeAll(async () => {
  const blocks: number[] = [];
  for (let time = 0; time < 5; time += 1) {
    const query = `query Ordinary${time} { products(size: 5) { items { id name sku variants { id barcodes } } } orders(size: 5) { items { id total } } }`;
    blocks.push(await longestBlock(() => post({ query })));
  }
  bound = RATIO * Math.max(LEAST_BASELINE_MS, blocks.sort((one, other) => one - other)[2]!);
});

describe.each(Object.entries(ENTRANCES))('by %s', (_name, send) => {
  it.each(Object.entries(HOSTILE))('refuses %s, quickly', async (_what, rest) => {
    let answer: Refused = {};
    const block = await longestBlock(async () => (answer = await send(rest)));
    expect(['QUERY_INVALID', 'QUERY_TOO_COSTLY']).toContain(codeOf(answer));
    expect(block).toBeLessThan(bound);
  });
});

describe('by GET', () => {
  // What is longer than headers may be never becomes a request.
  const short = Object.entries(HOSTILE).filter(([, rest]) => encodeURIComponent(rest).length < 15_000);
  it.each(short)('refuses %s, quickly', async (_what, rest) => {
    let answer: Refused = {};
    const search = new URLSearchParams({ query: `query HostileGet { ${rest}` });
    const block = await longestBlock(async () => {
      const response = await fetch(`${platform.url}/graphql?${search}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      answer = (await response.json()) as Refused;
    });
    expect(['QUERY_INVALID', 'QUERY_TOO_COSTLY']).toContain(codeOf(answer));
    expect(block).toBeLessThan(bound);
  });
});

it('quotes no more of a document than helps to mend it', async () => {
  const messagesOf = async (query: string) => {
    const { errors } = (await post({ query })) as unknown as { errors: { message: string }[] };
    return errors.map(({ message }) => message);
  };
  const long = 'x'.repeat(60_000);
  expect(await messagesOf(`{ products(size: "${long}") { page } }`)).toEqual([
    'Int cannot represent non-integer value.',
  ]);
  expect(await messagesOf(`{ products { ${long} } }`)).toEqual(['A name has more than 200 characters.']);
});

it.each([
  ['nests without end', JSON.parse('['.repeat(1000) + ']'.repeat(1000)) as unknown, 'TOO_DEEP'],
  ['has half a million values', new Array(400_000).fill(0), 'TOO_MANY'],
])('refuses a variable that %s', async (_what, size, code) => {
  const answer = await post({
    query: 'query ($size: Int) { products(size: $size) { page } }',
    variables: { size },
  });
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'VALIDATION_FAILED', errors: [{ field: 'size', code }] } },
  ]);
});

describe('what developers ask for', () => {
  const EVERYTHING = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  };

  it.each([
    ['the standard introspection', {}],
    ['the standard introspection with all that it can ask', EVERYTHING],
  ])('%s is answered, from memory from the second time on', async (_what, options) => {
    const query = getIntrospectionQuery(options);
    const answers = [await post({ query }), await post({ query })] as unknown as {
      data: IntrospectionQuery;
    }[];
    expect(answers[0]).toEqual(answers[1]);
    const schema = buildClientSchema(answers[0]!.data);
    expect(schema.getQueryType()?.getFields().products).toBeDefined();
  });

  it('one type by its name', async () => {
    const answer = await post({
      query: '{ __type(name: "Product") { name fields { name type { name kind ofType { name } } } } }',
    });
    expect(answer.errors).toBeUndefined();
  });
});
