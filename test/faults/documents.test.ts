/**
 * Random documents over the whole schema, on the demo shop: operations compiled by graphql-jit, operations that graphql-js interprets, and
 * the executor of the stock @apollo/gateway agree on data and errors. `npm run faults -- documents` tries many more.
 */
import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { mapSchema, MapperKind } from '@graphql-tools/utils';
import fc from 'fast-check';
import { execute, getNamedType, parse, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { pino } from 'pino';
import { ALL_SCOPES } from '#kernel/auth/scopes';
import { createContext, type RequestContext } from '#kernel/context';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { demoId, type DemoKind } from '#demo/ids';
import { GraphGateway } from '#gateway/executor/index';
import { InProcessDataSource, type DataSource } from '#gateway/executor/data-source';
import { maskErrors } from '#gateway/executor/mask-errors';
import { loadSupergraph } from '#gateway/supergraph';
import { subgraphs } from '#subgraphs/list';
import { operations, type RandomOperation } from '#test/gateway/executor/random-documents';
import { userActor } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { plain } from '#test/harness/values';
import { TRIAL_SEED, trialSize } from './trial-size';

const DOCUMENTS = trialSize(60);
jest.setTimeout(120_000 + DOCUMENTS * 2_000);

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  Boolean: ['true', 'false'],
  Date: ['"2026-01-31"', '"2026-11-01"'],
  DateTime: ['"2026-01-31T18:04:05.000Z"', '"2026-11-28T00:00:00.000Z"'],
  Decimal: ['"1"', '"2.5"'],
  Float: ['1.5', '2'],
  ID: ['"0190a000-0000-7000-8000-0000000000ff"', '"unknown"'],
  Int: ['1', '2', '3'],
  JSON: ['"x"', '1'],
  Money: ['"1.00"', '"12.50"'],
  String: ['"tea"', '"EUR"', '"de"', '"name"', '""'],
};
const ALIASES = [
  'id',
  'name',
  'a',
  'b',
  'total',
  'items',
  'price',
  '__proto__',
  'constructor',
  '_entities',
  'representations',
];

type Executor = (operation: RandomOperation) => Promise<ExecutionResult>;

let platform: TestPlatform;
let apollo: ApolloGateway;
let schema: GraphQLSchema;
let executors: Record<'compiled' | 'interpreted' | 'stock', Executor>;

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 2 });
  const supergraphSdl = await loadSupergraph(subgraphs);
  const schemas = new Map(subgraphs.map((subgraph) => [subgraph.name, buildSubgraph(subgraph)]));
  const gatewayOf = (sourceOf: (name: string, of: GraphQLSchema) => DataSource) => {
    const sources = new Map([...schemas].map(([name, of]) => [name, sourceOf(name, of)]));
    return new GraphGateway({ supergraphSdl, sources });
  };
  const compiled = gatewayOf((name, of) => new InProcessDataSource(name, of));
  const interpreted = gatewayOf((name, of) => ({ process: (request) => interpret(name, of, request) }));
  schema = compiled.apiSchema;
  executors = {
    compiled: runOn(compiled),
    interpreted: runOn(interpreted),
    stock: await startStock(supergraphSdl, schemas),
  };
});
afterAll(async () => {
  await apollo.stop();
  await platform.stop();
});

/** A request of the shop's owner. Time stands still, since many fields count from now. */
function ownerContext(): RequestContext {
  const services = { ...platform.services, clock: { now: () => new Date('2026-11-28T12:00:00Z') } };
  const owner = userActor({
    organizationId: demoId.organization(1),
    branchId: demoId.branch(1),
    userId: demoId.user(1),
    role: 'owner',
    scopes: ALL_SCOPES,
  });
  return createContext(services, owner, { requestId: 'documents', address: '127.0.0.1' });
}

/** A part of a plan, without graphql-jit. */
async function interpret(
  name: string,
  of: GraphQLSchema,
  {
    query,
    variables,
    context,
  }: { query: string; variables: Record<string, unknown>; context: RequestContext },
): Promise<ExecutionResult> {
  const result = await execute({
    schema: of,
    document: parse(query),
    variableValues: variables,
    contextValue: context,
    rootValue: {},
  });
  return result.errors ? maskErrors(result, context, name) : result;
}

