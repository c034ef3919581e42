/** What openapi.json promises of every operation: everything that a reader and a generator need, and no error that cannot happen. */
import document from '../../openapi.json';
import { XLSX_TYPE } from '#kernel/xlsx-format.rules';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

interface Media {
  example?: unknown;
  schema: { type?: string };
}

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: { $ref?: string; name: string; in: string; required: boolean; example?: unknown }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<
    string,
    { $ref?: string; content?: Record<string, Media>; 'x-alternative-content'?: Record<string, Media> }
  >;
}

const operations = Object.entries(document.paths as unknown as Record<string, Record<string, Operation>>)
  .filter(([path]) => path.startsWith('/api/v1/'))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  );

/** Names of those for which something does not hold. */
const failing = (holds: (operation: (typeof operations)[number]) => boolean): string[] =>
  operations.filter((operation) => !holds(operation)).map(({ operationId }) => operationId);

describe('every operation', () => {
  it('has a name in camelCase, a summary of one line, a description and a chapter that is described', () => {
    expect(operations.length).toBeGreaterThan(180);
    expect(failing(({ operationId }) => /^[a-z][a-zA-Z0-9]*$/.test(operationId))).toEqual([]);
    expect(
      failing(({ summary }) => summary.length > 0 && summary.length <= 130 && !/[.\n]$/.test(summary)),
    ).toEqual([]);
    expect(failing(({ description }) => description.length > 0)).toEqual([]);
    const described = document.tags
      .filter(({ description }) => !description.startsWith('Operations of'))
      .map(({ name }) => name);
    expect(failing(({ tags }) => tags.length === 1 && described.includes(tags[0]!))).toEqual([]);
  });

  it('has examples of what it takes and answers', () => {
    expect(
      failing(({ parameters = [] }) =>
        parameters.every((one) => one.$ref !== undefined || !one.required || 'example' in one),
      ),
    ).toEqual([]);
    expect(failing(({ requestBody }) => requestBody === undefined || isShown(requestBody.content))).toEqual(
      [],
    );
    const successes = ({ responses }: Operation) =>
      Object.entries(responses).filter(([status]) => status.startsWith('2'));
    expect(failing((operation) => successes(operation).length === 1)).toEqual([]);
    expect(
      failing((operation) =>
        // A workbook is no text that could stand in the document.
        successes(operation).every(([, { content = {}, 'x-alternative-content': tables = {} }]) =>
          Object.entries({ ...content, ...tables }).every(
            ([type, media]) => 'example' in media || type === XLSX_TYPE,
          ),
        ),
      ),
    ).toEqual([]);
  });

  it('names every error that it can answer, and none that it cannot', () => {
    const has = ({ responses }: Operation, status: number) => responses[status] !== undefined;
    const always = [400, 406, 429, 500, 503];
    expect(failing((operation) => always.every((status) => has(operation, status)))).toEqual([]);
    // Signing in fails with 401; one who registers may bring a token, and then needs a permission.
    const signsIn = ['login', 'refreshSession', 'registerUser'];
    expect(
      failing((one) => has(one, 401) === (one.security.length > 0 || signsIn.includes(one.operationId))),
    ).toEqual([]);
    const needsMore = ({ security }: Operation) =>
      security.length > 0 && (scopesOf(security).length > 0 || isForPersons(security));
    expect(
      failing((one) => has(one, 403) === (needsMore(one) || one.operationId === 'registerUser')),
    ).toEqual([]);
    expect(failing((one) => !one.path.includes('{') || has(one, 404))).toEqual([]);
    expect(failing((one) => one.method === 'get' || has(one, 409))).toEqual([]);
    const ends = (path: string) => /^\/api\/v1\/(cart|checkout|shipping\/calculate-rate)\b/.test(path);
    expect(failing((one) => has(one, 410) === (one.operationId === 'events' || ends(one.path)))).toEqual([]);
    expect(failing((one) => has(one, 413) === (one.requestBody !== undefined))).toEqual([]);
    expect(failing((one) => has(one, 415) === (one.requestBody !== undefined))).toEqual([]);
    expect(failing((one) => one.requestBody === undefined || has(one, 422))).toEqual([]);
  });

  it('says that an API key is accepted wherever one is, with the same scopes', () => {
    const scopesBy = (security: Operation['security'], scheme: string) =>
      security.flatMap((one) => (one[scheme] ? [one[scheme]] : []));
    expect(
      failing(
        ({ security }) =>
          isForPersons(security) ||
          JSON.stringify(scopesBy(security, 'bearer')) === JSON.stringify(scopesBy(security, 'apiKey')),
      ),
    ).toEqual([]);
    expect(document.components.securitySchemes.apiKey).toMatchObject({
      type: 'apiKey',
      in: 'header',
      name: 'X-API-Key',
    });
  });
});

it('the introduction has a chapter for each thing that holds everywhere', () => {
  const chapters = [...document.info.description.matchAll(/^# (.+)$/gm)].map(([, title]) => title);
  expect(chapters).toEqual([
    'Signing in', 'API keys', 'Money and quantities', 'Lists and paging', 'CSV and XLSX', 'Errors', 'Versions',
    'Retries and idempotency', 'Live', 'Webhooks', 'Limits',
  ]); // prettier-ignore
});

describe('an API key', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startTestPlatform({ demoDays: 1 });
  }, 120_000);
  afterAll(() => platform.stop());

  it('is refused exactly where the document does not name it', async () => {
    const login = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: 'admin@pospro.com', password: 'secure123' },
    });
    const token = (login.body as { access_token: string }).access_token;
    const made = await platform.rest('POST', '/api/v1/auth/api-keys', {
      token,
      body: { name: 'Test', permissions: ['admin:settings', 'catalog:read'] },
    });
    const { key } = made.body as { key: string };
    // Of those that need a scope all but one are alike; of the others any might be about a person.
    const asked = operations.filter(
      ({ operationId, security }) =>
        security.length > 0 &&
        (operationId === 'createApiKey' || operationId === 'products' || scopesOf(security).length === 0),
    );
    expect(asked.length).toBeGreaterThan(10);
    const refused: string[] = [];
    for (const { method, path, operationId, requestBody } of asked) {
      const url = path.replaceAll(/\{\w+\}/g, '0190a000-0000-7000-8000-0000000000ff');
      const body = requestBody?.content['application/json']?.example;
      const { status } = await platform.rest(method.toUpperCase(), url, {
        body,
        headers: { 'x-api-key': key },
      });
      expect([operationId, status === 401]).toEqual([operationId, false]);
      if (status === 403) refused.push(operationId);
    }
    expect(refused.sort()).toEqual(
      operations
        .filter(({ security }) => isForPersons(security))
        .map(({ operationId }) => operationId)
        .sort(),
    );
  });
});

function scopesOf(security: Operation['security']): string[] {
  return security.flatMap((one) => Object.values(one).flat());
}

function isForPersons(security: Operation['security']): boolean {
  return security.length > 0 && security.every((one) => !('apiKey' in one));
}

/** JSON has an example always; a file that is text has one, and so has a form that takes it. */
function isShown(content: Record<string, Media>): boolean {
  const isText = 'text/csv' in content;
  return Object.entries(content).every(
    ([type, media]) =>
      'example' in media ||
      (type === 'multipart/form-data'
        ? !isText
        : /^image\/|^application\/pdf$|^text\/plain$|spreadsheetml/.test(type)),
  );
}
