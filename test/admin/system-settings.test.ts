/** Settings by key: read, changed, held to their types, and traced. Their values are those of the domains' own settings. */
import { Kind, type InputObjectTypeDefinitionNode } from 'graphql';
import { snake } from '#kernel/casing';
import { sql } from '#kernel/db/database';
import { SETTING_GROUPS } from '#subgraphs/admin/settings/setting-groups';
import { subgraphs } from '#subgraphs/list';
import { createColleagueOf, signIn, signedInOwner, type TestOwner } from '#test/harness/actors';
import { startTestPlatform, type RestRequest, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
let owner: TestOwner;
let token: string;
beforeAll(async () => {
  platform = await startTestPlatform();
});
beforeEach(async () => {
  ({ owner, token } = await signedInOwner(platform.services));
});
afterAll(() => platform.stop());

interface Setting {
  key: string;
  group: string;
  value: unknown;
  default: unknown;
  schema: Record<string, unknown>;
  is_secret: boolean;
  is_set: boolean;
  updated_at: string | null;
  version: number;
}

const ROUTE = '/api/v1/admin/system-settings';
const ask = (method: string, path = '', request: RestRequest = {}) =>
  platform.rest(method, `${ROUTE}${path}`, { token, ...request });
const list = async (query = ''): Promise<Setting[]> =>
  ((await ask('GET', query)).body as { items: Setting[] }).items;
const put = (key: string, body: object, headers?: Record<string, string>) =>
  ask('PUT', `/${key}`, { body, ...(headers && { headers }) });
const read = async (key: string): Promise<Setting> => (await ask('GET', `/${key}`)).body;
const codeOf = async (answer: Promise<{ status: number; body: { code: string } }>) => {
  const { status, body } = await answer;
  return [status, body.code];
};
const historyOf = async (key: string) => {
  const { items } = (await ask('GET', `/${key}/history`)).body as {
    items: { before: unknown; after: unknown; actor: { user_id: string } }[];
  };
  return items.map(({ before, after, actor }) => [before, after, actor.user_id]);
};

it('has one setting for each field that changes the settings of a domain', async () => {
  const inputs = subgraphs
    .flatMap(({ typeDefs }) => typeDefs.definitions)
    .filter(
      (definition): definition is InputObjectTypeDefinitionNode =>
        definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION,
    );
  const expected = SETTING_GROUPS.flatMap(({ name, input }) =>
    inputs
      .find((definition) => definition.name.value === input)!
      .fields!.filter((field) => field.name.value !== 'version')
      .map((field) => [`${name}.${snake(field.name.value)}`, field.description!.value]),
  );
  const settings = (await list(`?branch_id=${owner.branchId}`)) as (Setting & { description: string })[];
  expect(settings.map(({ key, description }) => [key, description])).toEqual(expected);
  expect(expected).toHaveLength(60);
  // Without a branch, there are those of the organization.
  expect(await list()).toEqual(settings.filter(({ group }) => group !== 'branch'));
  expect((await list('?group=support')).map(({ key }) => key)).toEqual([
    'support.reopen_days',
    'support.close_days',
  ]);
});

it('keeps the version of a group whose setting is set to the value that it has', async () => {
  for (const { key, group, value, is_secret, version } of await list(`?branch_id=${owner.branchId}`)) {
    if (is_secret) continue;
    const body = { value, ...(group === 'branch' && { branch_id: owner.branchId }) };
    const answer = await put(key, body);
    // The first change of a provider stores the platform's own choice, and with it the row of the group.
    const expected = group === 'payments' || group === 'shipping' ? version + 1 : version;
    expect([key, answer.status, answer.body]).toEqual([
      key,
      200,
      expect.objectContaining({ value, version: expected }),
    ]);
  }
});

it('rejects a value of another type with 422, and names the type', async () => {
  const wrongFor = (schema: string) => {
    if (schema.includes('"number"')) return 'ten';
    return schema.includes('"string"') && !schema.includes('"array"') ? 7 : 'ten';
  };
  for (const { key, schema } of await list()) {
    const answer = await put(key, { value: wrongFor(JSON.stringify(schema)) });
    const { code, errors, detail } = answer.body as {
      code: string;
      errors: { field: string; code: string }[];
      detail: string;
    };
    expect([key, answer.status, code, errors?.[0]!.code, detail]).toEqual([
      ...[key, 422, 'VALIDATION_FAILED', 'TYPE'],
      `The value of ${key} must match the schema ${JSON.stringify(schema)}.`,
    ]);
    expect(errors[0]!.field).toMatch(/^value/);
  }
});

it('reads and writes values as REST does: amounts as texts, names in snake_case', async () => {
  const change = { max_quantity: '250.5', max_age_days: 7 };
  expect((await put('tills.offline', { value: change })).body).toMatchObject({
    value: { max_quantity: '250.5', min_price_percent: '10', max_age_days: 7 },
  });
  const limits = [{ role: 'cashier', discount_percent: '12.5', override_percent: null }];
  expect((await put('tills.limits', { value: limits })).body).toMatchObject({ value: limits, version: 2 });
  expect((await put('storefront.shipping_price', { value: 4.9 })).body).toMatchObject({ value: '4.90' });
  const till = await platform.graphql<{ tillSettings: object; storefrontSettings: object }>(
    '{ tillSettings { offline { maxQuantity } limits { role discountPercent } updatedAt version } storefrontSettings { shippingPrice } }',
    {},
    token,
  );
  expect(till.data).toEqual({
    tillSettings: {
      offline: { maxQuantity: '250.5' },
      limits: [{ role: 'cashier', discountPercent: '12.5' }],
      updatedAt: expect.any(String) as string,
      version: 2,
    },
    storefrontSettings: { shippingPrice: '4.90' },
  });
});

it('says of each group when it was last changed', async () => {
  expect((await list()).filter(({ version }) => version > 0).map(({ group }) => group)).toEqual(
    Array.from({ length: 8 }, () => 'organization'),
  );
  const changes = {
    'payments.card_provider': 'manual',
    'storefront.cart_lifetime_days': 14,
    'support.close_days': 3,
    'tills.blind_close': true,
  };
  const before = Date.now();
  for (const [key, value] of Object.entries(changes)) {
    expect((await put(key, { value })).body).toMatchObject({ value, version: 1 });
    expect(Date.parse((await read(key)).updated_at!)).toBeGreaterThanOrEqual(before);
  }
});

it('removes a value with null, where a setting may be without one', async () => {
  await put('storefront.free_shipping_from', { value: '75' });
  expect(await read('storefront.free_shipping_from')).toMatchObject({ value: '75.00', is_set: true });
  expect((await put('storefront.free_shipping_from', { value: null })).body).toMatchObject({
    ...{ value: null, is_set: false },
  });
  await put('organization.tax_number', { value: 'DE123456789' });
  expect((await put('organization.tax_number', { value: null })).body).toMatchObject({ value: null });
  expect(await codeOf(put('support.close_days', { value: null }))).toEqual([422, 'VALIDATION_FAILED']);
  expect(await codeOf(put('support.close_days', {}))).toEqual([422, 'VALIDATION_FAILED']);
});

it('answers the error of the domain at the value', async () => {
  const answer = await put('storefront.reservation_minutes', { value: 1_441 });
  expect([answer.status, answer.body]).toEqual([
    422,
    expect.objectContaining({
      code: 'VALIDATION_FAILED',
      errors: [expect.objectContaining({ field: 'value', code: 'OUT_OF_RANGE' })],
    }),
  ]);
  expect(await read('storefront.reservation_minutes')).toMatchObject({ value: 15, default: 15, version: 0 });
});

it('answers 404 for an unknown key and a foreign branch, 409 and 412 for another version, 401 and 403 to others', async () => {
  expect(await codeOf(put('storefront.colour', { value: 'red' }))).toEqual([404, 'NOT_FOUND']);
  expect(await codeOf(ask('GET', '/storefront.colour'))).toEqual([404, 'NOT_FOUND']);
  expect(await codeOf(ask('GET', '/storefront.colour/history'))).toEqual([404, 'NOT_FOUND']);
  const { owner: stranger } = await signedInOwner(platform.services);
  const foreign = { value: 'x', branch_id: stranger.branchId };
  expect(await codeOf(put('branch.receipt_footer', foreign))).toEqual([404, 'NOT_FOUND']);
  expect(await codeOf(ask('GET', `?branch_id=${stranger.branchId}`))).toEqual([404, 'NOT_FOUND']);
  expect(await codeOf(ask('GET', '?group=colours'))).toEqual([422, 'VALIDATION_FAILED']);
  expect(await codeOf(ask('GET', '?group=branch'))).toEqual([422, 'VALIDATION_FAILED']);
  const days = { value: 9 };
  expect(await codeOf(put('support.close_days', { ...days, version: 3 }))).toEqual([409, 'CONFLICT']);
  const stale = put('support.close_days', days, { 'if-match': '"3"' });
  expect(await codeOf(stale)).toEqual([412, 'PRECONDITION_FAILED']);
  const { email } = await createColleagueOf(platform, owner, 'cashier');
  const cashier = (await signIn(platform, email)).accessToken;
  expect(await codeOf(ask('GET', '', { token: cashier }))).toEqual([403, 'FORBIDDEN']);
  expect(await codeOf(ask('PUT', '/support.close_days', { token: cashier, body: days }))).toEqual([
    ...[403, 'FORBIDDEN'],
  ]);
  expect(await codeOf(ask('GET', '', { token: undefined }))).toEqual([401, 'UNAUTHENTICATED']);
});

it('gives each branch settings of its own', async () => {
  const footer = { value: 'Come back soon.', branch_id: owner.branchId };
  expect((await put('branch.receipt_footer', footer)).body).toMatchObject({
    ...{ owner: 'branch', branch_id: owner.branchId, value: 'Come back soon.', default: null },
  });
  expect(await codeOf(put('branch.receipt_footer', { value: 'x' }))).toEqual([422, 'VALIDATION_FAILED']);
  const needless = { value: 3, branch_id: owner.branchId };
  expect(await codeOf(put('support.close_days', needless))).toEqual([422, 'VALIDATION_FAILED']);
});

it('changes account numbers, with their history, and rejects an account that does not exist', async () => {
  const bank = { account: 'bank', tax_rate: null, number: '1210', tax_key: null };
  const answer = await put('accounting.accounts', { value: [{ account: 'bank', number: '1210' }] });
  expect([answer.status, answer.body]).toMatchObject([200, { value: [bank], default: [] }]);
  // The trail omits what is null.
  const stored = { account: 'bank', number: '1210' };
  expect(await historyOf('accounting.accounts')).toEqual([[null, [stored], owner.user.id]]);
  expect((await put('accounting.chart', { value: 'skr04' })).body).toMatchObject({
    value: 'skr04',
    version: 2,
  });
  const unknown = await put('accounting.accounts', { value: [{ account: 'safe', number: '1000' }] });
  expect([unknown.status, unknown.body]).toMatchObject([
    ...[422, { code: 'VALIDATION_FAILED', errors: [{ field: 'value.0.account', code: 'TYPE' }] }],
  ]);
  const long = await put('accounting.accounts', { value: [{ account: 'bank', number: '12100' }] });
  expect([long.status, long.body]).toMatchObject([422, { errors: [{ field: 'value.0.number' }] }]);
});

it('never shows a secret, neither in an answer nor in the audit trail', async () => {
  const secret = 'whsec_ten_words_long';
  const answer = await put('payments.stripe_webhook_secret', { value: secret });
  expect(answer.body).toMatchObject({ value: null, is_secret: true, is_set: true });
  const rejected = await put('payments.stripe_webhook_secret', { value: [secret] });
  const { text: trail } = await platform.services.database.system.one<{ text: string }>(sql`
    select (select string_agg(e::text, ' ') from audit_entries e) || (select string_agg(c::text, ' ') from audit_changes c) as text`);
  const written = [answer.text, rejected.text, (await ask('GET')).text, trail];
  expect(written.filter((text) => text.includes(secret))).toEqual([]);
  expect(await historyOf('payments.stripe_webhook_secret')).toEqual([[null, '[secret]', owner.user.id]]);
});

it('tells the history of a setting alone, with who changed it', async () => {
  await put('storefront.shipping_price', { value: '4.90' });
  await put('storefront.reservation_minutes', { value: 20 });
  await put('storefront.reservation_minutes', { value: 25 });
  await put('storefront.shipping_price', { value: '5.90' });
  const { id } = owner.user;
  expect(await historyOf('storefront.reservation_minutes')).toEqual([
    [20, 25, id],
    [15, 20, id],
  ]);
  expect(await historyOf('storefront.shipping_price')).toEqual([
    ['4.90', '5.90', id],
    [null, '4.90', id],
  ]);
  expect(await historyOf('storefront.cart_lifetime_days')).toEqual([]);
});
