/** The audit trail tells its reader of costs and of the staff's mail only what they may read where these stand. */
import { ALL_SCOPES, type Scope } from '#kernel/auth/scopes';
import { demoId } from '#demo/ids';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

let platform: TestPlatform;
let token: string;

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 1 });
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'admin@pospro.com', password: 'secure123' },
  });
  token = (login.body as { access_token: string }).access_token;
}, 240_000);
afterAll(() => platform.stop());

interface Entry {
  input: unknown;
  changes: { before: unknown; after: unknown }[];
}

/** The newest entry of an operation as text, as somebody with these permissions reads it, over REST and GraphQL. */
async function readBy(
  operation: string,
  scopes: readonly Scope[],
): Promise<{ texts: string[]; entry: Entry }> {
  const made = await platform.rest('POST', '/api/v1/auth/api-keys', {
    token,
    body: { name: 'audit', permissions: scopes },
  });
  const headers = { 'x-api-key': (made.body as { key: string }).key };
  const rest = await platform.rest('GET', `/api/v1/admin/audit-logs?operation=${operation}&size=1`, {
    headers,
  });
  const query = `{ auditLogs(operation: "${operation}", size: 1) { items { input changes { before after } } } }`;
  const graph = await platform.rest('POST', '/graphql', { headers, body: { query } });
  const csv = await platform.rest(
    'GET',
    `/api/v1/admin/audit-logs?operation=${operation}&size=1&format=csv`,
    { headers },
  );
  expect([rest.status, graph.status, csv.status]).toEqual([200, 200, 200]);
  return { texts: [rest.text, graph.text, csv.text], entry: (rest.body as { items: Entry[] }).items[0]! };
}

it('hides costs in what was asked for, before and after', async () => {
  const change = async (cost: string) => {
    const { status } = await platform.rest('PUT', `/api/v1/products/${demoId.product(1)}`, {
      token,
      body: { cost },
    });
    expect(status).toBe(200);
  };
  await change('4.4321');
  await change('4.9876');
  for (const scope of ALL_SCOPES) {
    const { texts, entry } = await readBy('updateProduct', ['admin:audit', scope]);
    const tells = texts.map((text) => text.includes('4.4321') && text.includes('4.9876'));
    const hints = texts.map((text) => text.includes('4.4321') || text.includes('4.9876'));
    const may = scope === 'costs:read';
    expect([scope, tells, hints]).toEqual([scope, [may, may, may], [may, may, may]]);
    if (!may) expect(entry.changes).toContainEqual(expect.objectContaining({ after: { cost: '[hidden]' } }));
  }
});

it('hides the mail addresses of the staff', async () => {
  const body = { name: 'Kim', email: 'kim@pospro.com', password: 'long-enough-1', role: 'cashier' };
  expect((await platform.rest('POST', '/api/v1/auth/register', { token, body })).status).toBe(201);
  for (const scope of ALL_SCOPES) {
    const { texts } = await readBy('registerUser', ['admin:audit', scope]);
    const may = scope === 'admin:users';
    expect([scope, texts.map((text) => text.includes('kim@pospro.com'))]).toEqual([scope, [may, may, may]]);
  }
});
