/**
 * Sales made offline that cannot be read: over REST and over GraphQL, each is answered by itself, and keeps no other from being
 * booked.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

const REGISTER_ID = '0190a000-000a-7000-8000-000000000001';

interface Fault {
  field: string;
  message: string;
  code: string;
}
interface Result {
  client_reference: string | null;
  status: string;
  error: { code: string; message: string; errors: Fault[] } | null;
  order: { total: string } | null;
}
type Sale = Record<string, unknown>;

let platform: TestPlatform;
let token: string;

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 1 });
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'cashier@pospro.com', password: 'secure123' },
  });
  token = (login.body as { access_token: string }).access_token;
}, 120_000);

afterAll(() => platform.stop());

const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** A value with other names at all depths. */
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

const SELECTION =
  '{ results { client_reference: clientReference status error { code message errors { field message code } } order { total } } }';

async function overRest(sales: unknown): Promise<Result[]> {
  const { status, body } = await platform.rest('POST', '/api/v1/pos/offline-sales', {
    token,
    body: { sales },
  });
  expect(status).toBe(200);
  return (body as { results: Result[] }).results;
}

async function asked(query: string, variables: Record<string, unknown>): Promise<Result[]> {
  const { data, errors } = await platform.graphql<{ bookOfflineSales: { results: Result[] } }>(
    query,
    variables,
    token,
  );
  expect(errors).toBeUndefined();
  return data.bookOfflineSales.results;
}

const overVariables = (sales: unknown) =>
  asked(`mutation ($input: OfflineSalesInput!) { bookOfflineSales(input: $input) ${SELECTION} }`, {
    input: { sales: renamed(sales) },
  });
const overOneVariable = (sales: unknown) =>
  asked(`mutation ($sales: [OfflineSale]!) { bookOfflineSales(input: { sales: $sales }) ${SELECTION} }`, {
    sales: renamed(sales),
  });
const overLiterals = (sales: unknown) =>
  asked(`mutation { bookOfflineSales(input: { sales: ${literal(renamed(sales))} }) ${SELECTION} }`, {});

const FACES = [
  { face: 'REST', send: overRest, name: (field: string) => field },
  { face: 'GraphQL, in one variable', send: overVariables, name: camel },
  { face: 'GraphQL, in a variable for the sales', send: overOneVariable, name: camel },
  { face: 'GraphQL, as literals', send: overLiterals, name: camel },
];

/** A valid sale, except for the given fields. */
function saleWith(more: Sale = {}): Sale {
  const right = {
    items: [{ barcode: '123456789', quantity: 1 }],
    payment_method: 'cash',
    register_id: REGISTER_ID,
  };
  return { client_reference: randomUUID(), ...right, ...more };
}

const without = (name: string) =>
  Object.fromEntries(Object.entries(saleWith()).filter(([key]) => key !== name));

/** Invalid sales, and the fields and codes of their errors. */
const WRONG: [string, () => unknown, [string, string][]][] = [
  [
    'a quantity that is no number',
    () => saleWith({ items: [{ barcode: '123456789', quantity: 'abc' }] }),
    [['items.0.quantity', 'INVALID']],
  ],
  [
    'a price that is an object',
    () => saleWith({ items: [{ sku: 'A' }, { sku: 'B', unit_price: {} }] }),
    [['items.1.unit_price', 'INVALID']],
  ],
  ['payments that are no list', () => saleWith({ payments: 'cash' }), [['payments', 'INVALID']]],
  [
    'a payment without an amount',
    () => saleWith({ payments: [{ method: 'cash' }] }),
    [['payments.0.amount', 'REQUIRED']],
  ],
  ['an unknown field', () => saleWith({ colour: 'red' }), [['colour', 'UNKNOWN_FIELD']]],
  [
    'an unknown field of an item',
    () => saleWith({ items: [{ unit_prize: 1 }] }),
    [['items.0.unit_prize', 'UNKNOWN_FIELD']],
  ],
  ['a date that is none', () => saleWith({ created_at: 'yesterday' }), [['created_at', 'INVALID']]],
  [
    'an amount with too many digits',
    () => saleWith({ payment_method: null, payments: [{ method: 'card', amount: '12.505' }] }),
    [['payments.0.amount', 'PRECISION']],
  ],
  [
    'ids that are numbers, beside an error elsewhere',
    () => saleWith({ items: [{ product_id: 7, quantity: 1 }], register_id: 7, redeem_points: 'many' }),
    [['redeem_points', 'INVALID']],
  ],
  [
    'ids that are numbers, beside an error of their item',
    () => saleWith({ items: [{ product_id: 7, quantity: 'abc' }, { variant_id: 7 }] }),
    [['items.0.quantity', 'INVALID']],
  ],
  ['items that are missing', () => without('items'), [['items', 'REQUIRED']]],
  ['items that are null', () => saleWith({ items: null }), [['items', 'REQUIRED']]],
  ['items that are a text', () => saleWith({ items: 'tea' }), [['items', 'INVALID']]],
  ['a null among the items', () => saleWith({ items: [null] }), [['items.0', 'REQUIRED']]],
  ['points that are a text', () => saleWith({ redeem_points: 'many' }), [['redeem_points', 'INVALID']]],
  ['leave that is a number', () => saleWith({ age_confirmed: 1 }), [['age_confirmed', 'INVALID']]],
  [
    'a reference that is a number',
    () => saleWith({ client_reference: 7 }),
    [['client_reference', 'INVALID']],
  ],
  ['no reference', () => without('client_reference'), [['client_reference', 'REQUIRED']]],
  ['a text', () => 'a sale', [['', 'INVALID']]],
  ['a number', () => 7, [['', 'INVALID']]],
  ['a list', () => [], [['', 'INVALID']]],
  ['null', () => null, [['', 'REQUIRED']]],
];

