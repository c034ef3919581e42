/** Signatures cover the input as sent, although card numbers are masked before it is stored; over REST, in a GraphQL variable and in a literal. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { Client } from 'pg';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

const REGISTER_ID = '0190a000-000a-7000-8000-000000000001';
const CARD = '4929 1234 5678 1236';
const MASKED = '4929 12** **** 1236';

type Json = Record<string, unknown>;
type Answer = [status: string, code: string | undefined];

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
let platform: TestPlatform;
let deviceId: string;
let token: string;
let sequence = 0;

async function logIn(name: string): Promise<string> {
  const body = { email: `${name}@pospro.com`, password: 'secure123' };
  return ((await platform.rest('POST', '/api/v1/auth/login', { body })).body as { access_token: string })
    .access_token;
}

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 1 });
  token = await logIn('cashier');
  const body = {
    register_id: REGISTER_ID,
    name: 'Tablet',
    public_key: publicKey.export({ format: 'jwk' }).x,
  };
  const made = await platform.rest('POST', '/api/v1/pos/register-devices', {
    token: await logIn('manager'),
    body,
  });
  deviceId = (made.body as { id: string }).id;
}, 120_000);
afterAll(() => platform.stop());

/** Written for this test by the rules of docs/OFFLINE.md, apart from the platform's own. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, canonical(member)]));
}

/** A signed sale with a card number in every text that a cashier may type. */
function signedSale(): Json & { client_reference: string; device: Json } {
  sequence += 1;
  const sale = {
    client_reference: randomUUID(),
    register_id: REGISTER_ID,
    created_at: new Date().toISOString(),
    note: `typed ${CARD}`,
    items: [{ barcode: '123456789', quantity: '1', note: `line ${CARD}` }],
    payments: [{ method: 'card', amount: '12.5', reference: `paid ${CARD}` }],
    device: { id: deviceId, sequence },
  };
  const text = `pospro-offline-sale/1\n${JSON.stringify(canonical(sale))}`;
  const signature = sign(null, Buffer.from(text), privateKey).toString('base64');
  return { ...sale, device: { ...sale.device, signature } };
}

const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [camel(key), renamed(inner)]));
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${literal(inner)}`)
    .join(', ')} }`;
}

interface Result {
  status: string;
  error: { errors: { code: string }[] } | null;
}
const answerOf = ([result]: Result[]): Answer => [result!.status, result!.error?.errors[0]?.code];
const SELECTION = '{ results { status error { errors { code } } } }';

async function overGraphql(query: string, variables: Json): Promise<Answer> {
  const { data, errors } = await platform.graphql<{ bookOfflineSales: { results: Result[] } }>(
    query,
    variables,
    token,
  );
  expect(errors).toBeUndefined();
  return answerOf(data.bookOfflineSales.results);
}

const doors: [string, (sale: Json) => Promise<Answer>][] = [
  [
    'REST',
    async (sale) => {
      const { body } = await platform.rest('POST', '/api/v1/pos/offline-sales', {
        token,
        body: { sales: [sale] },
      });
      return answerOf((body as { results: Result[] }).results);
    },
  ],
  [
    'a GraphQL variable',
    (sale) =>
      overGraphql(`mutation ($input: OfflineSalesInput!) { bookOfflineSales(input: $input) ${SELECTION} }`, {
        input: { sales: [renamed(sale)] },
      }),
  ],
  [
    'a GraphQL literal',
    (sale) =>
      overGraphql(
        `mutation { bookOfflineSales(input: { sales: [${literal(renamed(sale))}] }) ${SELECTION} }`,
        {},
      ),
  ],
];

/** The tables in which a text stands. */
async function tablesWith(text: string): Promise<string[]> {
  const client = new Client(platform.services.config.databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const held = await client.query(`select from "${name}" t where strpos(t::text, $1) > 0 limit 1`, [
        text,
      ]);
      if (held.rowCount) found.push(name);
    }
    return found.sort();
  } finally {
    await client.end();
  }
}

it.each(doors)(
  'a signed sale with a card number is accepted over %s, and stored with its digits masked',
  async (_, send) => {
    const sale = signedSale();
    expect(await send(sale)).toEqual(['created', undefined]);
    expect(await send(sale)).toEqual(['replayed', undefined]);
    expect(await tablesWith(CARD)).toEqual([]);
    expect(await tablesWith(`typed ${MASKED}`)).toContain('orders');
    expect(await tablesWith(`paid ${MASKED}`)).toContain('payments');
    expect(await tablesWith(`line ${MASKED}`)).toContain('order_lines');
  },
);

it.each(doors)('over %s, another number that is masked alike was not signed', async (_, send) => {
  const sale = signedSale();
  // It has the check digit of a card too, and the same first six and last four digits.
  const other = JSON.parse(JSON.stringify(sale).replaceAll(CARD, '4929 1238 8678 1236')) as Json;
  expect(await send(other)).toEqual(['rejected', 'SIGNATURE_INVALID']);
  const masked = JSON.parse(JSON.stringify(sale).replaceAll(CARD, MASKED)) as Json;
  expect(await send(masked)).toEqual(['rejected', 'SIGNATURE_INVALID']);
  expect(await send(sale)).toEqual(['created', undefined]);
});

it('a held sale is stored masked, too', async () => {
  const [, send] = doors[0]!;
  const unsigned = { client_reference: randomUUID(), register_id: REGISTER_ID, payment_method: 'card' };
  expect(
    await send({ ...unsigned, items: [{ barcode: '123456789', quantity: '99999', note: CARD }] }),
  ).toEqual(['held', undefined]);
  expect(await tablesWith(CARD)).toEqual([]);
  expect(await tablesWith(MASKED)).toContain('pending_sales');
});
