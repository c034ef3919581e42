import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway';
import { getIntrospectionQuery, parse, validate, type ExecutionResult } from 'graphql';
import { pino } from 'pino';
import { GraphGateway } from '#gateway/executor/index';
import { InProcessDataSource, type DataSource } from '#gateway/executor/data-source';
import { composeSupergraph } from '#gateway/compose';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { batches, fixtureContext, fixtureSubgraphs } from '#test/gateway/fixture-graph';

const supergraphSdl = composeSupergraph(fixtureSubgraphs);
const schemas = new Map(fixtureSubgraphs.map((subgraph) => [subgraph.name, buildSubgraph(subgraph)]));
let fetches: string[] = [];
const sources = new Map<string, DataSource>(
  [...schemas].map(([name, schema]) => {
    const source = new InProcessDataSource(name, schema);
    return [name, { process: (request) => (fetches.push(name), source.process(request)) }];
  }),
);
const gateway = new GraphGateway({ supergraphSdl, sources, timeoutMs: 1000 });
const apollo = new ApolloGateway({
  supergraphSdl,
  buildService: ({ name }) => new LocalGraphQLDataSource(schemas.get(name)!),
  logger: pino({ level: 'silent' }),
});
let theirs: NonNullable<Awaited<ReturnType<ApolloGateway['load']>>['executor']>;

beforeAll(async () => {
  const loaded = await apollo.load({ apollo: {} });
  theirs = loaded.executor!;
});
beforeEach(() => {
  fetches = [];
  for (const name of Object.keys(batches)) delete batches[name];
});
afterAll(() => apollo.stop());

async function run(
  query: string,
  variables: Record<string, unknown> = {},
  operationName?: string,
): Promise<ExecutionResult> {
  const document = parse(query);
  expect(validate(gateway.apiSchema, document)).toEqual([]);
  const request = { document, documentKey: query, variables, context: fixtureContext() };
  const result = await gateway.execute({ ...request, ...(operationName ? { operationName } : {}) });
  return JSON.parse(JSON.stringify(result)) as ExecutionResult;
}

async function runTheirs(query: string, variables: Record<string, unknown> = {}): Promise<ExecutionResult> {
  const document = parse(query);
  const result = await theirs({
    document,
    queryHash: query,
    request: { query, variables },
    operationName: null,
    context: fixtureContext(),
    metrics: {},
    schema: gateway.apiSchema,
    logger: pino({ level: 'silent' }),
  } as unknown as Parameters<typeof theirs>[0]);
  return JSON.parse(JSON.stringify(result)) as ExecutionResult;
}

describe('the executor answers as Apollo Gateway does', () => {
  const table: [name: string, query: string, variables?: Record<string, unknown>][] = [
    ['fields of one subgraph', '{ items { id name price } }'],
    ['fields of two subgraphs', '{ item(id: "1") { name stock { onHand } } }'],
    [
      'a list through three subgraphs',
      '{ sales(first: 1) { id lines { quantity item { name level stock2: level } } } }',
    ],
    ['aliases', '{ a: item(id: "1") { title: name } b: item(id: "2") { title: name level } }'],
    [
      'named fragments',
      'query { items { ...I } } fragment I on Item { id ...N } fragment N on Named { name }',
    ],
    ['the same field twice', '{ items { id name } items { name level } }'],
    ['a union', '{ search { __typename ... on Item { id level } ... on Brand { country name } } }'],
    ['an interface', '{ named { name ... on Item { price label } ... on Brand { country } } }'],
    ['fields with @requires', '{ items { label } }'],
    ['a list of lists', '{ item(id: "1") { grid { id level } } }'],
    ['nested entities', '{ item(id: "1") { parts { name level } } }'],
    ['an entity without its own fields', '{ lowest { id name } }'],
    ['__typename everywhere', '{ __typename item(id: "1") { __typename stock { __typename onHand } } }'],
    [
      '@skip and @include',
      'query ($y: Boolean!) { items { id @skip(if: $y) name @include(if: $y) level @include(if: $y) } }',
      { y: true },
    ],
    ['@include that leaves out', 'query ($y: Boolean = false) { items { id level @include(if: $y) } }'],
    [
      'variables and their defaults',
      'query ($first: Int = 1, $id: ID!) { sales(first: $first) { id } item(id: $id) { name } }',
      { id: '2' },
    ],
    ['an absent thing', '{ item(id: "404") { name level } }'],
    ['an absent entity', '{ sales { lines { item { name } } } }'],
    ['functions as properties', '{ page(size: 2) { total pages size items { id } nextCursor } }'],
    ['introspection', getIntrospectionQuery()],
    [
      'introspection of one type',
      'query ($n: String!) { __type(name: $n) { name fields { name } } items { id } }',
      { n: 'Item' },
    ],
    [
      'mutations',
      'mutation { a: remember(word: "first") b: count(id: "1") { onHand } c: remember(word: "second") }',
    ],
  ];
  it.each(table.map(([name, query, variables]) => ({ name, query, variables })))(
    '$name',
    async ({ query, variables }) => {
      const ours = await run(query, variables);
      expect(ours.errors).toBeUndefined();
      expect(ours).toEqual({ data: (await runTheirs(query, variables)).data });
    },
  );
});

