/**
 * Every mutation leaves exactly one audit entry for each of its transactions. The mutations are those of the graph, called over REST with the examples of the
 * OpenAPI document, by the demo shop's administrator.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Kind, parse } from 'graphql';
import { sql } from '#kernel/db/database';
import { demoId } from '#demo/ids';
import { verifyTrail } from '#kernel/audit/verify';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

interface Holder {
  $ref?: string;
  name?: string;
  in?: string;
  required?: boolean;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
  schema?: { example?: unknown; examples?: unknown[]; default?: unknown };
}
interface Operation {
  operationId: string;
  security?: unknown[];
  parameters?: Holder[];
  requestBody?: { content: Record<string, Holder> };
}
interface Call {
  method: string;
  route: string;
  operation: Operation;
}

/** These answer a question and write nothing; or they do their work aside, so that their time tells nothing. */
const WITHOUT = new Set(['calculateCheckout', 'validateCheckout', 'requestPasswordReset']);
/** A token that is used for the second time ends its session, and is refused. */
const REFUSED_WITH_EFFECT = new Set(['refreshSession']);
/** What ends a session or the caller comes last. */
const LAST = ['closeRegister', 'disableUser', 'logout'];
/** Requests to a provider are kept before it is asked, and settled afterwards: in two transactions, with an entry each. */
const IN_TWO = new Set([
  'checkoutCart',
  'confirmCheckout',
  'processPayment',
  'confirmPayment',
  'capturePayment',
  'voidPayment',
  'refundPayment',
  'voidShippingLabel',
]);
/** Jobs write in batches, an entry each. */
const isJob = (operationId: string) => /^(bulk|import)/.test(operationId);

let platform: TestPlatform;
let document: { paths: Record<string, Record<string, Operation>> };
let token: string;

beforeAll(async () => {
  platform = await startTestPlatform({
    env: { RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_LOGINS_PER_MINUTE: '0' },
    demoDays: 2,
  });
  document = (await platform.rest('GET', '/openapi.json')).body;
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'admin@pospro.com', password: 'secure123' },
  });
  token = (login.body as { access_token: string }).access_token;
}, 120_000);
afterAll(() => platform.stop());

function mutationNames(): Set<string> {
  const supergraph = parse(readFileSync(path.join(__dirname, '../../supergraph.graphql'), 'utf8'), {
    noLocation: true,
  });
  const mutation = supergraph.definitions.find(
    (definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === 'Mutation',
  );
  if (mutation?.kind !== Kind.OBJECT_TYPE_DEFINITION) throw new Error('the supergraph has no mutations');
  return new Set((mutation.fields ?? []).map((field) => field.name.value));
}

function calls(): Call[] {
  const mutations = mutationNames();
  const rank = ({ operation: { operationId } }: Call) =>
    operationId === 'openRegister' ? -2 : LAST.indexOf(operationId);
  return Object.entries(document.paths)
    .flatMap(([route, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, route, operation })),
    )
    .filter(({ operation }) => mutations.has(operation.operationId))
    .sort((a, b) => rank(a) - rank(b));
}

function resolved(node: Holder): Holder {
  if (node.$ref === undefined) return node;
  const steps = node.$ref
    .slice(2)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document) as Holder;
}

function exampleOf({ example, examples, schema }: Holder): unknown {
  return (
    example ??
    Object.values(examples ?? {})[0]?.value ??
    schema?.example ??
    schema?.examples?.[0] ??
    schema?.default
  );
}

async function send({ method, route, operation }: Call): Promise<{ status: number; requestId: string }> {
  let url = route;
  for (const parameter of (operation.parameters ?? []).map(resolved)) {
    if (parameter.in === 'path')
      url = url.replace(`{${parameter.name}}`, encodeURIComponent(String(exampleOf(parameter))));
  }
  const json = operation.requestBody?.content['application/json'];
  const answer = await platform.rest(method.toUpperCase(), url, {
    body: json && exampleOf(json),
    ...(operation.security?.length === 0 ? {} : { token }),
  });
  return { status: answer.status, requestId: answer.headers.get('x-request-id')! };
}

