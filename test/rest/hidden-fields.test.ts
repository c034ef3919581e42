/**
 * Every route whose answer has fields with a permission of their own × everybody who holds one permission alone, made from the schema
 * and the documented examples: the field is null, its CSV cell is empty, and everything else is as the administrator sees it.
 */
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'csv-parse/sync';
import { getNamedType, isObjectType, type GraphQLObjectType, type GraphQLOutputType } from 'graphql';
import { GraphGateway } from '#gateway/executor/index';
import { ALL_SCOPES, type Scope } from '#kernel/auth/scopes';
import type { AnyScope } from '#kernel/graph/guards';
import { demoId } from '#demo/ids';
import { planTable } from '#sofa/export/table-plan';
import { createEngine, type BoundOperation } from '#sofa/sofa-handlers';
import { startTestPlatform, type RestAnswer, type TestPlatform } from '../harness/platform';
import { sdl } from '../gateway/calls';
import { operationsOf, requestOf, type Document, type Documented } from './documented';

let platform: TestPlatform;
let token: string;
let document: Document;
let documented: ReadonlyMap<string, Documented>;
let operations: readonly BoundOperation[];
const keys = new Map<Scope, string>();

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 3 });
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'admin@pospro.com', password: 'secure123' },
  });
  token = (login.body as { access_token: string }).access_token;
  for (const scope of ALL_SCOPES) {
    const made = await platform.rest('POST', '/api/v1/auth/api-keys', {
      token,
      body: { name: scope, permissions: [scope] },
    });
    keys.set(scope, (made.body as { key: string }).key);
  }
  // Found by the example of the search, and with a value in each field.
  const body = {
    name: 'Ann Example',
    email: 'ann@example.com',
    phone: '+49 176 5550101',
    tax_number: '21/815/08150',
    notes: 'Rings twice',
  };
  await platform.rest('POST', '/api/v1/customers', { token, body });
  document = (await platform.rest('GET', '/openapi.json')).body;
  documented = new Map(operationsOf(document).map((each) => [each.operation.operationId, each]));
  const { apiSchema } = new GraphGateway({ supergraphSdl: sdl, sources: new Map() });
  ({ operations } = await createEngine({ supergraphSdl: sdl, apiSchema }));
}, 240_000);
afterAll(() => platform.stop());

/** Where the documented example is the administrator's own, or needs more than one permission, this takes its place. */
const CHANGED: Readonly<Record<string, { query?: string; body?: object }>> = {
  currentRegister: { query: `register_id=${demoId.register(1)}` },
  createCustomer: { body: { name: 'Bea', email: 'bea@example.com' } },
  updateCustomer: { body: { notes: 'Rings once' } },
};

type Ask = (
  operation: BoundOperation,
  by: { token: string } | { scope: Scope },
  more?: string,
) => Promise<RestAnswer>;

const ask: Ask = (operation, by, more = '') => {
  const one = documented.get(operation.route.id)!;
  const { url, body: example } = requestOf(document, one);
  const { query = '', body = example } = CHANGED[operation.route.id] ?? {};
  const path = [query, more]
    .filter((part) => part !== '')
    .reduce((to, part) => `${to}${to.includes('?') ? '&' : '?'}${part}`, url);
  const headers = {
    ...('scope' in by ? { 'x-api-key': keys.get(by.scope)! } : {}),
    'idempotency-key': `${one.method} ${path}`,
  };
  return platform.rest(one.method.toUpperCase(), path, {
    body,
    headers,
    token: 'token' in by ? by.token : undefined,
  });
};

/** A drawer that nobody has counted is told to those who count it: a rule of the till's settings, beyond the guard. */
const BY_SETTING: Readonly<Record<string, readonly AnyScope[]>> = {
  'RegisterSession.expectedCash': [['pos:register', 'reports:read']],
};

interface RestField {
  readonly extensions: Readonly<Record<string, unknown>>;
}

