/**
 * Random requests to every route, by the owner of the demo shop: each is answered with a documented status, media type and shape, none
 * with a fault of ours, and afterwards the books are whole. `npm run faults -- routes` sends many more.
 */
import fc from 'fast-check';
import { verifyAll } from '#kernel/audit/verify-all';
import { checkTotals, daysWithTotals } from '#subgraphs/orders/index';
import { demoId } from '#demo/ids';
import { operationsOf, type Document, type Documented } from '#test/rest/documented';
import { startTestPlatform, type RestAnswer, type TestPlatform } from '#test/harness/platform';
import { DocumentedAnswers } from './documented-answers';
import { knownValues, RandomRequests, type RandomRequest } from './random-requests';
import { TRIAL_SEED, trialSize } from './trial-size';

const REQUESTS_PER_ROUTE = trialSize(1);
jest.setTimeout(180_000 + REQUESTS_PER_ROUTE * 60_000);

/** These end the session of the trial, or take something away from its user. */
const ENDS_SESSION = new Set(['logout', 'changePassword', 'revokeSession', 'disableUser', 'resetPassword']);
const OWNER = { email: 'admin@pospro.com', password: 'secure123' };

let platform: TestPlatform;
let document: Document;
let answers: DocumentedAnswers;
let routes: Documented[];
let token: string;

beforeAll(async () => {
  // A slow machine is not what is tried here.
  const env = { OVERLOAD_WAIT_MS: '60000', OVERLOAD_LOOP_DELAY_MS: '60000' };
  platform = await startTestPlatform({ demoDays: 2, env });
  document = (await platform.rest('GET', '/openapi.json')).body;
  answers = new DocumentedAnswers(document);
  routes = operationsOf(document).filter(({ operation }) => !ENDS_SESSION.has(operation.operationId));
  await signIn();
});
afterAll(() => platform.stop());

async function signIn(): Promise<void> {
  const login = await platform.rest('POST', '/api/v1/auth/login', { body: OWNER });
  token = (login.body as { access_token: string }).access_token;
}

/** @throws Error naming the request for an answer that breaks off. */
async function send(route: Documented, { url, body }: RandomRequest): Promise<RestAnswer> {
  const { method, operation } = route;
  const isPublic = operation.security?.length === 0;
  try {
    return await platform.rest(method.toUpperCase(), url, { body, token: isPublic ? undefined : token });
  } catch (cause) {
    throw new Error(described(route, { url, body }, [String(cause)]), { cause });
  }
}

it('every answer is one of the documented ones', async () => {
  const random = new RandomRequests(document, knownValues(document, routes));
  const differences: string[] = [];
  const statuses: Record<string, number> = {};
  for (const [place, route] of routes.entries()) {
    const requests = fc.sample(random.of(route), { numRuns: REQUESTS_PER_ROUTE, seed: TRIAL_SEED + place });
    for (const request of requests) {
      let answer = await send(route, request);
      if (answer.status === 401) {
        // An earlier request may have signed the owner out.
        await signIn();
        answer = await send(route, request);
      }
      const kind = `${Math.floor(answer.status / 100)}xx`;
      statuses[kind] = (statuses[kind] ?? 0) + 1;
      const found = answers.differences(route, answer);
      if (answer.status >= 500) found.push(`${answer.status}: ${answer.text}`);
      if (found.length > 0) differences.push(described(route, request, found));
    }
  }
  expect(differences).toEqual([]);
  expect(Object.keys(statuses).sort()).toEqual(['2xx', '4xx']);
  // A trial that is turned away everywhere tries little.
  expect(statuses['2xx']).toBeGreaterThan((routes.length * REQUESTS_PER_ROUTE) / 4);
});

const described = ({ method, path }: Documented, { url, body }: RandomRequest, found: readonly string[]) =>
  `seed ${TRIAL_SEED}: ${method} ${path}\n  ${url} ${JSON.stringify(body)?.slice(0, 600) ?? ''}\n  ${found.slice(0, 5).join('\n  ')}`;

it('the books are whole afterwards', async () => {
  const { services } = platform;
  const lines: string[] = [];
  expect([await verifyAll(services.database.system, (line) => lines.push(line)), lines]).toEqual([
    true,
    expect.any(Array),
  ]);
  const organization = demoId.organization(1);
  const days = await daysWithTotals(services.database.system, organization);
  const range = { from: days.at(0)!, to: days.at(-1)! };
  expect(await checkTotals(services, organization, range)).toEqual([]);
});
