/**
 * Every operation of the graph × everybody who may not call it, generated from the schema, so that a new operation is in it from its
 * first day: nobody without a token, no role without the permission, and nobody of another organization sees or changes anything.
 */
import { createHash } from 'node:crypto';
import {
  isNonNullType,
  parse,
  type ExecutionResult,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { Client } from 'pg';
import { readAccess, type Access } from '#gateway/access-rules';
import { GraphGateway } from '#gateway/executor/index';
import { ANONYMOUS, type Actor } from '#kernel/auth/actor';
import { expandScopes } from '#kernel/auth/scopes';
import { createContext } from '#kernel/context';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { demoId } from '#demo/ids';
import { DEFAULT_ROLES } from '#subgraphs/auth/roles.rules';
import { subgraphs } from '#subgraphs/list';
import { createOwner, userActor, visitorActor, type TestOwner } from '../harness/actors';
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { callOf, sdl } from './calls';

interface Operation {
  readonly root: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly access: Access;
}

let platform: TestPlatform;
let database: Client;
let operations: readonly Operation[];
let api: GraphQLSchema;
let stranger: TestOwner;

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 2 });
  const { services } = platform;
  const { apiSchema, access } = graphOf();
  api = apiSchema;
  operations = [api.getQueryType()!, api.getMutationType()!].flatMap((root) =>
    Object.values(root.getFields()).map((field) => ({
      root,
      field,
      access: access.get(`${root.name}.${field.name}`)!,
    })),
  );
  stranger = await createOwner({ services, contextFor });
  database = new Client(services.config.databaseUrl);
  await database.connect();
  await settled();
}, 240_000);
afterAll(async () => {
  await database.end();
  await platform.stop();
});

function graphOf(): { apiSchema: GraphQLSchema; access: ReadonlyMap<string, Access> } {
  const gateway = new GraphGateway({ supergraphSdl: sdl, sources: new Map() });
  return { apiSchema: gateway.apiSchema, access: readAccess(gateway.supergraph) };
}

const contextFor = (actor: Actor) =>
  createContext(platform.services, actor, { requestId: 'matrix', address: '127.0.0.1' });

async function run(operation: Operation, actor: Actor): Promise<ExecutionResult> {
  const { text, variables } = callOf(operation.root, operation.field);
  const documentKey = createHash('sha256').update(text).digest('hex');
  return platform.platform.execute({
    document: parse(text),
    documentKey,
    variables,
    context: contextFor(actor),
  });
}

const nameOf = ({ root, field }: Operation) => `${root.name}.${field.name}`;
const codeOf = (result: ExecutionResult) =>
  (result.errors?.[0]?.extensions.code as string | undefined) ?? 'succeeded';
const isEmpty = ({ data }: ExecutionResult) =>
  data == null || Object.values(data).every((value) => value === null);

async function tables(): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> '_prisma_migrations' order by 1`);
  return rows.map(({ name }) => name);
}

/** What is stored, table by table: how many rows and a digest of all of them. @param of one organization's rows only. */
async function fingerprint(of?: string): Promise<Record<string, string>> {
  const prints: Record<string, string> = {};
  for (const table of await tables()) {
    const where = of === undefined ? '' : `where t.organization_id = '${of}'`;
    const { rows } = await database.query<{ print: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as print from "${table}" t ${where}`,
    );
    prints[table] = rows[0]!.print;
  }
  return prints;
}