const referenceOf = (sale: unknown) => {
  const { client_reference: reference } = Object(sale) as Sale;
  return typeof reference === 'string' ? reference : null;
};

const summary = ({ client_reference: reference, status, error, order }: Result) => ({
  reference,
  status,
  code: error?.code ?? null,
  faults: error?.errors.map(({ field, code }) => [field, code]) ?? null,
  total: order?.total ?? null,
});

describe.each(FACES)('over $face', ({ face, send, name }) => {
  it('rejects each unreadable sale by itself and posts every other, however often they are sent', async () => {
    const first = saleWith({ created_at: new Date(Date.now() - 60_000).toISOString() });
    const middle = saleWith({ items: [{ barcode: '123456789', quantity: '2' }] });
    const last = saleWith({ created_at: new Date(Date.now() - 3_600_000).toISOString() });
    const bad = WRONG.map(([, make]) => make());
    const half = bad.length / 2;
    const sales = [first, ...bad.slice(0, half), middle, ...bad.slice(half), last];
    const expected = (status: string) => {
      const booked = (sale: Sale, total: string) => ({
        ...{ reference: sale.client_reference, status, code: null, faults: null },
        // The answer's order is not part of what REST shows here.
        total: face === 'REST' ? null : total,
      });
      const rejected = WRONG.map(([, , faults], at) => ({
        reference: referenceOf(bad[at]),
        status: 'rejected',
        code: 'VALIDATION_FAILED',
        faults: faults.map(([field, code]) => [name(field), code]),
        total: null,
      }));
      return [
        booked(first, '12.50'),
        ...rejected.slice(0, half),
        booked(middle, '25.00'),
        ...rejected.slice(half),
        booked(last, '12.50'),
      ];
    };
    const answers = await send(sales);
    expect(answers.map(summary)).toEqual(expected('created'));
    const again = await send(sales);
    expect(again.map(summary)).toEqual(expected('replayed'));
    expect(again).toEqual(
      answers.map((answer) => ({ ...answer, status: answer.error ? 'rejected' : 'replayed' })),
    );
  });

  it('answers all errors of a sale at once', async () => {
    const items = [{ sku: 'A', quantity: 'abc' }, 'B', { sku: 5 }];
    const [result] = await send([saleWith({ items, payments: 1, colour: 'red' })]);
    const faults = result!.error!.errors.map(({ field, code }) => `${field} ${code}`).sort();
    expect(faults).toEqual([
      'colour UNKNOWN_FIELD',
      'items.0.quantity INVALID',
      'items.1 INVALID',
      'items.2.sku INVALID',
      'payments INVALID',
    ]);
  });
});

describe('errors of a checkout of the same sale', () => {
  const READ = [
    'items.0.quantity',
    'items.1.unit_price',
    'payments',
    'payments.0.amount',
    'colour',
    'created_at',
    'items',
    'redeem_points',
  ];
  // At a checkout, gift cards and store credit need no amount.
  const cases = WRONG.filter(
    ([what, , faults]) => READ.includes(faults[0]![0]) && !/future|missing|null|without an amount/.test(what),
  );

  it.each(cases)('%s has the same errors over REST', async (_, make) => {
    const sale = make();
    const [result] = await overRest([sale]);
    const refused = await platform.rest('POST', '/api/v1/pos/checkout', { token, body: sale });
    // A sale made offline names its session, says what was taken, and may be signed; a checkout redeems reservations.
    const without = (answer: unknown, field: string) =>
      JSON.parse(JSON.stringify(answer).replaceAll(`${field}, `, '')) as unknown;
    const { errors, detail, code } = without(refused.body, 'reservations') as {
      errors: Fault[];
      detail: string;
      code: string;
    };
    const more = JSON.parse(
      JSON.stringify(result!.error).replaceAll(', total, change, device', ''),
    ) as unknown;
    const told = without(more, 'register_session_id');
    expect([refused.status, told]).toEqual([422, { code, message: detail, errors }]);
  });

  it.each(cases)('%s has the same errors over GraphQL', async (_, make) => {
    const sale = renamed(make());
    const [result] = await overVariables([sale]);
    const query = 'mutation ($input: CheckoutInput!) { checkout(input: $input) { id } }';
    const { errors } = await platform.graphql(query, { input: sale }, token);
    const { message, extensions } = errors![0]!;
    // The two inputs differ in these fields, as over REST.
    const shared = (answer: unknown) =>
      JSON.parse(
        JSON.stringify(answer).replace(/(reservations|registerSessionId), |, total, change, device/g, ''),
      ) as unknown;
    expect(shared(result!.error)).toEqual(
      shared({ code: extensions.code, message, errors: extensions.errors }),
    );
  });
});