const coordinateOf = ({ extensions }: RestField) => (extensions.origin as { coordinate: string }).coordinate;
const guardsOf = (field: RestField) =>
  BY_SETTING[coordinateOf(field)] ?? ((field.extensions.guards ?? []) as readonly AnyScope[]);
const holds = (scope: Scope, needed: readonly AnyScope[]) => needed.every((scopes) => scopes.includes(scope));

/** The guarded fields of an answer, by the names that lead to them. */
function guardedIn(type: GraphQLOutputType, path: readonly string[] = []): string[] {
  const named = getNamedType(type);
  if (!isObjectType(named)) return [];
  return Object.values(named.getFields()).flatMap((field) => [
    ...(guardsOf(field).length > 0 ? [[...path, field.name].join('.')] : []),
    ...guardedIn(field.type, [...path, field.name]),
  ]);
}

/** An answer as somebody with one permission should get it. @param hidden is told what had a value and is hidden. */
function masked(
  value: unknown,
  type: GraphQLOutputType,
  scope: Scope,
  hidden: (coordinate: string) => void,
): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, type, scope, hidden));
  const named = getNamedType(type);
  if (value === null || !isObjectType(named)) return value;
  const fields = named.getFields();
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([name, inner]) => {
      const field = fields[name]!;
      if (holds(scope, guardsOf(field))) return [name, masked(inner, field.type, scope, hidden)];
      if (inner !== null) hidden(coordinateOf(field));
      return [name, null];
    }),
  );
}

/** Routes that need no permission tell callers of themselves; `fields.test.ts` has what of that is hidden from an API key. */
const telling = () =>
  operations.filter(({ route, answer }) => route.operation.scopes.length > 0 && guardedIn(answer).length > 0);
const reading = () => telling().filter(({ route }) => route.method === 'GET');
const changing = () => telling().filter(({ route }) => route.method !== 'GET');
const bodyOf = ({ kind }: BoundOperation, { body }: RestAnswer) =>
  kind === 'list' ? (body as { items: unknown }).items : body;

it('answers null in place of what is hidden, and all the rest, for every permission alone', async () => {
  const faults: string[] = [];
  const hidden = new Set<string>();
  for (const operation of reading()) {
    const { status, ...rest } = await ask(operation, { token });
    const full = bodyOf(operation, { status, ...rest });
    for (const scope of ALL_SCOPES) {
      const { scopes } = operation.route.operation;
      const answer = await ask(operation, { scope });
      const may = scopes.includes(scope);
      const place = `${operation.route.id} for ${scope}`;
      if (answer.status !== (may ? status : 403))
        faults.push(`${place}: ${answer.status} ${answer.text.slice(0, 200)}`);
      if (!may || answer.status !== 200) continue;
      const expected = masked(full, operation.answer, scope, (coordinate) => hidden.add(coordinate));
      const seen = bodyOf(operation, answer);
      if (!isDeepStrictEqual(seen, expected)) faults.push(`${place}: ${difference(seen, expected)}`);
    }
  }
  expect(faults).toEqual([]);
  const hideable = new Set(
    reading().flatMap(({ route, answer }) => coordinatesIn(answer, route.operation.scopes as Scope[])),
  );
  expect([...hideable].filter((coordinate) => !hidden.has(coordinate)).sort()).toEqual(
    Object.keys(EMPTY_IN_DEMO).sort(),
  );
}, 300_000);

/** What the demo shop has no value of; each for a reason. */
const EMPTY_IN_DEMO: Readonly<Record<string, string>> = {
  'Customer.language': 'no customer of the demo shop has asked for one',
  'StockTakeLine.differenceValue': 'nothing has been counted yet',
  'Vendor.note': 'nothing is to be said of its vendors',
};

/** The fields of an answer that are hidden from somebody with just one of these permissions. */
function coordinatesIn(type: GraphQLOutputType, scopes: readonly Scope[]): string[] {
  const named = getNamedType(type);
  if (!isObjectType(named)) return [];
  return Object.values(named.getFields()).flatMap((field) => {
    const holders = scopes.filter((scope) => holds(scope, guardsOf(field)));
    return [
      ...(holders.length < scopes.length ? [coordinateOf(field)] : []),
      ...coordinatesIn(field.type, holders),
    ];
  });
}

