/** A branch's payment methods over REST: each status that OpenAPI documents for reading and changing them. */
import document from '../../openapi.json';
import { explainFailure } from '#kernel/db/pg-errors';
import { createColleagueOf, signIn, signedInOwner, type TestOwner } from '#test/harness/actors';
import { startTestPlatform, type RestRequest, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
let owner: TestOwner;
let token: string;
let cashier: string;
let path: string;
let card: string;
beforeAll(async () => {
  platform = await startTestPlatform();
  ({ owner, token } = await signedInOwner(platform.services));
  const colleague = await createColleagueOf(platform, owner, 'cashier');
  cashier = (await signIn(platform, colleague.email)).accessToken;
  path = `/api/v1/payments/methods/branches/${owner.branchId}`;
  card = `/api/v1/payments/methods/card/branches/${owner.branchId}`;
});
afterAll(() => platform.stop());
afterEach(() => jest.restoreAllMocks());

type Answered = [status: number, code: string | undefined];
const answered = { get: new Set<string>(), put: new Set<string>() };

async function ask(
  method: 'GET' | 'PUT',
  url: string,
  { on = platform, ...request }: RestRequest & { on?: TestPlatform } = {},
): Promise<Answered> {
  const answer = await on.rest(method, url, { token, ...request });
  answered[method === 'GET' ? 'get' : 'put'].add(String(answer.status));
  return [answer.status, (answer.body as { code?: string } | undefined)?.code];
}
const put = (body: unknown, request: RestRequest = {}, url = card) => ask('PUT', url, { body, ...request });
const UNKNOWN = '0190a000-0000-7000-8000-00000000ffff';

it('answers 200 with the settings, to tills and to those who change them', async () => {
  const unset = {
    ...{ branch_id: owner.branchId, method: 'card', enabled: null, channels: [], currencies: [] },
    ...{
      min_amount: null,
      max_amount: null,
      cash_rounding_step: null,
      currency: 'EUR',
      version: 0,
      updated_at: null,
    },
  };
  const read = async (by: string) => {
    const { items } = (await platform.rest('GET', path, { token: by })).body as { items: unknown[] };
    return items;
  };
  expect((await read(cashier))[1]).toEqual(unset);
  expect(await read(cashier)).toHaveLength(8);
  const body = {
    enabled: true,
    channels: ['pos'],
    currencies: ['eur'],
    min_amount: '5',
    max_amount: '50.00',
  };
  const changed = await platform.rest('PUT', card, { token, body });
  const settings = { ...unset, ...body, currencies: ['EUR'], min_amount: '5.00', version: 1 };
  expect([changed.status, changed.body]).toEqual([
    200,
    { ...settings, updated_at: expect.any(String) as string },
  ]);
  expect((await read(token))[1]).toEqual(changed.body);
  expect([await ask('GET', path), await put({})]).toEqual([
    [200, undefined],
    [200, undefined],
  ]);
});

it('answers the step by which a till rounds cash: of the branch, the method or the organization', async () => {
  const methods = '/api/v1/payments/methods';
  type Method = Record<'method' | 'cash_rounding_step' | 'effective_cash_rounding_step', string | null>;
  const stepsOf = async (query: string) => {
    const answer = await platform.rest('GET', `${methods}${query}`, { token: cashier });
    const { items } = answer.body as { items: Method[] };
    return items
      .filter(({ method }) => method === 'cash' || method === 'card')
      .map((one) => [one.cash_rounding_step, one.effective_cash_rounding_step]);
  };
  const branch = `?branch_id=${owner.branchId}`;
  expect([await stepsOf(''), await stepsOf(branch)]).toEqual([
    [[null, '0.00'], [null, null]],
    [[null, '0.00'], [null, null]],
  ]); // prettier-ignore
  const change = async (url: string, step: string | null) => {
    const answer = await platform.rest('PUT', url, { token, body: { cash_rounding_step: step } });
    const { cash_rounding_step: own } = answer.body as Method;
    return [answer.status, own];
  };
  expect(await change(`${methods}/cash`, '0.1')).toEqual([200, '0.10']);
  expect(await change(card.replace('card', 'cash'), '0.05')).toEqual([200, '0.05']);
  expect([await stepsOf(''), await stepsOf(branch)]).toEqual([
    [['0.10', '0.10'], [null, null]],
    [['0.05', '0.05'], [null, null]],
  ]); // prettier-ignore
  expect(await change(card.replace('card', 'cash'), '0')).toEqual([200, '0.00']);
  expect(await stepsOf(branch)).toEqual([
    ['0.00', '0.00'],
    [null, null],
  ]);
  expect(await change(card.replace('card', 'cash'), null)).toEqual([200, null]);
  expect((await stepsOf(branch))[0]).toEqual(['0.10', '0.10']);
  const rejected = await platform.rest('PUT', `${methods}/card`, {
    token,
    body: { cash_rounding_step: '0' },
  });
  expect([rejected.status, (rejected.body as { errors: { code: string }[] }).errors[0]!.code]).toEqual([
    422,
    'CASH_ONLY',
  ]);
});

it('answers 400 to requests that it cannot read', async () => {
  expect(await ask('GET', path.replace(owner.branchId, '%ed%a0%80'))).toEqual([400, 'BAD_REQUEST']);
  expect(await put('{"enabled":')).toEqual([400, 'BAD_REQUEST']);
});

it('answers 401 without a token, and 403 without the permission', async () => {
  expect(await ask('GET', path, { token: undefined })).toEqual([401, 'UNAUTHENTICATED']);
  expect(await put({}, { token: undefined })).toEqual([401, 'UNAUTHENTICATED']);
  expect(await put({ enabled: false }, { token: cashier })).toEqual([403, 'FORBIDDEN']);
  const colleague = await createColleagueOf(platform, owner, 'warehouse');
  const { accessToken } = await signIn(platform, colleague.email);
  expect(await ask('GET', path, { token: accessToken })).toEqual([403, 'FORBIDDEN']);
});

it('answers 404 for a branch of another organization as for an unknown one', async () => {
  const other = await signedInOwner(platform.services);
  for (const branchId of [other.owner.branchId, UNKNOWN, 'none']) {
    expect(await ask('GET', `/api/v1/payments/methods/branches/${branchId}`)).toEqual([404, 'NOT_FOUND']);
    const url = `/api/v1/payments/methods/card/branches/${branchId}`;
    expect(await put({ enabled: false }, {}, url)).toEqual([404, 'NOT_FOUND']);
  }
});

it('answers 406 for formats that it does not write', async () => {
  const headers = { accept: 'application/xml' };
  expect(await ask('GET', path, { headers })).toEqual([406, 'NOT_ACCEPTABLE']);
  expect(await put({}, { headers })).toEqual([406, 'NOT_ACCEPTABLE']);
});

it('answers 409 for another version in the body, and 412 for another one in If-Match', async () => {
  expect(await put({ enabled: false, version: 7 })).toEqual([409, 'CONFLICT']);
  expect(await put({ enabled: false }, { headers: { 'if-match': '"7"' } })).toEqual([
    412,
    'PRECONDITION_FAILED',
  ]);
  expect(await put({ enabled: true }, { headers: { 'if-match': '"1"' } })).toEqual([200, undefined]);
});

it('answers 413, 414 and 415 for bodies and addresses that it does not take', async () => {
  expect(await put({ enabled: true, note: 'x'.repeat(1_100_000) })).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  const long = 'x'.repeat(400);
  expect(await ask('GET', `/api/v1/payments/methods/branches/${long}`)).toEqual([414, 'URI_TOO_LONG']);
  expect(await put({}, {}, `/api/v1/payments/methods/card/branches/${long}`)).toEqual([414, 'URI_TOO_LONG']);
  const headers = { 'content-type': 'application/xml' };
  expect(await put('<enabled/>', { headers })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
});

it('answers 422 with the field for values that the method cannot have', async () => {
  const errorsOf = async (body: object, url = card) => {
    const answer = await platform.rest('PUT', url, { token, body });
    answered.put.add(String(answer.status));
    const { errors } = answer.body as { errors: { field: string; code: string }[] };
    return [answer.status, ...errors.map(({ field, code }) => `${field} ${code}`)];
  };
  expect(await errorsOf({ min_amount: '51.00' })).toEqual([422, 'max_amount OUT_OF_RANGE']);
  expect(await errorsOf({ max_amount: '9.999' })).toEqual([422, 'max_amount PRECISION']);
  expect(await errorsOf({ currencies: ['XXZ'] })).toEqual([422, 'currencies INVALID']);
  expect(await errorsOf({ cash_rounding_step: '0.05' })).toEqual([422, 'cash_rounding_step CASH_ONLY']);
  const cash = card.replace('card', 'cash');
  expect(await errorsOf({ cash_rounding_step: '0.001' }, cash)).toEqual([
    422,
    'cash_rounding_step PRECISION',
  ]);
  expect((await errorsOf({}, card.replace('card', 'shells')))[0]).toBe(422);
  expect(await ask('GET', `${path}?colour=red`)).toEqual([422, 'VALIDATION_FAILED']);
});

it('answers 429 with Retry-After beyond the rate limit', async () => {
  const limited = await startTestPlatform({ env: { RATE_LIMIT_PER_MINUTE: '1' } });
  const signedIn = await signedInOwner(limited.services);
  const request = { on: limited, token: signedIn.token };
  const url = `/payments/methods/card/branches/${signedIn.owner.branchId}`;
  await ask('GET', `/api/v1/payments/methods/branches/${signedIn.owner.branchId}`, request);
  expect(await ask('GET', `/api/v1/payments/methods/branches/${UNKNOWN}`, request)).toEqual([
    429,
    'RATE_LIMITED',
  ]);
  expect(await ask('PUT', `/api/v1${url}`, { ...request, body: {} })).toEqual([429, 'RATE_LIMITED']);
  await limited.stop();
});

it.each([
  [500, 'INTERNAL', new Error('a bug')],
  [503, 'UNAVAILABLE', Object.assign(new Error('the server ends'), { code: '57P01' })],
] as const)(
  'answers %s and %s, and changes nothing, if the database fails',
  async (...[status, code, error]) => {
    const before = (await platform.rest('GET', path, { token })).text;
    const { database } = platform.services;
    // PostgreSQL's own error, as the pool explains it.
    const fail = jest.fn().mockRejectedValue(explainFailure(error));
    jest.spyOn(database, 'begin').mockImplementation(fail);
    expect(await put({ enabled: false })).toEqual([status, code]);
    const reading = { many: fail, maybeOne: fail, one: fail, run: fail, stream: fail } as never;
    jest.spyOn(database, 'forOrganization').mockReturnValue(reading);
    expect(await ask('GET', path)).toEqual([status, code]);
    jest.restoreAllMocks();
    expect((await platform.rest('GET', path, { token })).text).toBe(before);
  },
);

it('has answered every status of the document', () => {
  const { get } = document.paths['/api/v1/payments/methods/branches/{branch_id}'];
  const change = document.paths['/api/v1/payments/methods/{method}/branches/{branch_id}'].put;
  expect([...answered.get].sort()).toEqual(Object.keys(get.responses).sort());
  expect([...answered.put].sort()).toEqual(Object.keys(change.responses).sort());
});