const runOn =
  ({ execute: run }: GraphGateway): Executor =>
  ({ text, variables }) =>
    run({ document: parse(text), documentKey: text, variables, context: ownerContext() });

async function startStock(
  supergraphSdl: string,
  schemas: ReadonlyMap<string, GraphQLSchema>,
): Promise<Executor> {
  const logger = pino({ level: 'silent' });
  const serviceOf = (name: string): GraphQLDataSource => ({
    process: ({ request: { query = '', variables = {} }, context }) =>
      interpret(name, schemas.get(name)!, { query, variables, context: context as RequestContext }),
  });
  apollo = new ApolloGateway({ supergraphSdl, buildService: ({ name }) => serviceOf(name), logger });
  const { executor } = await apollo.load({ apollo: {} });
  return async ({ text, variables }) => {
    const request = {
      document: parse(text),
      queryHash: text,
      request: { query: text, variables },
      operationName: null,
    };
    const more = { context: ownerContext(), metrics: {}, schema, logger };
    return (await executor({ ...request, ...more } as never)) as ExecutionResult;
  };
}

/** Ids of the demo shop for the arguments that name its rows: `product(id:)`, `stockLevels(productId:)`. */
function literalsOf(field: string, argument: string): readonly string[] | undefined {
  const type = schema.getQueryType()!.getFields()[field]?.type;
  const named = argument === 'id' && type ? getNamedType(type).name : argument.replace(/Id$/, '');
  // Most texts are no cursor, and no field to sort by.
  if (argument === 'cursor' || argument === 'sort') return ['null'];
  const kind = `${named[0]!.toLowerCase()}${named.slice(1)}`;
  if (argument !== 'id' && !argument.endsWith('Id')) return undefined;
  return kind in demoId ? [1, 2, 3].map((number) => `"${demoId[kind as DemoKind](number)}"`) : undefined;
}

/** The schema without the field that is measured anew at each request. */
function withoutMeasurements(whole: GraphQLSchema): GraphQLSchema {
  return mapSchema(whole, {
    [MapperKind.OBJECT_FIELD]: (config, field, type) =>
      `${type}.${field}` === 'Dependency.latencyMs' ? null : config,
  });
}

const errorsOf = ({ errors = [] }: ExecutionResult) =>
  errors.map(({ extensions, path }) => `${String(extensions.code)} ${path?.join('.') ?? ''}`).sort();

it('the compiled, the interpreted and the stock executor agree', async () => {
  let withData = 0;
  const agree = async (operation: RandomOperation) => {
    const compiled = await executors.compiled(operation);
    const interpreted = await executors.interpreted(operation);
    const stock = await executors.stock(operation);
    expect(JSON.stringify(interpreted.data)).toBe(JSON.stringify(compiled.data));
    expect(plain(stock.data)).toEqual(plain(compiled.data));
    if (compiled.data) {
      expect(errorsOf(interpreted)).toEqual(errorsOf(compiled));
      expect(errorsOf(stock)).toEqual(errorsOf(compiled));
    } else {
      // Which of several errors makes an answer null is a matter of time, by the specification; the others may be missing.
      for (const { errors } of [compiled, interpreted, stock]) expect(errors?.length).toBeGreaterThan(0);
    }
    expect(errorsOf(compiled).filter((error) => error.startsWith('INTERNAL'))).toEqual([]);
    if (compiled.data && Object.values(compiled.data).some((value) => value !== null)) withData += 1;
  };
  const random = operations(withoutMeasurements(schema), {
    aliases: ALIASES,
    literals: LITERALS,
    literalsOf,
    conditions: true,
    maxDepth: 4,
  });
  // A shorter document would be no easier to read, and each attempt asks three executors.
  await fc.assert(fc.asyncProperty(random, agree), {
    numRuns: DOCUMENTS,
    seed: TRIAL_SEED,
    endOnFailure: true,
  });
  expect(withData).toBeGreaterThan(DOCUMENTS / 3);
});
