/**
 * Calls every operation of the OpenAPI document with its own examples, against a fresh demo shop, as its administrator: what is
 * printed in the documentation works, with the status that it promises.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { seedDemo } from '../../prisma/seed';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

interface Holder {
  $ref?: string;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
  schema?: { example?: unknown; examples?: unknown[]; default?: unknown };
}
interface Parameter extends Holder {
  name: string;
  in: string;
  required?: boolean;
}
interface Operation {
  operationId: string;
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Holder> };
  responses: Record<string, unknown>;
}
interface Documented {
  method: string;
  path: string;
  operation: Operation;
}
type Document = Record<string, never> & { paths: Record<string, Record<string, Operation>> };

/** What opens comes first, what reads next, what ends a session last: the examples share one shop. */
const FIRST = new Set(['openRegister']);
const ORDER = ['get', 'post', 'put', 'patch', 'delete'];
const LAST = new Set(['closeRegister', 'disableUser', 'clearCache']);
/** These need a secret that only an earlier answer holds, or are read from the machine itself; they have tests of their own. */
const BY_FLOW = new Set([
  'refreshSession',
  'logout',
  'metrics',
  'resetPassword',
  'verifyEmail',
  'confirmTwoFactor',
  'disableTwoFactor',
  'revokeSession',
  'revokeApiKey',
]);

const ROUTES = path.resolve(__dirname, '../../../shared/contract/routes.tsv');

let platform: TestPlatform;
let document: Document;
let token: string;

beforeAll(async () => {
  platform = await startTestPlatform({ env: { DEMO: 'true' }, seedDemo: (services) => seedDemo(services, undefined, 3) });
  document = (await platform.rest('GET', '/openapi.json')).body;
  const login = await platform.rest('POST', '/api/v1/auth/login', { body: { email: 'admin@pospro.com', password: 'secure123' } });
  token = (login.body as { access_token: string }).access_token;
}, 120_000);

afterAll(() => platform.stop());

function resolved<Node extends { $ref?: string }>(node: Node): Node {
  if (node.$ref === undefined) return node;
  let at: Record<string, unknown> = document;
  for (const key of node.$ref.slice(2).split('/'))
    at = at[key.replaceAll('~1', '/').replaceAll('~0', '~')] as Record<string, unknown>;
  return at as unknown as Node;
}

function exampleOf(holder: Holder): unknown {
  const first = Object.values(holder.examples ?? {})[0]?.value;
  return holder.example ?? first ?? holder.schema?.example ?? holder.schema?.examples?.[0] ?? holder.schema?.default;
}

function operations(): Documented[] {
  return Object.entries(document.paths)
    .flatMap(([route, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) =>
        ORDER.includes(method) ? [{ method, path: route, operation }] : [],
      ),
    )
    .filter(({ operation }) => !BY_FLOW.has(operation.operationId))
    .sort((a, b) => rank(a) - rank(b));
}

function rank({ method, operation }: Documented): number {
  if (FIRST.has(operation.operationId)) return -1;
  return LAST.has(operation.operationId) ? ORDER.length : ORDER.indexOf(method);
}

/** The request that the document's examples make up. */
function requestOf({ path: route, operation }: Documented): { url: string; body: unknown } {
  let url = route;
  const query = new URLSearchParams();
  for (const parameter of (operation.parameters ?? []).map(resolved)) {
    const value = exampleOf(parameter);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (parameter.in === 'path') url = url.replace(`{${parameter.name}}`, encodeURIComponent(text));
    if (parameter.in === 'query' && parameter.required) query.set(parameter.name, text);
  }
  const json = operation.requestBody?.content['application/json'];
  return { url: query.size > 0 ? `${url}?${query.toString()}` : url, body: json && exampleOf(json) };
}

it('every documented example answers as documented', async () => {
  const faults: string[] = [];
  for (const documented of operations()) {
    const { method, operation } = documented;
    const { url, body } = requestOf(documented);
    const isPublic = operation.security?.length === 0;
    const promised = Object.keys(operation.responses).filter((status) => status.startsWith('2'));
    const headers = { 'idempotency-key': operation.operationId };
    const anonymous = isPublic ? undefined : await platform.rest(method.toUpperCase(), url, { body });
    if (anonymous && anonymous.status !== 401) faults.push(`${method} ${url}: ${anonymous.status} without a token`);
    const answer = await platform.rest(method.toUpperCase(), url, { body, headers, token: isPublic ? undefined : token });
    if (!promised.includes(String(answer.status))) faults.push(`${method} ${url}: ${answer.status} ${answer.text.slice(0, 300)}`);
  }
  expect(faults).toEqual([]);
}, 120_000);

// The contract lies outside the repository; where it is not there, only the document itself can be held to its word.
const itWithContract = existsSync(ROUTES) ? it : it.skip;

itWithContract('what is built answers with the status of the contract, at its path', () => {
  const promised = readFileSync(ROUTES, 'utf8')
    .split('\n')
    .filter((line) => line.includes('\t/api/v1/'))
    .map((line) => line.split('\t') as [string, string, string]);
  const built = promised.filter(([method, route]) => document.paths[route]?.[method.toLowerCase()]);
  const wrong = built.filter(([method, route, status]) => !document.paths[route]![method.toLowerCase()]!.responses[status]);
  expect(wrong).toEqual([]);
  // The number grows with the domains; a route that disappears shows here.
  expect(built).toHaveLength(82);
});
