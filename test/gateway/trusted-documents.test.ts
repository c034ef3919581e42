/** Documents of manifests: known by their ids, and the only ones where the operator says so. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'graphql';
import { readTrustedDocuments, TrustedDocuments } from '#gateway/documents/trusted-documents';
import { pageDocuments } from '#gateway/http/pages';
import { createOwner, TEST_PASSWORD } from '#test/harness/actors';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { disposeClients, graphqlClient, listen } from '#test/live/clients';
import { RefreshTokensDocument } from '../../web/shared/operations.generated';

const SIGN_IN = `mutation SignIn($input: LoginInput!) { login(input: $input) { ...Tokens } }
fragment Tokens on AuthSession { accessToken }`;
const LIVE = 'subscription { stockChanged { sku } }';
const INPUT = { email: 'someone@example.com', password: 'a secret of theirs' };

let folder: string;
let platform: TestPlatform;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pospro-trusted-'));
  const apollo = path.join(folder, 'apollo.json');
  const preset = path.join(folder, 'preset.json');
  const operations = [{ id: 'sign-in-1', name: 'SignIn', type: 'mutation', body: SIGN_IN }];
  writeFileSync(
    apollo,
    JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }),
  );
  writeFileSync(preset, JSON.stringify({ 'live-1': LIVE }));
  platform = await startTestPlatform({
    env: { TRUSTED_DOCUMENTS: `${apollo},${preset}`, TRUSTED_DOCUMENTS_ONLY: 'true' },
  });
});
afterEach(disposeClients);
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The code of the first error of an answer. */
async function codeOf(body: object): Promise<string | undefined> {
  const response = await fetch(`${platform.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return errors?.[0]?.extensions.code;
}
const variables = { input: INPUT };

describe('a trusted document is carried out', () => {
  it.each<[string, object]>([
    ['by its text', { query: SIGN_IN }],
    ['by its id', { extensions: { persistedQuery: { version: 1, sha256Hash: 'sign-in-1' } } }],
    ['in another layout', { query: SIGN_IN.replaceAll(' ', '  ') }],
    [
      'with the type names that a cache adds',
      { query: SIGN_IN.replaceAll('accessToken', '__typename accessToken') },
    ],
    ['with its fragment first', { query: SIGN_IN.split('\n').reverse().join('\n') }],
  ])('%s', async (_, body) => {
    // It reaches the sign-in, which does not know the user.
    expect(await codeOf({ ...body, variables })).toBe('INVALID_CREDENTIALS');
  });

  it('of a page that the server has', () => {
    const trusted = new TrustedDocuments(true);
    for (const source of pageDocuments()) trusted.addSource(source);
    expect(trusted.trusts(RefreshTokensDocument)).toBe(true);
    expect(trusted.trusts(parse('query Other { products { total } }'))).toBe(false);
  });
});

describe('every other document is rejected', () => {
  it.each<[string, string]>([
    ['of another operation', '{ products { total } }'],
    ['with one field more', SIGN_IN.replace('accessToken', 'accessToken refreshToken')],
    ['with another name', SIGN_IN.replace('SignIn', 'SignOn')],
    ['with an alias for a type name', SIGN_IN.replace('accessToken', 'kind: __typename accessToken')],
    ['for introspection', '{ __schema { queryType { name } } }'],
    ['that also has a trusted operation', `${SIGN_IN} query Other { products { total } }`],
  ])('%s', async (_, query) => {
    expect(
      await codeOf({ query, operationName: query.includes('SignIn') ? 'SignIn' : undefined, variables }),
    ).toBe('DOCUMENT_NOT_TRUSTED');
  });

  it('over a socket', async () => {
    const owner = await createOwner(platform);
    const credentials = { email: owner.user.email, password: TEST_PASSWORD };
    const login = await platform.rest('POST', '/api/v1/auth/login', { body: credentials });
    const client = graphqlClient(platform.url, (login.body as { access_token: string }).access_token);
    const known = listen(client, LIVE);
    const other = listen(client, 'subscription { lowStock { sku } }');
    await eventually(() => other.errors.length > 0 && platform.platform.live.counts().subscribers === 1);
    expect(other.errors).toMatchObject([[{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }]]);
    expect(known.errors).toEqual([]);
  });

  it('but not over REST', async () => {
    const { status } = await platform.rest('POST', '/api/v1/auth/login', { body: INPUT });
    expect(status).toBe(401);
  });
});

it.each<[string, string]>([
  ['is not there', ''],
  ['is not JSON', '{'],
  ['has another format', '["{ products { total } }"]'],
  ['has a document that cannot be read', '{ "1": "query {" }'],
])('a manifest that %s ends the start with its name', (_, text) => {
  const file = path.join(folder, 'broken.json');
  if (text === '') rmSync(file, { force: true });
  else writeFileSync(file, text);
  expect(() => readTrustedDocuments({ trustedDocuments: [file], trustedDocumentsOnly: false }, [])).toThrow(
    `TRUSTED_DOCUMENTS: ${file}`,
  );
});
