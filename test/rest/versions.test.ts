/**
 * Optimistic concurrency and unchanged inputs, over HTTP, for every operation that changes what people edit: the schema says which ones
 * there are, and each is called with the present version, another one, none, twice with the same, and twice at once.
 */
import { GraphGateway } from '../../gateway/executor';
import { createEngine, type BoundOperation } from '../../sofa/sofa-handlers';
import { sdl } from '../gateway/calls';
import type { RestAnswer } from '../harness/platform';
import { DELETIONS, UPDATES, product } from './edited';
import { call, shop, startShop, type Body } from './edited-shop';
import { traceOf } from './trace';

let operations: readonly BoundOperation[];

beforeAll(async () => {
  await startShop();
  const { apiSchema } = new GraphGateway({ supergraphSdl: sdl, sources: new Map() });
  ({ operations } = await createEngine({ supergraphSdl: sdl, apiSchema }));
}, 120_000);
afterAll(() => shop.platform.stop());

/** What changes or removes something and takes no version, and why. */
const WITHOUT_VERSION: Readonly<Record<string, string>> = {
  bulkUpdateProducts: 'many things at once',
  bulkDeleteProducts: 'many things at once',
  bulkUpdateCustomers: 'many things at once',
  setReorderPoint: 'one value, on a row that every sale changes',
  setExchangeRate: 'the rate of a day is a single value, and the later one replaces it',
  deleteExchangeRate: 'a rate is not edited',
  deleteTranslation: 'a translation is a single value, and the later one replaces it',
  deleteTaxRate: 'a dated rate is not edited',
  deleteProductImage: 'a picture is not edited',
  deleteCustomerCard: 'a card is not edited',
  revokeSession: 'a session is not edited',
  revokeApiKey: 'a key is not edited',
  revokeRegisterDevice: 'a device is not edited',
  deleteHoliday: 'a holiday is not edited',
  deleteBackup: 'a backup is not edited',
  discardBasket: 'a parked basket is not edited',
  removeCartCode: 'a code is added or removed, not edited',
  cancelOrder: 'a step that the state of the order permits once',
};

/** Operations that take a version and are no update: they do something anew each time. Their own tests try the version. */
const TRIED_ELSEWHERE = [
  'approveVendor',
  'closeVendor',
  'editOrder',
  'mergeTicket',
  'previewOrderEdit',
  'reviewVendor',
  'suspendVendor',
  'updateVendorAccount',
  'updateVendorPayoutStatus',
];

const methodOf = (field: string) =>
  operations.find(({ route }) => route.operation.field === field)!.route.method;

it('every operation that changes or removes what people edit takes a version, and is tried below', () => {
  const writing = operations.filter(({ route: { method, operation } }) => {
    if (operation.root !== 'Mutation') return false;
    return (
      ['PUT', 'PATCH', 'DELETE'].includes(method) || /^(update|set|change|rename)[A-Z]/.test(operation.field)
    );
  });
  const without = writing.filter(({ versioned }) => !versioned).map(({ route }) => route.operation.field);
  expect([...new Set(without)].filter((field) => field !== 'changePassword').sort()).toEqual(
    Object.keys(WITHOUT_VERSION).sort(),
  );
  const versioned = operations.filter((operation) => operation.versioned);
  expect(versioned.map(({ route }) => route.operation.field).sort()).toEqual(
    [...Object.keys(UPDATES), ...Object.keys(DELETIONS), ...TRIED_ELSEWHERE].sort(),
  );
  // An update answers what it has changed, with its new version; a deletion may answer less.
  expect(versioned.filter(({ tagged, route }) => !tagged && route.operation.field in UPDATES)).toEqual([]);
});

it('the document tells of If-Match, 412 and the ETag where there are any', async () => {
  const { paths } = (await shop.platform.rest('GET', '/openapi.json')).body as {
    paths: Record<string, Record<string, object>>;
  };
  const documented = operations.map(({ route, versioned, tagged }) => {
    const text = JSON.stringify(paths[`/api/v1${route.path}`]![route.method.toLowerCase()]);
    const says = (part: string) => text.includes(part);
    const wrong =
      says('parameters/IfMatch') !== versioned ||
      says('"412"') !== versioned ||
      says('headers/Version') !== tagged;
    return wrong ? route.id : '';
  });
  expect(documented.filter(Boolean)).toEqual([]);
});

const shown = ({ status, body, headers }: RestAnswer) => ({
  status,
  version: (body as { version?: number }).version,
  etag: headers.get('etag'),
});
const refused = ({ status, body }: RestAnswer) => {
  const { code, details } = body as { code: string; details?: { version: number } };
  return { status, code, version: details?.version };
};