it('leaves one entry, which names the operation', async () => {
  const faults: string[] = [];
  let done = 0;
  for (const call of calls()) {
    const { operationId } = call.operation;
    const { status, requestId } = await send(call);
    const entries = await platform.services.database.system.many<{
      operation: string;
      actorKind: string;
    }>(sql`
      select operation, actor_kind from audit_entries where request_id = ${requestId}`);
    const names = entries.map(({ operation }) => operation);
    const told = `${operationId}: ${status} left [${names.join()}]`;
    if (status >= 300) {
      // Refused, for another example has changed what this one is about: then nothing may be left.
      if (names.length > 0 && !REFUSED_WITH_EFFECT.has(operationId)) faults.push(told);
      continue;
    }
    done += 1;
    const expected = WITHOUT.has(operationId) ? 0 : IN_TWO.has(operationId) ? 2 : 1;
    const right = isJob(operationId) ? names.length >= 1 : names.length === expected;
    if (!right || names.some((name) => name !== operationId)) faults.push(told);
  }
  expect(faults).toEqual([]);
  expect(done).toBeGreaterThan(25);
}, 120_000);

it('and all of them are in the chain, as the routes of the audit trail say', async () => {
  const check = async () => verifyTrail(platform.services.database.system, demoId.organization(1));
  for (let look = 0; look < 50 && (await check()).pending > 0; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const session = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'admin@pospro.com', password: 'secure123' },
  });
  token = (session.body as { access_token: string }).access_token;
  const verified = await platform.rest('GET', '/api/v1/admin/audit-logs/verify', { token });
  expect(verified.body).toMatchObject({ valid: true, error: null });
  const listed = await platform.rest('GET', '/api/v1/admin/audit-logs?operation=openRegister&size=1', {
    token,
  });
  expect(listed.status).toBe(200);
  const [entry] = (listed.body as { items: { actor: unknown; hash: string }[] }).items;
  expect(entry).toMatchObject({
    operation: 'openRegister',
    actor: { kind: 'user', user_id: demoId.user(1), role: 'admin' },
    address: '127.0.0.1',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  const csv = await platform.rest('GET', '/api/v1/admin/audit-logs?entity=products&format=csv', { token });
  expect(csv.headers.get('content-type')).toContain('text/csv');
  expect(csv.text.split('\n')[0]).toContain('operation');
});

it('is read in GraphQL with the person behind it, and by those who may only', async () => {
  const query =
    '{ auditLogs(size: 1, operation: "login") { total items { operation input actor { kind user { name } } changes { entity } } } }';
  const answer = await platform.graphql<{ auditLogs: { items: object[] } }>(query, {}, token);
  expect(answer.errors).toBeUndefined();
  expect(answer.data.auditLogs.items[0]).toMatchObject({
    operation: 'login',
    input: { input: { email: 'admin@pospro.com', password: '[secret]' } },
  });
  const cashier = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'cashier@pospro.com', password: 'secure123' },
  });
  const { access_token } = cashier.body as { access_token: string };
  expect((await platform.rest('GET', '/api/v1/admin/audit-logs', { token: access_token })).status).toBe(403);
  expect(
    (await platform.rest('GET', '/api/v1/admin/audit-logs/verify', { token: access_token })).status,
  ).toBe(403);
  expect((await platform.rest('POST', '/api/v1/admin/cache/clear', { token: access_token })).status).toBe(
    403,
  );
});

it('the caches are cleared, here and by the event in every process', async () => {
  const cache = platform.services.caches.of<number>({
    name: 'test',
    domain: 'test',
    maxSize: 10,
    lifetimeMs: 60_000,
    drops: [],
  });
  const organizationId = demoId.organization(1);
  const db = platform.services.database.forOrganization(organizationId);
  const put = () => cache.keeping(db)({ value: 1, keys: ['a'] });
  platform.services.caches.clear();
  put();
  expect(['a', 'b'].map((key) => cache.get(organizationId, key))).toEqual([1, undefined]);
  const { text } = await platform.rest('GET', '/metrics');
  const numbers = ['entries', 'hits_total', 'misses_total', 'drops_total'].map(
    (name) => new RegExp(`^pospro_cache_${name}\\{cache="test"\\} (\\d+)$`, 'm').exec(text)?.[1],
  );
  expect(numbers).toEqual(['1', '1', '1', '0']);
  const answer = await platform.rest('POST', '/api/v1/admin/cache/clear', { token });
  expect([answer.status, (answer.body as { cleared: number }).cleared]).toEqual([200, 1]);
  expect(cache.get(organizationId, 'a')).toBeUndefined();
  put();
  platform.services.bus.publish({
    id: 'x', cursor: '1-1', organizationId, branchId: undefined, type: 'cache.cleared', key: 'cache', payload: { domains: ['test'], organizationId: null }, at: new Date(),
  }); // prettier-ignore
  expect(cache.get(organizationId, 'a')).toBeUndefined();
});