it('leaves the cells of what is hidden empty in CSV, and keeps all columns and rows', async () => {
  const faults: string[] = [];
  const emptied = new Set<string>();
  for (const operation of reading()) {
    const { route, answer, kind } = operation;
    const named = getNamedType(answer) as GraphQLObjectType;
    const row = (kind === 'page' ? getNamedType(named.getFields().items!.type) : named) as GraphQLObjectType;
    const { columns, unfold } = planTable(row, route.csv, route.id);
    const whole = await ask(operation, { token }, 'format=csv');
    if (whole.status !== 200) continue;
    const [header, ...rows] = cellsOf(whole);
    for (const scope of ALL_SCOPES.filter((one) => route.operation.scopes.includes(one))) {
      const isHidden = columns.map(
        ({ path, ofEntry }) => !holdsAlong(row, ofEntry ? [unfold!, ...path] : path, scope),
      );
      const expected = rows.map((cells) => cells.map((cell, at) => (isHidden[at] ? '' : cell)));
      rows.forEach((cells) =>
        cells.forEach((cell, at) => isHidden[at] && cell !== '' && emptied.add(`${route.id}.${header![at]}`)),
      );
      const seen = cellsOf(await ask(operation, { scope }, 'format=csv'));
      const due = [header, ...expected];
      if (!isDeepStrictEqual(seen, due)) faults.push(`${route.id} for ${scope}: ${difference(seen, due)}`);
    }
  }
  expect(faults).toEqual([]);
  expect([...emptied]).toEqual(
    expect.arrayContaining(['orders.item_unit_cost', 'products.cost', 'stockReceipts.total_cost']),
  );
}, 300_000);

/** The first place at which two values differ. */
function difference(one: unknown, other: unknown, path = ''): string {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return `${path} is ${JSON.stringify(one)}, not ${JSON.stringify(other)}`;
  }
  const [seen, due] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const name = [...new Set([...Object.keys(seen), ...Object.keys(due)])].find(
    (key) => !isDeepStrictEqual(seen[key], due[key]),
  )!;
  return difference(seen[name], due[name], `${path}.${name}`);
}

const cellsOf = ({ text }: RestAnswer): string[][] => parse(text, { relax_column_count: true, bom: true });

function holdsAlong(type: GraphQLObjectType, [name, ...rest]: readonly string[], scope: Scope): boolean {
  const field = name === undefined ? undefined : type.getFields()[name];
  if (!field) return true;
  const inner = getNamedType(field.type);
  return holds(scope, guardsOf(field)) && (!isObjectType(inner) || holdsAlong(inner, rest, scope));
}

/** What is not tried of that which changes things; each for a reason. */
const NOT_TRIED: Readonly<Record<string, string>> = {
  disableUser: 'a key may not change people who may more than itself, and everybody in the demo shop does',
  enableUser: 'the same',
  resetTwoFactor: 'the same as disableUser',
  updateUser: 'the same as disableUser',
};

it('hides them in the answers of what changes things too', async () => {
  const faults: string[] = [];
  const answered = new Set<string>();
  for (const operation of changing()) {
    const { id, operation: asked } = operation.route;
    for (const scope of ALL_SCOPES.filter((one) => asked.scopes.includes(one))) {
      const answer = await ask(operation, { scope });
      if (answer.status >= 300) continue;
      answered.add(id);
      masked(bodyOf(operation, answer), operation.answer, scope, (coordinate) =>
        faults.push(`${id} for ${scope} tells ${coordinate}`),
      );
    }
  }
  expect(faults).toEqual([]);
  const silent = changing()
    .map(({ route }) => route.id)
    .filter((id) => !answered.has(id));
  expect(silent.sort()).toEqual(Object.keys(NOT_TRIED).sort());
}, 300_000);