describe.each(Object.entries(UPDATES))('%s', (field, update) => {
  it('raises the version with a change, and leaves everything as it is without one', async () => {
    const { path, id } = await update.make();
    const before = await traceOf(update, id);
    const body = update.change();
    const changed = await call(methodOf(field), path, body);
    const version = before.version + 1;
    expect([shown(changed), changed.text]).toEqual([
      { status: 200, version, etag: `"${version}"` },
      expect.anything(),
    ]);
    const after = await traceOf(update, id);
    expect(after).toMatchObject({ version, events: before.events + (update.event === null ? 0 : 1) });
    expect([after.changes > before.changes, after.updatedAt! >= (before.updatedAt ?? 0)]).toEqual([
      true,
      true,
    ]);
    const again = await call(methodOf(field), path, body);
    expect([shown(again), again.body]).toEqual([shown(changed), changed.body]);
    expect(await traceOf(update, id)).toEqual(after);
  });

  it('changes the version that it names, and no other', async () => {
    const { path, id } = await update.make();
    const method = methodOf(field);
    const ok = (version: number) => ({ status: 200, version, etag: `"${version}"` });
    const { version: first } = await traceOf(update, id);
    expect(shown(await call(method, path, update.change(), { 'if-match': `"${first}"` }))).toEqual(
      ok(first + 1),
    );
    const before = await traceOf(update, id);
    const body = update.change();
    for (const stale of [`"${first}"`, `W/"${first + 1}"`, `"${first}", "x", "9${first}"`]) {
      const answer = refused(await call(method, path, body, { 'if-match': stale }));
      expect(answer).toEqual({ status: 412, code: 'PRECONDITION_FAILED', version: first + 1 });
    }
    expect(refused(await call(method, path, { ...body, version: first }))).toEqual({
      status: 409,
      code: 'CONFLICT',
      version: first + 1,
    });
    expect(await traceOf(update, id)).toEqual(before);
    expect(shown(await call(method, path, body, { 'if-match': `"x" ,, "${first + 1}"` }))).toEqual(
      ok(first + 2),
    );
    expect(shown(await call(method, path, { ...update.change(), version: first + 2 }))).toEqual(
      ok(first + 3),
    );
    expect(shown(await call(method, path, update.change(), { 'if-match': '*' }))).toEqual(ok(first + 4));
  });

  // Of two switches one asks for what is there already.
  if (update.isSwitch) return;
  it('of two writers who read the same version, one wins', async () => {
    const { path, id } = await update.make();
    const { version } = await traceOf(update, id);
    const race = (headers: Record<string, string>, more: Body) => {
      const bodies = [update.change(), update.change(), update.change()];
      return Promise.all(bodies.map((body) => call(methodOf(field), path, { ...body, ...more }, headers)));
    };
    const matched = await race({ 'if-match': `"${version}"` }, {});
    expect(matched.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    const named = await race({}, { version: version + 1 });
    expect(named.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await traceOf(update, id)).version).toBe(version + 2);
  });
});

describe.each(Object.entries(DELETIONS))('%s', (field, make) => {
  it('removes the version that it names, and no other', async () => {
    const { path } = await make();
    expect(methodOf(field)).toBe('DELETE');
    const stale = await call('DELETE', path, undefined, { 'if-match': '"7"' });
    expect(refused(stale)).toEqual({ status: 412, code: 'PRECONDITION_FAILED', version: 1 });
    expect(refused(await call('DELETE', `${path}?version=7`))).toEqual({
      status: 409,
      code: 'CONFLICT',
      version: 1,
    });
    expect((await call('DELETE', path, undefined, { 'if-match': '"1"' })).status).toBe(200);
    expect((await call('DELETE', path, undefined, { 'if-match': '*' })).status).toBe(404);
  });
});

it('a GET of one thing has its version as ETag, and so has what made it', async () => {
  const answer = await call('POST', '/products', { name: 'Oolong', price: '1' });
  const { id } = answer.body as { id: string };
  expect(shown(answer)).toEqual({ status: 201, version: 1, etag: '"1"' });
  expect(shown(await call('GET', `/products/${id}`))).toEqual({ status: 200, version: 1, etag: '"1"' });
  // The version says nothing of the figures beside it, such as what a customer owes.
  expect((await call('GET', `/products/${id}`, undefined, { 'if-none-match': '"1"' })).status).toBe(200);
  expect(shown(await call('GET', '/organization')).etag).toMatch(/^"\d+"$/);
});

it('If-Match that cannot be read is 400; where nothing has a version, none matches', async () => {
  const { path } = await product();
  for (const header of ['1', '"1', '"1" "2"', 'W/1', '"1";', '']) {
    const answer = await call('PUT', path, { name: 'Other' }, { 'if-match': header });
    expect([header, answer.status, (answer.body as { code: string }).code]).toEqual([
      header,
      400,
      'BAD_REQUEST',
    ]);
  }
  const body = { name: 'Other', price: '1' };
  expect((await call('POST', '/products', body, { 'if-match': '"1"' })).status).toBe(412);
  expect((await call('POST', '/products', body, { 'if-match': '*' })).status).toBe(201);
  expect((await call('GET', path, undefined, { 'if-match': 'anything' })).status).toBe(200);
});

it('GraphQL takes the version in the input, and says in the error which one there is', async () => {
  const { id } = await product();
  const change = (name: string, version: number | null) =>
    shop.platform.graphql<{ updateProduct: { version: number } }>(
      'mutation ($id: ID!, $input: UpdateProductInput!) { updateProduct(id: $id, input: $input) { version } }',
      { id, input: { name, version } },
      shop.token,
    );
  expect((await change('First', 1)).data.updateProduct.version).toBe(2);
  const { errors } = await change('Second', 1);
  expect(errors).toEqual([
    expect.objectContaining({
      message:
        'The current version of the product is 2. Read it again and repeat the change with that version.',
      extensions: expect.objectContaining({ code: 'CONFLICT', details: { version: 2 } }) as unknown,
    }),
  ]);
  expect((await change('Third', null)).data.updateProduct.version).toBe(3);
});
