/** Payouts over REST: each status that OpenAPI documents, with the answers that clients read. */
import { transact } from '#kernel/db/transact';
import { lockVendors, postEntries } from '#subgraphs/vendors/ledger/vendor-ledger';
import {
  commonStatuses,
  fieldsOf,
  operationsAt,
  outcomeOf,
  startStatusTrial,
  UNKNOWN_ID,
  type StatusTrial,
  type ValidRequest,
} from '#test/harness/documented-statuses';
import { amount } from '#test/harness/values';

const OPERATIONS = operationsAt(/^\/(vendor-payout|vendor-settings|vendors\/\{id\}\/payout$)/);
const ACCOUNT = { holder: 'Pottery', iban: 'DE89 3704 0044 0532 0130 00' };
const PAYER = { payer_account: { holder: 'Shop', iban: 'DE75512108001245126199' } };

let trial: StatusTrial;
let vendor: string;
let payout: { id: string; run_id: string };
beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  vendor = await approvedVendor('Pottery');
  await owe('87.50');
  payout = (await trial.send(PAY, [`/vendors/${vendor}/payout`, {}])).body;
}, 120_000);
afterAll(() => trial.stop());

const PAY = 'POST /vendors/{id}/payout';
const STATUS = 'PUT /vendor-payouts/{id}/status';
const TRANSFER = 'GET /vendor-payout-runs/{id}/transfer';

async function approvedVendor(name: string): Promise<string> {
  const { platform, token } = trial;
  const body = { name, bank_account: ACCOUNT, hold_days: 0 };
  const created = await platform.rest('POST', '/api/v1/vendors', { token, body });
  const { id } = created.body as { id: string };
  await platform.rest('POST', `/api/v1/vendors/${id}/approve`, { token, body: {} });
  return id;
}

/** Lets the shop owe the vendor an amount. */
async function owe(value: string): Promise<void> {
  const { ctx } = trial.owner;
  await transact(ctx, async (tx) => {
    const entry = { vendorId: vendor, kind: 'sale', amount: amount(value) } as const;
    await postEntries(tx, ctx, await lockVendors(tx, [vendor]), [entry]);
  });
}

/** A valid request to each operation. */
const requests = (): Record<string, ValidRequest> => ({
  [PAY]: [`/vendors/${vendor}/payout`, {}],
  'POST /vendor-payout-runs': ['/vendor-payout-runs', {}],
  'GET /vendor-payouts': ['/vendor-payouts'],
  'GET /vendor-payouts/{id}': [`/vendor-payouts/${payout.id}`],
  'GET /vendor-payouts/{id}/entries': [`/vendor-payouts/${payout.id}/entries`],
  'GET /vendor-payouts/{id}/statement': [`/vendor-payouts/${payout.id}/statement`],
  [STATUS]: [`/vendor-payouts/${payout.id}/status`, { status: 'sent' }],
  'GET /vendor-payout-runs/{id}': [`/vendor-payout-runs/${payout.run_id}`],
  [TRANSFER]: [`/vendor-payout-runs/${payout.run_id}/transfer`],
  'GET /vendor-settings': ['/vendor-settings'],
  'PUT /vendor-settings': ['/vendor-settings', PAYER],
});

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  expect(await trial.vary(operation, requests()[operation]!)).toEqual(commonStatuses(operation));
});

it('answers 201 with a payout, and 200 through its steps', async () => {
  await owe('10.00');
  const made = await trial.send(PAY, requests()[PAY]!);
  const { id } = made.body as { id: string };
  expect([made.status, made.body]).toMatchObject([
    201,
    {
      number: 'PO-000002',
      vendor_id: vendor,
      amount: '10.00',
      currency: 'EUR',
      status: 'pending',
      status_reason: null,
      bank_account: { holder: 'Pottery', iban: 'DE89 •••• 3000', bic: null, country: 'DE' },
      version: 1,
    },
  ]);
  expect(await trial.outcome(PAY, requests()[PAY]!)).toEqual([409, 'NOTHING_DUE']);
  const step = (body: object) => trial.send(STATUS, [`/vendor-payouts/${id}/status`, body]);
  expect((await step({ status: 'sent', reason: 'Sent today' })).body).toMatchObject({
    ...{ status: 'sent', status_reason: 'Sent today', version: 2 },
  });
  expect(outcomeOf(await step({ status: 'paid', version: 1 }))).toEqual([409, 'CONFLICT']);
  expect((await step({ status: 'paid' })).body).toMatchObject({ status: 'paid', status_reason: null });
  const illegal = await step({ status: 'sent' });
  expect([illegal.status, illegal.body]).toMatchObject([
    409,
    { code: 'ILLEGAL_STATE', details: { status: 'paid', allowed: ['returned'] } },
  ]);
  expect(fieldsOf(await step({ status: 'lost' }))).toEqual(['status INVALID']);
  await step({ status: 'returned' });
  const run = await trial.send('POST /vendor-payout-runs', ['/vendor-payout-runs', {}]);
  expect([run.status, run.body]).toEqual([
    201,
    {
      id: expect.any(String) as unknown,
      ...{ count: 1, amount: '10.00', currency: 'EUR' },
      until: expect.any(String) as unknown,
      created_at: expect.any(String) as unknown,
    },
  ]);
  expect(await trial.outcome('POST /vendor-payout-runs', ['/vendor-payout-runs', {}])).toEqual([
    409,
    'NOTHING_DUE',
  ]);
  for (const path of [`/vendors/${vendor}/payout`, '/vendor-payout-runs'])
    expect(
      fieldsOf(
        await trial.send(path === '/vendor-payout-runs' ? 'POST /vendor-payout-runs' : PAY, [
          path,
          { until: '2999-01-01' },
        ]),
      ),
    ).toEqual(['until FUTURE']);
});

