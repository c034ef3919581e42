/**
 * Calls every operation of the OpenAPI document with its own examples, against a fresh demo shop, as its administrator: what is
 * printed in the documentation works, with the status that it promises.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { snakeKeys } from '#kernel/casing';
import { sql } from '#kernel/db/database';
import { EVENT_TYPES } from '#subgraphs/webhooks/event-catalog';
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { METHODS, operationsOf, requestOf, type Document, type Documented } from './documented';

/** What opens comes first, what reads next, what ends a session last: the examples share one shop. */
const FIRST = new Set(['openRegister']);
const LAST = new Set(['closeRegister', 'disableUser', 'clearCache']);
/** These need a secret that only an earlier answer holds, or are read from the machine itself; they have tests of their own. */
const BY_FLOW = new Set([
  // The backup of the demo shop has no file, because the shop makes none at its start.
  'createBackupDownload',
  'refreshSession',
  'logout',
  'metrics',
  'resetPassword',
  'verifyEmail',
  'confirmTwoFactor',
  'disableTwoFactor',
  'revokeSession',
  'rateTicket',
  'revokeApiKey',
]);

const ROUTES = path.resolve(__dirname, '../../../shared/contract/routes.tsv');

let platform: TestPlatform;
let document: Document;
let token: string;

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 3 });
  document = (await platform.rest('GET', '/openapi.json')).body;
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'admin@pospro.com', password: 'secure123' },
  });
  token = (login.body as { access_token: string }).access_token;
}, 120_000);

afterAll(() => platform.stop());

function operations(): Documented[] {
  return operationsOf(document)
    .filter(({ operation }) => !BY_FLOW.has(operation.operationId))
    .sort((a, b) => rank(a) - rank(b));
}

function rank({ method, operation }: Documented): number {
  if (FIRST.has(operation.operationId)) return -1;
  return LAST.has(operation.operationId) ? METHODS.length : METHODS.indexOf(method);
}

it('every documented example answers as documented', async () => {
  const faults: string[] = [];
  for (const documented of operations()) {
    const { method, operation } = documented;
    const { url, body } = requestOf(document, documented);
    const isPublic = operation.security?.length === 0;
    const promised = Object.keys(operation.responses).filter((status) => status.startsWith('2'));
    const headers = { 'idempotency-key': operation.operationId };
    const anonymous = isPublic ? undefined : await platform.rest(method.toUpperCase(), url, { body });
    if (anonymous && anonymous.status !== 401)
      faults.push(`${method} ${url}: ${anonymous.status} without a token`);
    const answer = await platform.rest(method.toUpperCase(), url, {
      body,
      headers,
      token: isPublic ? undefined : token,
    });
    if (!promised.includes(String(answer.status)))
      faults.push(`${method} ${url}: ${answer.status} ${answer.text.slice(0, 300)}`);
  }
  expect(faults).toEqual([]);
}, 120_000);

it('the events of the shop and of the examples have the data that their types document', async () => {
  const ajv = addFormats(new Ajv2020({ strict: false }));
  const rows = await platform.services.database.system.many<{ type: string; payload: object }>(
    sql`select type, payload from outbox_events`,
  );
  const known = new Map(EVENT_TYPES.map(({ type, dataSchema }) => [type, ajv.compile(closed(dataSchema))]));
  const differences = rows.flatMap(({ type, payload }) => {
    const validate = known.get(type);
    if (!validate || validate(snakeKeys(payload))) return [];
    return [`${type}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(payload)}`];
  });
  expect(differences).toEqual([]);
  // The events of a shop that does nothing would prove nothing.
  const types = new Set(rows.map(({ type }) => type).filter((type) => known.has(type)));
  expect(types.size).toBeGreaterThan(30);
});

/** The schema of data in which no other field may stand: receivers ignore new fields, but the catalog must name all. */
function closed(schema: unknown): object {
  return JSON.parse(JSON.stringify(schema), (_, value: unknown) =>
    value !== null && typeof value === 'object' && 'properties' in value
      ? { ...value, additionalProperties: false }
      : value,
  ) as object;
}

// The contract lies outside the repository; where it is not there, only the document itself can be held to its word.
const itWithContract = existsSync(ROUTES) ? it : it.skip;

itWithContract('what is built answers with the status of the contract, at its path', () => {
  const promised = readFileSync(ROUTES, 'utf8')
    .split('\n')
    .filter((line) => line.includes('\t/api/v1/'))
    .map((line) => line.split('\t') as [string, string, string]);
  const built = promised.filter(([method, route]) => document.paths[route]?.[method.toLowerCase()]);
  const wrong = built.filter(
    ([method, route, status]) => !document.paths[route]![method.toLowerCase()]!.responses[status],
  );
  expect(wrong).toEqual([]);
  // The number grows with the domains; a route that disappears shows here.
  expect(built).toHaveLength(159);
});
