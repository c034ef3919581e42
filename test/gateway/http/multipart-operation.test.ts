/** Files over GraphQL, by the multipart request specification. */
import { sql } from '#kernel/db/database';
import { createOwner, TEST_PASSWORD } from '#test/harness/actors';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

const IMPORT = `mutation Import($input: BulkProductsInput!) { bulkCreateProducts(input: $input) { status created failed } }`;
const OPERATION = { query: IMPORT, operationName: 'Import', variables: { input: { file: null } } };
const PLACE = { 0: ['variables.input.file'] };
const CSV = 'sku,name,price\nTEA,Tea,3.50\nBREAD,Bread,2.99\n';

let platform: TestPlatform;
let token: string;
beforeAll(async () => {
  platform = await startTestPlatform({ env: { UPLOAD_LIMIT_BYTES: '400000' } });
  const owner = await createOwner(platform);
  const body = { email: owner.user.email, password: TEST_PASSWORD };
  const login = await platform.rest('POST', '/api/v1/auth/login', { body });
  token = (login.body as { access_token: string }).access_token;
});
afterAll(() => platform.stop());

interface Answer {
  data?: unknown;
  errors?: { message: string; extensions: { code: string } }[];
}

async function send(
  fields: readonly (readonly [string, unknown])[],
  headers: Record<string, string> = { 'apollo-require-preflight': 'true' },
): Promise<{ status: number; answer: Answer }> {
  const form = new FormData();
  for (const [name, value] of fields)
    if (value instanceof File) form.append(name, value);
    else form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  const response = await fetch(`${platform.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
    body: form,
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}

const file = (text = CSV) => new File([text], 'goods.csv', { type: 'text/csv' });

it.each(['apollo-require-preflight', 'x-apollo-operation-name', 'graphql-require-preflight'])(
  'imports a file that comes with the header %s',
  async (header) => {
    const { status, answer } = await send(
      [
        ['operations', OPERATION],
        ['map', PLACE],
        ['0', file(CSV.replaceAll(/TEA|BREAD/g, (sku) => `${header}-${sku}`))],
      ],
      { [header]: 'Import' },
    );
    expect([status, answer]).toEqual([
      200,
      { data: { bulkCreateProducts: { status: 'completed', created: 2, failed: 0 } } },
    ]);
  },
);

it('imports a file that is larger than what is held in memory', async () => {
  const count = 9_000;
  const rows = Array.from({ length: count }, (_, index) => `LARGE-${index},A large file,1.00\n`);
  const { answer } = await send([
    ['operations', { ...OPERATION, query: IMPORT.replace('status created', 'id status created') }],
    ['map', PLACE],
    ['0', file(`sku,name,price\n${rows.join('')}`)],
  ]);
  const { id } = (answer.data as { bulkCreateProducts: { id: string } }).bulkCreateProducts;
  const jobs = platform.services.database.system;
  const created = async () =>
    (await jobs.one<{ created: number }>(sql`select created from import_jobs where id = ${id}`)).created;
  await eventually(async () => (await created()) === count, undefined, { limitMs: 60_000, pauseMs: 100 });
}, 90_000);

it('rejects a form that a page of another site may have sent', async () => {
  const { status, answer } = await send(
    [
      ['operations', OPERATION],
      ['map', PLACE],
      ['0', file()],
    ],
    {},
  );
  expect(status).toBe(400);
  expect(answer.errors).toMatchObject([
    {
      message: expect.stringContaining('apollo-require-preflight') as string,
      extensions: { code: 'BAD_REQUEST' },
    },
  ]);
});

it.each<[string, (readonly [string, unknown])[]]>([
  [
    'no operations',
    [
      ['map', PLACE],
      ['0', file()],
    ],
  ],
  [
    'operations that are not JSON',
    [
      ['operations', '{'],
      ['map', PLACE],
      ['0', file()],
    ],
  ],
  [
    'a batch',
    [
      ['operations', [OPERATION]],
      ['map', PLACE],
      ['0', file()],
    ],
  ],
  [
    'no map',
    [
      ['operations', OPERATION],
      ['0', file()],
    ],
  ],
  [
    'a place outside the variables',
    [
      ['operations', OPERATION],
      ['map', { 0: ['query'] }],
      ['0', file()],
    ],
  ],
  [
    'a place that is not there',
    [
      ['operations', OPERATION],
      ['map', { 0: ['variables.input.picture'] }],
      ['0', file()],
    ],
  ],
  [
    'a place in the prototype',
    [
      ['operations', OPERATION],
      ['map', { 0: ['variables.__proto__.file'] }],
      ['0', file()],
    ],
  ],
  [
    'two places',
    [
      ['operations', OPERATION],
      ['map', { 0: ['variables.input.file', 'variables.input'] }],
      ['0', file()],
    ],
  ],
  [
    'a place with a value',
    [
      ['operations', { ...OPERATION, variables: { input: { file: 'x' } } }],
      ['map', PLACE],
      ['0', file()],
    ],
  ],
  [
    'no file',
    [
      ['operations', OPERATION],
      ['map', PLACE],
    ],
  ],
  [
    'two files',
    [
      ['operations', OPERATION],
      ['map', PLACE],
      ['0', file()],
      ['1', file()],
    ],
  ],
  [
    'fields after the file',
    [
      ['0', file()],
      ['operations', OPERATION],
    ],
  ],
])('answers 400 for %s', async (_, fields) => {
  const { status, answer } = await send(fields);
  expect([status, answer.errors?.map(({ extensions }) => extensions.code)]).toEqual([400, ['BAD_REQUEST']]);
});

it('answers 413 for a file beyond the limit', async () => {
  const { answer } = await send([
    ['operations', OPERATION],
    ['map', PLACE],
    ['0', file('x'.repeat(500_000))],
  ]);
  expect(answer.errors).toMatchObject([{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }]);
});

it('says how to send a file that came as JSON', async () => {
  const response = await fetch(`${platform.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...OPERATION, variables: { input: { file: 'goods.csv' } } }),
  });
  expect(await response.text()).toContain('GraphQL multipart request specification');
});