it('answers 200 with payouts, their run, entries and statement, and 304 if they are unchanged', async () => {
  for (const operation of OPERATIONS.filter((name) => name.startsWith('GET') && name !== TRANSFER))
    expect([operation, (await trial.send(operation, requests()[operation]!)).status]).toEqual([
      operation,
      200,
    ]);
  for (const unchanged of ['GET /vendor-payouts/{id}/statement', 'GET /vendor-payout-runs/{id}']) {
    const first = await trial.send(unchanged, requests()[unchanged]!);
    const headers = { 'if-none-match': first.headers.get('etag')! };
    expect([unchanged, (await trial.send(unchanged, requests()[unchanged]!, { headers })).status]).toEqual([
      unchanged,
      304,
    ]);
  }
  const entries = (
    await trial.send('GET /vendor-payouts/{id}/entries', requests()['GET /vendor-payouts/{id}/entries']!)
  ).body as {
    items: object[];
  };
  expect(entries.items).toMatchObject([{ kind: 'sale', amount: '87.50', payout_id: payout.id }]);
  const waiting = await trial.platform.rest('GET', `/api/v1/vendors/${vendor}/entries?payable=true`, {
    token: trial.token,
  });
  expect((waiting.body as { items: object[] }).items).toEqual([]);
});

it('answers 409 to a transfer without an account to pay from, then the same file each time', async () => {
  const request = requests()[TRANSFER]!;
  const clear = await trial.send('PUT /vendor-settings', ['/vendor-settings', { payer_account: null }]);
  expect([clear.status, clear.body]).toMatchObject([200, { payer_account: null }]);
  expect(await trial.outcome(TRANSFER, request)).toEqual([409, 'ILLEGAL_STATE']);
  const set = await trial.send('PUT /vendor-settings', [
    '/vendor-settings',
    { ...PAYER, minimum_payout: '5' },
  ]);
  const version = (set.body as { version: number }).version;
  expect([set.status, set.body]).toMatchObject([
    200,
    { payer_account: { iban: 'DE75 •••• 6199' }, minimum_payout: '5' },
  ]);
  expect(
    await trial.outcome('PUT /vendor-settings', [
      '/vendor-settings',
      { minimum_payout: '6', version: version - 1 },
    ]),
  ).toEqual([409, 'CONFLICT']);
  const wrong = { payer_account: { holder: '', iban: 'DE00' }, minimum_payout: '1' };
  expect(fieldsOf(await trial.send('PUT /vendor-settings', ['/vendor-settings', wrong])).sort()).toEqual([
    'payer_account.holder REQUIRED',
    'payer_account.iban IBAN',
  ]);
  const file = await trial.send(TRANSFER, request);
  expect([file.status, file.body]).toMatchObject([
    200,
    { file_name: 'payouts-PO-000001.xml', encoding: 'utf-8' },
  ]);
  const headers = { 'if-none-match': file.headers.get('etag')! };
  expect((await trial.send(TRANSFER, request, { headers })).status).toBe(304);
  expect(await trial.outcome(TRANSFER, [`/vendor-payout-runs/${UNKNOWN_ID}/transfer`])).toEqual([
    404,
    'NOT_FOUND',
  ]);
});

it('answers 409 while the same request runs, and has tried each documented status', async () => {
  const repeated = [PAY, 'POST /vendor-payout-runs'].map(
    (operation) => [operation, requests()[operation]!] as const,
  );
  expect(await trial.repeat(repeated)).toEqual(repeated.map(() => [409, 'IDEMPOTENCY_IN_PROGRESS']));
  // A list has no id that could be unknown, and the settings are made with the first change.
  expect(trial.missing()).toEqual({
    'GET /vendor-payouts': ['404'],
    'GET /vendor-settings': ['409'],
    'POST /vendor-payout-runs': ['404'],
    'PUT /vendor-settings': ['404'],
  });
});
