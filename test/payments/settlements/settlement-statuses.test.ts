/** Settlement files and payouts over REST: each status that OpenAPI documents, with the answers that clients read. */
import { processPayment } from '#subgraphs/orders/payments/process-payment';
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
import { signedInOwner } from '#test/harness/actors';
import { amount } from '#test/harness/values';

const OPERATIONS = operationsAt(/^\/payments\/(settlement|unsettled)/);
const ITEM = {
  transaction_reference: 'txn_1',
  payout_reference: 'po_1',
  kind: 'fee',
  currency: 'EUR',
  gross: '-4.90',
};

let trial: StatusTrial;
let settlement: string;
let job: string;
let payment: string;
beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  const { platform, token, owner } = trial;
  const body = { provider: 'sandbox', items: [ITEM] };
  const imported = await platform.rest('POST', '/api/v1/payments/settlements', { token, body });
  job = (imported.body as { id: string }).id;
  const { items } = (await platform.rest('GET', '/api/v1/payments/settlements', { token })).body as {
    items: { id: string }[];
  };
  settlement = items[0]!.id;
  const paid = await processPayment(owner.ctx, {
    ...{ method: 'card', amount: amount('12.50'), providerToken: 'tok_approved', capture: true },
  });
  payment = paid.id;
}, 120_000);
afterAll(() => trial.stop());
afterEach(() => jest.restoreAllMocks());

/** A valid request to each operation; imports repeat the row that is stored. */
const requests = (): Record<string, ValidRequest> => ({
  'GET /payments/settlements': ['/payments/settlements'],
  'POST /payments/settlements': ['/payments/settlements', { provider: 'sandbox', items: [ITEM] }],
  'GET /payments/settlements/{id}': [`/payments/settlements/${settlement}`],
  'GET /payments/settlements/{id}/transactions': [`/payments/settlements/${settlement}/transactions`],
  'GET /payments/settlement-imports/{id}': [`/payments/settlement-imports/${job}`],
  'GET /payments/settlement-imports/{id}/errors': [`/payments/settlement-imports/${job}/errors`],
  'GET /payments/unsettled': ['/payments/unsettled?days=0'],
});

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  const { 415: mediaType, ...answers } = await trial.vary(operation, requests()[operation]!);
  // A body of any other type is a file, which needs its provider first.
  expect(mediaType).toEqual(operation.startsWith('POST') ? [422, 'VALIDATION_FAILED'] : undefined);
  const expected = Object.fromEntries(
    Object.entries(commonStatuses(operation)).filter(([status]) => status !== '415'),
  );
  expect(answers).toEqual(expected);
});

it('answers 202 with the report of an import, and 409 while the same import runs', async () => {
  const request = requests()['POST /payments/settlements']!;
  const { status, body } = await trial.send('POST /payments/settlements', request);
  expect([status, body]).toEqual([
    202,
    expect.objectContaining({ status: 'completed', created: 0, unchanged: 1, failed: 0 }),
  ]);
  const operation = 'POST /payments/settlements';
  expect(await trial.repeat([[operation, request]])).toEqual([[409, 'IDEMPOTENCY_IN_PROGRESS']]);
});

it('answers 200 with payouts, their transactions, the import and unsettled payments, and 304 if they are unchanged', async () => {
  const read = async (operation: string, headers = {}) => {
    const {
      status,
      body,
      headers: answered,
    } = await trial.send(operation, requests()[operation]!, { headers });
    return {
      status,
      body: body as Record<string, unknown> & { items: object[] },
      etag: answered.get('etag')!,
    };
  };
  const head = { payout_reference: 'po_1', provider: 'sandbox', net: '-4.90', rows_count: 1 };
  const list = await read('GET /payments/settlements');
  expect([list.status, list.body.items]).toEqual([200, [expect.objectContaining(head)]]);
  const one = await read('GET /payments/settlements/{id}');
  expect([one.status, one.body]).toEqual([200, expect.objectContaining(head)]);
  const transactions = await read('GET /payments/settlements/{id}/transactions');
  expect([transactions.status, transactions.body.items]).toEqual([
    200,
    [expect.objectContaining({ transaction_reference: 'txn_1', status: 'unrelated', gross: '-4.90' })],
  ]);
  const report = await read('GET /payments/settlement-imports/{id}');
  expect([report.status, report.body]).toEqual([200, expect.objectContaining({ id: job, created: 1 })]);
  const errors = await read('GET /payments/settlement-imports/{id}/errors');
  expect([errors.status, errors.body.items]).toEqual([200, []]);
  const unsettled = await read('GET /payments/unsettled');
  expect([unsettled.status, unsettled.body.items]).toEqual([
    200,
    [expect.objectContaining({ id: payment, amount: '12.50' })],
  ]);
  for (const operation of ['GET /payments/settlements/{id}', 'GET /payments/settlement-imports/{id}']) {
    const { etag } = await read(operation);
    expect([operation, (await read(operation, { 'if-none-match': etag })).status]).toEqual([operation, 304]);
  }
});

it("answers 404 for another organization's payout and import", async () => {
  const { token } = await signedInOwner(trial.platform.services);
  for (const operation of OPERATIONS.filter((name) => name.includes('{id}')))
    expect(await trial.outcome(operation, requests()[operation]!, { token })).toEqual([404, 'NOT_FOUND']);
});

it('answers 415 for a file that is neither CSV nor XLSX', async () => {
  const headers = { 'content-type': 'application/xml' };
  const request: ValidRequest = ['/payments/settlements?provider=sandbox', '<a/>'];
  expect(await trial.outcome('POST /payments/settlements', request, { headers })).toEqual([
    ...[415, 'UNSUPPORTED_MEDIA_TYPE'],
  ]);
});

it('answers 422 with the field for what cannot be imported or filtered', async () => {
  const rejected = async (operation: string, ...request: [path: string, body?: unknown]) => {
    const answer = await trial.send(operation, request);
    return [...outcomeOf(answer), ...fieldsOf(answer)];
  };
  const importing = 'POST /payments/settlements';
  expect([
    await rejected(importing, '/payments/settlements', { provider: 'sandbox' }),
    await rejected('GET /payments/unsettled', '/payments/unsettled?days=3651'),
    await rejected('GET /payments/settlements', '/payments/settlements?cursor=x'),
    await rejected(
      'GET /payments/settlements/{id}/transactions',
      `/payments/settlements/${settlement}/transactions?payment_id=${UNKNOWN_ID}&size=0`,
    ),
  ]).toEqual([
    [422, 'VALIDATION_FAILED', 'items REQUIRED'],
    [422, 'VALIDATION_FAILED', 'days OUT_OF_RANGE'],
    [400, 'CURSOR_INVALID'],
    [422, 'VALIDATION_FAILED', 'size INVALID'],
  ]);
});

it('has answered every status of the document', () => {
  // The document names 404 for all routes with ids in their input; an import names none of PosPro's own.
  expect(trial.missing()).toEqual({
    'GET /payments/settlements': ['404'],
    'POST /payments/settlements': ['404'],
    'GET /payments/unsettled': ['404'],
  });
});