describe('the executor', () => {
  it('makes one fetch per subgraph and hop, and one query per batch', async () => {
    const { data } = await run('{ sales { lines { item { name stock { onHand } } } } }');
    expect(fetches.sort()).toEqual(['catalog', 'inventory', 'sales']);
    expect(batches).toEqual({ item: [['1', '2', '404']], level: [['1', '2', '404']] });
    expect(data).toBeDefined();
  });

  it('carries out mutations in their order', async () => {
    const { data } = await run(
      'mutation { first: remember(word: "first") second: remember(word: "second") }',
    );
    expect(data).toEqual({ first: ['first'], second: ['first', 'second'] });
  });

  it('raises a null to the nearest parent that may be null, and names the place of the error', async () => {
    const { data, errors } = await run('{ item(id: "1") { name parts { name stock { onHand } } } }');
    expect(data).toEqual({ item: null });
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['item', 'parts', 0, 'stock'],
        extensions: expect.objectContaining({ code: 'INTERNAL' }) as unknown,
      }),
    ]);
  });

  it('gives partial data beside an error, with the place in the caller’s own answer', async () => {
    const { data, errors } = await run('{ things: items { id r: risky } }');
    expect(data).toEqual({
      things: [
        { id: '1', r: 'fine 1' },
        { id: '2', r: null },
        { id: '3', r: 'fine 3' },
      ],
    });
    expect(errors).toEqual([
      {
        message: 'The bean is being counted.',
        path: ['things', 1, 'r'],
        extensions: { code: 'ILLEGAL_STATE', retry: false, details: { id: '2' }, requestId: 'r-1' },
      },
    ]);
  });

  it('masks what was not meant for callers, and logs it with the request id', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    const document = parse('{ broken }');
    const result = await gateway.execute({ document, documentKey: 'broken', context: fixtureContext(log) });
    expect(result.data).toEqual({ broken: null });
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect(result.errors![0]!.extensions).toEqual({ code: 'INTERNAL', retry: true, requestId: 'r-1' });
    expect(JSON.parse(lines[0]!)).toMatchObject({
      requestId: 'r-1',
      err: { message: expect.stringContaining('hunter2') as unknown },
    });
  });

  it('says so where a field that must not be null is missing without a reason', async () => {
    const { data, errors } = await run('{ missing { name } }');
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors![0]!.extensions).toMatchObject({ code: 'INTERNAL' });
  });

  it('passes on errors meant for callers with their code', async () => {
    const { data, errors } = await run('{ refused { name } }');
    expect(data).toEqual({ refused: null });
    expect(errors).toEqual([
      {
        message: 'There is no item with the id "9".',
        path: ['refused'],
        extensions: { code: 'NOT_FOUND', retry: false, requestId: 'r-1' },
      },
    ]);
  });

  it('asks for a signed-in caller where @auth stands', async () => {
    const { errors } = await run('{ secret }');
    expect(errors![0]!.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('gives up after the time an operation may take', async () => {
    const { errors } = await run('{ slow(milliseconds: 1500) }');
    expect(errors![0]!.extensions).toMatchObject({ code: 'UNAVAILABLE', retry: true });
  });

  it('names every faulty field of the variables at once', async () => {
    const query = 'mutation ($input: CheckInput!) { check(input: $input) }';
    const { errors } = await run(query, {
      input: { amount: 'much', lines: [{ quantity: 1 }, { quantity: '1e5', color: 'red' }], kind: 'x' },
    });
    expect(errors).toHaveLength(1);
    expect(errors![0]!.extensions).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [
        { field: 'name', code: 'REQUIRED' },
        { field: 'amount', code: 'INVALID' },
        { field: 'lines.1.color', code: 'UNKNOWN_FIELD' },
        { field: 'lines.1.quantity', code: 'INVALID' },
        { field: 'kind', code: 'INVALID' },
      ].map((fault) => expect.objectContaining(fault) as unknown),
    });
    expect(fetches).toEqual([]);
  });

  const bad = { name: 'n', lines: [{ quantity: 'x' }], kind: 'thing' };
  const places: [name: string, query: string, variables: Record<string, unknown>, fields: string[]][] = [
    ['of the body', 'mutation ($i: CheckInput!) { check(input: $i) }', { i: bad }, ['lines.0.quantity']],
    ['inside the body', 'mutation ($l: [LineInput!]!) { check(input: { name: "n", lines: $l }) }', { l: bad.lines }, ['lines.0.quantity']],
    ['of a line', 'mutation ($q: Decimal!) { check(input: { name: "n", lines: [{ quantity: 1 }, { quantity: $q }] }) }', { q: 'x' }, ['lines.1.quantity']],
    ['of an argument', 'query ($a: Money, $b: Int!) { echo(amount: $a, list: [1, $b]) }', { a: 'x', b: 'y' }, ['amount', 'list.1']],
    ['in a fragment', 'query ($a: Money) { ...F } fragment F on Query { again: echo(amount: $a) }', { a: 'x' }, ['amount']],
    ['of a directive', 'query ($yes: Boolean!) { items @skip(if: $yes) { id } }', { yes: 'x' }, ['yes']],
    ['of two fields', 'mutation ($a: CheckInput!, $b: CheckInput!) { a: check(input: $a) b: check(input: $b) }', { a: bad, b: bad }, ['a.lines.0.quantity', 'b.lines.0.quantity']],
    ['of two fields at once', 'mutation ($i: CheckInput!) { a: check(input: $i) b: check(input: $i) }', { i: bad }, ['lines.0.quantity']],
  ]; // prettier-ignore

  it.each(places)(
    'names a faulty variable by its place in the argument: %s',
    async (_, query, variables, fields) => {
      const { errors } = await run(query, variables);
      const faults = errors![0]!.extensions.errors as { field: string }[];
      expect(faults.map(({ field }) => field)).toEqual(fields);
    },
  );

  it('withholds enum values that the public schema does not have', async () => {
    const { errors } = await run('mutation ($input: CheckInput!) { check(input: $input) }', {
      input: { name: 'n', lines: [], kind: 'secret' },
    });
    expect(errors![0]!.extensions).toMatchObject({
      errors: [{ field: 'kind', message: '"kind" must be one of thing, service.' }],
    });
  });

  it('chooses the operation by its name', async () => {
    const query = 'query A { item(id: "1") { name } } query B { item(id: "2") { name } }';
    expect(await run(query, {}, 'A')).toEqual({ data: { item: { name: 'Coffee' } } });
    expect(await run(query, {}, 'B')).toEqual({ data: { item: { name: 'Bean' } } });
    expect((await run(query)).errors![0]!.extensions).toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('values of our own scalars', () => {
  it('reach the resolver as Decimals, whether they come as variables, as literals or by default', async () => {
    const asVariables = await run('query ($a: Money, $q: Decimal) { echo(amount: $a, quantity: $q) }', {
      a: '12.50',
      q: 2,
    });
    expect(asVariables.data).toEqual({ echo: '{"quantity":"2","amount":"12.5"}truetrue' });
    expect((await run('{ echo(amount: 12.50, quantity: "0.350") }')).data).toEqual({
      echo: '{"amount":"12.5","quantity":"0.35"}truetrue',
    });
    expect((await run('{ echo(kind: thing) }')).data).toEqual({
      echo: '{"quantity":"1","kind":"thing"}truetrue',
    });
    expect((await run('query ($q: Decimal = 3) { echo(quantity: $q) }')).data).toEqual({
      echo: '{"quantity":"3"}truetrue',
    });
  });

  it('never let the text of a literal become code', async () => {
    const mark = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d';
    const { data } = await run(`{ echo(text: "${mark}globalThis.broken = 1") }`);
    expect((globalThis as Record<string, unknown>).broken).toBeUndefined();
    expect(data!.echo).toContain(mark);
  });
});
