/** Tokens with a right signature whose claims do not fit the session that they name. */
import jwt from 'jsonwebtoken';
import { randomUUID } from 'node:crypto';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

const PASSWORD = 'a long pass phrase';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
}, 60_000);
afterAll(() => platform.stop());

async function signUp(email: string): Promise<{ token: string; claims: Record<string, unknown> }> {
  const body = { email, name: 'Robin Ellis', password: PASSWORD, organization_name: 'Shop' };
  expect((await platform.rest('POST', '/api/v1/auth/register', { body })).status).toBe(201);
  const answer = await platform.rest('POST', '/api/v1/auth/login', { body: { email, password: PASSWORD } });
  const token = (answer.body as { access_token: string }).access_token;
  return { token, claims: jwt.decode(token) as Record<string, unknown> };
}

it('are refused, before and after the session was asked for by its own token', async () => {
  const mine = await signUp('mine@shop.test');
  const theirs = await signUp('theirs@shop.test');
  const forged = [
    { ...mine.claims, sub: theirs.claims.sub },
    { ...mine.claims, org: theirs.claims.org },
    { ...mine.claims, sub: theirs.claims.sub, org: theirs.claims.org },
    { ...mine.claims, sid: theirs.claims.sid },
    { ...mine.claims, sid: randomUUID() },
    { ...mine.claims, sub: randomUUID() },
  ].map((claims) => jwt.sign(claims, platform.services.config.jwtSecret));
  const statuses = async () =>
    Promise.all(
      forged.map(async (token) => {
        const rest = await platform.rest('GET', '/api/v1/auth/me', { token });
        const graph = await platform.graphql('{ me { id } }', {}, token);
        return [rest.status, graph.status, graph.data ?? null];
      }),
    );
  const refused = forged.map(() => [401, 401, null]);
  expect(await statuses()).toEqual(refused);
  for (const { token, claims } of [mine, theirs]) {
    const { status, body } = await platform.rest('GET', '/api/v1/auth/me', { token });
    expect({ status, id: (body as { id: string }).id }).toEqual({ status: 200, id: claims.sub });
  }
  expect(await statuses()).toEqual(refused);
  expect((await platform.rest('GET', '/api/v1/auth/me', { token: mine.token })).status).toBe(200);
});