it('names unknown REST fields as they were sent, and does not read them', async () => {
  const [result] = await overRest([{ ...saleWith(), createdAt: '2026-01-01T00:00:00Z' }]);
  expect(result!.error!.errors).toEqual([
    {
      field: 'createdAt',
      message: 'There is no createdAt here; it is called created_at.',
      code: 'UNKNOWN_FIELD',
    },
  ]);
});

it('accepts variables within the literal of a sale', async () => {
  const query = `mutation ($items: [CheckoutItemInput!], $at: DateTime, $reference: String) { bookOfflineSales(input: { sales: [
    { clientReference: $reference, createdAt: $at, items: $items, registerId: "${REGISTER_ID}", paymentMethod: cash }
    { clientReference: $reference, createdAt: $at, items: 5 } ] }) ${SELECTION} }`;
  const items = [{ barcode: '123456789', quantity: '2', unitPrice: '12.5' }];
  const reference = randomUUID();
  const results = await asked(query, { items, at: new Date(Date.now() - 60_000).toISOString(), reference });
  expect(results.map(summary)).toEqual([
    { reference, status: 'created', code: null, faults: null, total: '25.00' },
    { reference, status: 'rejected', code: 'VALIDATION_FAILED', faults: [['items', 'INVALID']], total: null },
  ]);
});

it.each([
  ['abc', 'INVALID'],
  [{}, 'INVALID'],
  [null, 'REQUIRED'],
])('rejects %j as a batch', async (sales, code) => {
  const { status, body } = await platform.rest('POST', '/api/v1/pos/offline-sales', {
    token,
    body: { sales },
  });
  const { errors } = body as { errors: Fault[] };
  expect([status, errors.map((fault) => [fault.field, fault.code])]).toEqual([422, [['sales', code]]]);
});

it('rejects an unknown field beside the sales', async () => {
  const body = { sales: [saleWith()], colour: 'red' };
  const refused = await platform.rest('POST', '/api/v1/pos/offline-sales', { token, body });
  expect([refused.status, (refused.body as { errors: Fault[] }).errors.map(({ field }) => field)]).toEqual([
    422,
    ['colour'],
  ]);
});

it('is documented by the sale’s own schema', () => {
  interface Document {
    paths: Record<string, { post: { requestBody: { content: Record<string, { schema: unknown }> } } }>;
    components: {
      schemas: Record<
        string,
        { properties: Record<string, unknown>; additionalProperties: boolean; required?: string[] }
      >;
    };
  }
  const document = JSON.parse(
    readFileSync(path.resolve(__dirname, '../../openapi.json'), 'utf8'),
  ) as Document;
  const { schema } =
    document.paths['/api/v1/pos/offline-sales']!.post.requestBody.content['application/json']!;
  expect(schema).toEqual({ $ref: '#/components/schemas/OfflineSalesInput' });
  const {
    OfflineSalesInput: batch,
    OfflineSaleInput: sale,
    OfflineSale: scalar,
  } = document.components.schemas;
  expect(batch).toMatchObject({
    required: ['sales'],
    properties: { sales: { type: 'array', items: { $ref: '#/components/schemas/OfflineSaleInput' } } },
  });
  expect(scalar).toBeUndefined();
  expect(sale!.additionalProperties).toBe(false);
  expect(sale!.properties.payments).toMatchObject({
    type: ['array', 'null'],
    items: { $ref: '#/components/schemas/PaymentPartInput' },
  });
});

it('keeps the sale’s type in the schema that callers see', async () => {
  const query =
    '{ scalar: __type(name: "OfflineSale") { kind description } input: __type(name: "OfflineSaleInput") { kind inputFields { name } } }';
  interface Types {
    scalar: { kind: string; description: string };
    input: { kind: string; inputFields: { name: string }[] };
  }
  const { data } = await platform.graphql<Types>(query, {}, token);
  expect([data.scalar.kind, data.input.kind]).toEqual(['SCALAR', 'INPUT_OBJECT']);
  expect(data.scalar.description).toContain('`OfflineSaleInput`');
  expect(data.input.inputFields.map(({ name }) => name)).toContain('clientReference');
});
