import { startTestPlatform, type TestPlatform } from '../harness/platform';

let platform: TestPlatform;
beforeAll(async () => void (platform = await startTestPlatform()));
afterAll(() => platform.stop());

const NEW_SHOP = {
  email: 'owner@example.com',
  password: 'a long enough secret',
  name: 'Olga Owner',
  organization_name: 'Corner Shop',
};

describe('the whole platform', () => {
  it('serves the same person over REST and GraphQL', async () => {
    const registered = await platform.rest('POST', '/api/v1/auth/register', { body: NEW_SHOP });
    expect([registered.status, registered.text.slice(0, 200)]).toEqual([201, expect.any(String)]);
    const login = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: NEW_SHOP.email, password: NEW_SHOP.password },
    });
    expect(login.status).toBe(200);
    const { access_token: token } = login.body as { access_token: string };
    const overRest = await platform.rest('GET', '/api/v1/auth/me', { token });
    const overGraphQL = await platform.graphql<{ me: { email: string } }>('{ me { email } }', {}, token);
    expect((overRest.body as { email: string }).email).toBe(NEW_SHOP.email);
    expect(overGraphQL.data.me.email).toBe(NEW_SHOP.email);
  });

  it('answers a bad token with 401 on both faces, with one code', async () => {
    const rest = await platform.rest('GET', '/api/v1/auth/me', { token: 'no.such.token' });
    const graphql = await platform.graphql('{ me { email } }', {}, 'no.such.token');
    expect([rest.status, graphql.status]).toEqual([401, 401]);
    expect((rest.body as { code: string }).code).toBe(graphql.errors![0]!.extensions.code);
    expect((rest.body as { detail: string }).detail).toBe(
      'This is not a valid access token. Sign in with POST /auth/login to get one.',
    );
  });

  it('names the faults of a request in the words of whoever sent it', async () => {
    const rest = await platform.rest('POST', '/api/v1/auth/register', {
      body: { ...NEW_SHOP, organization_name: ' ' },
    });
    expect(rest.body).toMatchObject({
      detail: 'organization_name: Must not be empty.',
      errors: [{ field: 'organization_name', message: 'Must not be empty.', code: 'REQUIRED' }],
    });
    const graphql = await platform.graphql(
      'mutation ($input: RegisterUserInput!) { registerUser(input: $input) { id } }',
      {
        input: {
          email: NEW_SHOP.email,
          name: NEW_SHOP.name,
          password: NEW_SHOP.password,
          organizationName: ' ',
        },
      },
    );
    expect(graphql.errors![0]!.message).toBe('organizationName: Must not be empty.');
  });

  it('says that it cannot serve while the database is away', async () => {
    const away = await startTestPlatform();
    await away.services.database.close();
    const health = await away.rest('GET', '/health');
    expect([health.status, health.body]).toEqual([503, expect.objectContaining({ status: 'failed' })]);
    expect((await away.rest('GET', '/health/live')).status).toBe(200);
    await away.stop();
  });
});
