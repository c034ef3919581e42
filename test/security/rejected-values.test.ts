/** Rejected values of secret fields: no answer and no line of the log repeats them, whatever is wrong with them. */
import document from '../../openapi.json';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

jest.setTimeout(300_000);

/** Names of fields with a secret, in REST. `gift_card_code` and the code of a second factor are as good as money and a password. */
const SECRET = /password|secret|token|card_number|gift_card_code|^code$/;
const TEXT = 'qzvxsecret';
const NUMBER = 739_184_652;
const CARD = '4111 1111 1111 1111';
const VALUES: readonly unknown[] = [
  TEXT, NUMBER, NUMBER + 0.5, [TEXT], [NUMBER], { inner: TEXT }, { [TEXT]: 1 }, `${TEXT}"; ${TEXT}`, `${TEXT}\u0000`, TEXT.repeat(500), CARD, [CARD],
]; // prettier-ignore
const REPEATED = /qzvxsecret|739184652|739,184,652|4111[ -]?1111[ -]?1111/i;

interface Operation {
  readonly requestBody?: { content?: Record<string, { example?: Record<string, unknown> }> };
}
const routes = Object.entries(document.paths as unknown as Record<string, Record<string, Operation>>).flatMap(
  ([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const example = operation.requestBody?.content?.['application/json']?.example ?? {};
      const fields = Object.keys(example).filter((name) => SECRET.test(name));
      return fields.map((field) => ({ method: method.toUpperCase(), path, field, example }));
    }),
);

let platform: TestPlatform;
let token: string;
beforeAll(async () => {
  platform = await startTestPlatform({
    env: { RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_LOGINS_PER_MINUTE: '0' },
    demoDays: 2,
  });
  const body = { email: 'admin@pospro.com', password: 'secure123' };
  const login = await platform.rest('POST', '/api/v1/auth/login', { body });
  token = (login.body as { access_token: string }).access_token;
});
afterAll(() => platform.stop());

it('has routes to try', () => expect(routes.length).toBeGreaterThan(10));

it.each(routes)('$method $path does not repeat $field', async ({ method, path, field, example }) => {
  const target = path.replace(/\{\w+\}/g, '0190a000-000c-7000-8000-000000000001');
  for (const value of VALUES) {
    const { status, body } = await platform.rest(method, target, { token, body: { ...example, [field]: value } });
    if (status < 400) continue;
    expect([status, JSON.stringify(body)]).toEqual([status, expect.not.stringMatching(REPEATED)]);
    expect(status).toBeLessThan(500);
  }
}); // prettier-ignore

it.each([
  ['a number for a text', `mutation { login(input: { email: "a@b.c", password: ${NUMBER} }) { accessToken } }`],
  ['a list for a text', `mutation { login(input: { email: "a@b.c", password: [["${TEXT}"]] }) { accessToken } }`],
  ['an object for a text', `mutation { login(input: { email: "a@b.c", password: { a: "${TEXT}" } }) { accessToken } }`],
  ['a text for an input', `mutation { login(input: "${TEXT}") { accessToken } }`],
  ['a text in the place of a name', `mutation { login("${TEXT}") { accessToken } }`],
  ['a block text in the place of a name', `mutation { login("""${TEXT}""") { accessToken } }`],
  ['a number in the place of a name', `mutation { login(${NUMBER}) { accessToken } }`],
  ['a number that ends in letters', `mutation { login(input: { password: 7${TEXT} }) { accessToken } }`],
  ['a text for an enum', `{ orders(status: "${TEXT}") { page } }`],
  ['a text for a number', `{ orders(page: "${TEXT}") { page } }`],
  ['a card for an amount', `{ orders(totalFrom: "${CARD}") { page } }`],
])('a document with %s is answered without it', async (_, query) => {
  const { status, body } = await platform.rest('POST', '/graphql', { token, body: { query } });
  expect(JSON.stringify(body)).toContain('"errors"');
  expect([status, JSON.stringify(body)]).toEqual([status, expect.not.stringMatching(REPEATED)]);
}); // prettier-ignore

it.each([
  ['password', 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }', (value: unknown) => ({ input: { email: 'a@b.c', password: value } })],
  ['input', 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }', (value: unknown) => ({ input: value })],
] as const)('variables with a rejected %s are answered without it', async (_, query, variablesOf) => {
  // The name of an unknown field is answered: a client needs it to correct its request.
  const isNamed = (value: unknown) => typeof value === 'object' && value !== null && TEXT in value;
  for (const value of VALUES.filter((one) => !isNamed(one))) {
    const { body } = await platform.rest('POST', '/graphql', { token, body: { query, variables: variablesOf(value) } });
    expect(JSON.stringify(body)).not.toMatch(REPEATED);
  }
}); // prettier-ignore