/** Waits until the work that follows the beginnings of the shop, such as the sealing of its audit trail, has come to rest. */
async function settled(): Promise<void> {
  let before = '';
  for (let look = 0; look < 60; look += 1) {
    const prints = await fingerprint();
    const now = JSON.stringify(prints);
    if (now === before && prints.audit_pending!.startsWith('0 ')) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  throw new Error('the database does not come to rest');
}

/** The ids of everything that belongs to an organization. */
async function idsOf(organizationId: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>([organizationId]);
  for (const table of await tables()) {
    const { rows } = await database.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) as row from "${table}" t where t.organization_id = $1`,
      [organizationId],
    );
    for (const { row } of rows) if (typeof row.id === 'string') ids.add(row.id);
  }
  return ids;
}

/** Runs all of them as one actor. @returns what did not end as expected. */
async function refusals(those: readonly Operation[], actor: Actor, code: string): Promise<string[]> {
  const faults: string[] = [];
  for (const operation of those) {
    const result = await run(operation, actor);
    if (codeOf(result) !== code || !isEmpty(result))
      faults.push(`${nameOf(operation)}: ${codeOf(result)} ${result.errors?.[0]?.message ?? ''}`);
  }
  return faults;
}

/** What needs no token: a longer list is a decision, so it is made here. */
const PUBLIC = [
  'Mutation.login',
  // With the signed link of the ticket's customer, who has no login.
  'Mutation.rateTicket',
  'Mutation.refreshSession',
  'Mutation.registerUser',
  'Mutation.requestPasswordReset',
  'Mutation.resetPassword',
  'Mutation.verifyEmail',
  'Query.eventTypes',
  'Query.ping',
  'Query.status',
  'Query.trackShipment',
];

it('every operation says who may call it', () => {
  expect(operations.length).toBeGreaterThan(100);
  expect(operations.filter(({ access }) => !access).map(nameOf)).toEqual([]);
  expect(
    operations
      .filter(({ access }) => access.public)
      .map(nameOf)
      .sort(),
  ).toEqual(PUBLIC);
});

it('nobody without a token gets past what is public, and nothing changes', async () => {
  const before = await fingerprint();
  const guarded = operations.filter(({ access }) => !access.public);
  expect(await refusals(guarded, ANONYMOUS, 'UNAUTHENTICATED')).toEqual([]);
  expect(await fingerprint()).toEqual(before);
}, 120_000);

it.each([...DEFAULT_ROLES, { name: 'nothing', scopes: [] }])(
  'the role $name is refused what it does not permit, and nothing changes',
  async ({ name, scopes }) => {
    const held = expandScopes(scopes);
    const actor = userActor({
      organizationId: demoId.organization(1),
      branchId: demoId.branch(1),
      userId: demoId.user(3),
      role: name,
      scopes: held,
    });
    const before = await fingerprint();
    const forbidden = operations.filter(
      ({ access }) =>
        access.scopes.length > 0 &&
        !access.scopes.some((scope) => (held as readonly string[]).includes(scope)),
    );
    if (scopes.includes('*')) expect(forbidden).toEqual([]);
    expect(await refusals(forbidden, actor, 'FORBIDDEN')).toEqual([]);
    expect(await fingerprint()).toEqual(before);
  },
  120_000,
);

/** What everyone may call who reads a publishable key in the page of a web shop: a longer list is a decision, so it is made here. */
const VISITORS = [
  'Mutation.addToCart',
  'Mutation.applyCartCode',
  'Mutation.checkoutCart',
  'Mutation.confirmCheckout',
  'Mutation.removeCartCode',
  'Mutation.removeCartItem',
  'Mutation.updateCart',
  'Mutation.updateCartItem',
  'Query.cart',
  'Query.categories',
  'Query.storefrontProduct',
  'Query.storefrontProducts',
];

it('a publishable key opens the public catalogue and carts, and nothing else, and nothing changes', async () => {
  const visitor = visitorActor({ organizationId: demoId.organization(1), branchId: demoId.branch(1) });
  const before = await fingerprint();
  const open = operations.filter(({ access }) => access.scopes.includes('shop:use'));
  expect(open.map(nameOf).sort()).toEqual(VISITORS);
  const closed = operations.filter(({ access }) => !access.public && !access.scopes.includes('shop:use'));
  expect(await refusals(closed, visitor, 'FORBIDDEN')).toEqual([]);
  expect(await fingerprint()).toEqual(before);
}, 120_000);

/** What a user of a vendor may call beyond the own account and what every signed-in caller may: a longer list is a decision, so it is made here. */
const VENDOR_USERS = [
  'Mutation.updateVendorAccount',
  'Query.vendor',
  'Query.vendorCommissions',
  'Query.vendorEntries',
  'Query.vendorOrders',
  'Query.vendorPayout',
  'Query.vendorPayoutEntries',
  'Query.vendorPayoutStatement',
  'Query.vendorPayouts',
  'Query.vendorProducts',
  'Query.vendors',
];

const vendorUser = (number: number) =>
  userActor({
    organizationId: demoId.organization(1),
    userId: demoId.user(6),
    role: 'vendor',
    scopes: ['vendor:own'],
    vendorId: demoId.vendor(number),
  });

/** The ids of everything that has a vendor or a person, without those of one vendor. */
async function idsBeyond(vendorId: string): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ id: string }>(
    `select id from vendors where id <> $1
     union all select id from products where vendor_id is distinct from $1
     union all select v.id from variants v join products p on p.id = v.product_id where p.vendor_id is distinct from $1
     union all select id from vendor_orders where vendor_id <> $1
     union all select id from vendor_order_items where vendor_id <> $1
     union all select id from vendor_entries where vendor_id <> $1
     union all select id from vendor_payouts where vendor_id <> $1
     union all select id from order_lines where vendor_id is distinct from $1
     union all select id from customers union all select id from registers union all select id from payments`,
    [vendorId],
  );
  return new Set(rows.map(({ id }) => id));
}

it('a user of a vendor may call what shows the own vendor, and nothing else, and nothing changes', async () => {
  const before = await fingerprint();
  const open = operations.filter(({ access }) => access.scopes.includes('vendor:own'));
  expect(open.map(nameOf).sort()).toEqual(VENDOR_USERS);
  const closed = operations.filter(
    ({ access }) => access.scopes.length > 0 && !access.scopes.includes('vendor:own'),
  );
  expect(await refusals(closed, vendorUser(1), 'FORBIDDEN')).toEqual([]);
  expect(await fingerprint()).toEqual(before);
}, 120_000);

it('a user of a vendor sees no goods, sales, payouts and people beyond the own, whatever ids they send', async () => {
  const called = operations.filter(
    ({ root, access }) =>
      access.scopes.includes('vendor:own') || (root.name === 'Query' && access.scopes.length === 0),
  );
  // The demo's user belongs to the first vendor, so the account itself is left out for another one.
  for (const [number, listed] of [
    [1, called],
    [6, called.filter((operation) => nameOf(operation) !== 'Query.me')],
  ] as const) {
    const beyond = await idsBeyond(demoId.vendor(number));
    expect(beyond.size).toBeGreaterThan(500);
    const faults: string[] = [];
    for (const operation of listed) {
      const result = await run(operation, vendorUser(number));
      const { variables } = callOf(operation.root, operation.field);
      const told = [
        ...JSON.stringify(result.data ?? null).matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g),
      ];
      const foreign = told.map(([id]) => id).filter((id) => beyond.has(id));
      if (foreign.length > 0) faults.push(`${nameOf(operation)}: ${foreign.slice(0, 3).join(' ')}`);
      // The examples name the first vendor and others: each is there for its own user alone.
      const named = Object.values(variables).filter((value) => beyond.has(value as string));
      const code = codeOf(result);
      if (code === 'INTERNAL' || (named.length > 0 && code !== 'NOT_FOUND'))
        faults.push(`${nameOf(operation)}: ${code} ${result.errors?.[0]?.message ?? ''}`);
    }
    expect({ number, faults }).toEqual({ number, faults: [] });
  }
}, 120_000);

it('subscriptions are guarded before they begin', () => {
  const faults: string[] = [];
  for (const subgraph of subgraphs) {
    for (const field of Object.values(buildSubgraph(subgraph).getSubscriptionType()?.getFields() ?? {})) {
      const begin = (actor: Actor) => field.subscribe!({}, {}, contextFor(actor), undefined as never);
      const attempt = (actor: Actor) => {
        try {
          void begin(actor);
          return 'begun';
        } catch (error) {
          return (error as { code?: string }).code;
        }
      };
      const organizationId = demoId.organization(1);
      const visitor = visitorActor({ organizationId, branchId: demoId.branch(1) });
      const outcomes = [ANONYMOUS, userActor({ organizationId }), visitor, vendorUser(1)].map(attempt);
      if (outcomes.join(' ') !== 'UNAUTHENTICATED FORBIDDEN FORBIDDEN FORBIDDEN')
        faults.push(`${field.name}: ${outcomes.join(' ')}`);
    }
  }
  expect(faults).toEqual([]);
});

it('the owner of another organization sees and changes nothing of this one, whatever ids they send', async () => {
  const demo = demoId.organization(1);
  const ids = await idsOf(demo);
  expect(ids.size).toBeGreaterThan(500);
  const before = await fingerprint(demo);
  const seen: string[] = [];
  const found: string[] = [];
  for (const operation of operations.filter(({ access }) => !access.public)) {
    const result = await run(operation, stranger.actor);
    const sent = JSON.stringify(callOf(operation.root, operation.field).variables);
    const told = [
      ...JSON.stringify(result.data ?? null).matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g),
    ].map(([id]) => id);
    const foreign = told.filter((id) => ids.has(id) && !sent.includes(id));
    if (foreign.length > 0) seen.push(`${nameOf(operation)}: ${foreign.slice(0, 3).join(' ')}`);
    // What is named by its id alone is not there, and says so as it would for an id that never was.
    const named = operation.field.args.some(({ name, type }) => name === 'id' && isNonNullType(type));
    if (named && !['NOT_FOUND', 'PRODUCT_NOT_FOUND'].includes(codeOf(result))) {
      found.push(`${nameOf(operation)}: ${codeOf(result)} ${JSON.stringify(result).slice(0, 200)}`);
    }
    if (codeOf(result) === 'INTERNAL') found.push(`${nameOf(operation)}: INTERNAL`);
  }
  expect({ seen, found }).toEqual({ seen: [], found: [] });
  expect(await fingerprint(demo)).toEqual(before);
}, 120_000);
