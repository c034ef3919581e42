/** The reports of finance over REST: each status that OpenAPI documents. */
import {
  commonStatuses,
  operationsAt,
  startStatusTrial,
  UNKNOWN_ID,
  type StatusTrial,
  type ValidRequest,
} from '#test/harness/documented-statuses';

const OPERATIONS = operationsAt(/^\/(reports\/(profit-loss|cash-flow|liabilities|tax)|finance\/)/);

let trial: StatusTrial;
beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
}, 120_000);
afterAll(() => trial.stop());

const REPORTS = OPERATIONS.filter((operation) => /reports\/(profit-loss|cash-flow|tax)$/.test(operation));
const pathOf = (operation: string) => operation.split(' ')[1]!;
/** Periods of 2025, each once. */
let closedMonths = 0;
const nextMonth = () => {
  const from = new Date(Date.UTC(2025, closedMonths, 1));
  const to = new Date(Date.UTC(2025, closedMonths + 1, 0));
  closedMonths += 1;
  const [first, last] = [from, to].map((day) => day.toISOString().slice(0, 10));
  return { from: first, to: last };
};

async function closed(): Promise<string> {
  const answer = await trial.send('POST /reports/tax-periods', ['/reports/tax-periods', nextMonth()]);
  expect(answer.status).toBe(201);
  return (answer.body as { id: string }).id;
}

const SETTINGS = '/finance/accounting-settings';
const ACCOUNTANT = { consultant_number: 29_098, client_number: 55_003 };

const requestTo = async (operation: string): Promise<ValidRequest> => {
  if (operation.startsWith('POST')) return ['/reports/tax-periods', { from: '2025-12-01', to: '2025-12-31' }];
  if (operation.startsWith('PUT')) return [SETTINGS, ACCOUNTANT];
  return [operation.includes('{id}') ? `/reports/tax-periods/${await closed()}` : pathOf(operation)];
};

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  expect(await trial.vary(operation, await requestTo(operation))).toEqual(commonStatuses(operation));
});

it.each(REPORTS)('%s answers 200, 404 for an unknown branch and 422 for invalid days', async (operation) => {
  const path = pathOf(operation);
  const first = await trial.send(operation, [`${path}?from=2026-01-01&to=2026-01-31`]);
  expect([first.status, first.body]).toMatchObject([
    200,
    { from: '2026-01-01', to: '2026-01-31', currency: 'EUR' },
  ]);
  expect(await trial.outcome(operation, [`${path}?branch_id=${UNKNOWN_ID}`])).toEqual([404, 'NOT_FOUND']);
  const backwards = await trial.send(operation, [`${path}?from=2026-02-01&to=2026-01-31`]);
  expect([backwards.status, backwards.body]).toMatchObject([422, { errors: [{ field: 'to' }] }]);
});

it('answers 200 with liabilities of a past day, and 422 for days in the wrong order', async () => {
  const [operation, path] = ['GET /reports/liabilities', '/reports/liabilities'];
  const answer = await trial.send(operation, [`${path}?as_of=2026-01-31`]);
  expect([answer.status, answer.body]).toMatchObject([
    200,
    {
      from: '2026-01-01',
      as_of: '2026-01-31',
      owed_total: '0.00',
      points: { opening: 0, closing: 0 },
    },
  ]);
  expect(await trial.outcome(operation, [`${path}?as_of=2026-01-31&from=2026-02-01`])).toEqual([
    422,
    'VALIDATION_FAILED',
  ]);
});

it('answers 200 with the journal, 404 for an unknown branch and 422 for invalid days', async () => {
  const [operation, path] = ['GET /finance/journal', '/finance/journal'];
  const answer = await trial.send(operation, [`${path}?from=2026-01-01&to=2026-01-31&size=5`]);
  expect([answer.status, answer.body]).toMatchObject([200, { items: [], total: 0, size: 5 }]);
  expect(await trial.outcome(operation, [`${path}?branch_id=${UNKNOWN_ID}`])).toEqual([404, 'NOT_FOUND']);
  const backwards = await trial.send(operation, [`${path}?from=2026-02-01&to=2026-01-31`]);
  expect([backwards.status, backwards.body]).toMatchObject([422, { errors: [{ field: 'to' }] }]);
});

it('answers 200 with changed settings of accounting, 409 for another version and 422 by field', async () => {
  const [show, change] = [`GET ${SETTINGS}`, `PUT ${SETTINGS}`];
  const set = await trial.send(change, [SETTINGS, { ...ACCOUNTANT, chart: 'skr04' }]);
  expect([set.status, set.body]).toMatchObject([200, { ...ACCOUNTANT, chart: 'skr04', account_length: 4 }]);
  const { version } = set.body as { version: number };
  const shown = await trial.send(show, [SETTINGS]);
  expect([shown.status, shown.body]).toEqual([200, set.body]);
  expect(await trial.outcome(change, [SETTINGS, { chart: 'skr03', version: version - 1 }])).toEqual([
    ...[409, 'CONFLICT'],
  ]);
  const unknown = { accounts: [{ account: 'safe', number: '1000' }] };
  const wrong = await trial.send(change, [SETTINGS, unknown]);
  expect([wrong.status, JSON.stringify(wrong.body)]).toEqual([
    422,
    expect.stringContaining('accounts.0.account'),
  ]);
});

it('answers 200 with files for the accountant, 409 without the numbers of DATEV, 404 and 422', async () => {
  const [operation, path] = ['GET /finance/export', '/finance/export'];
  const days = 'from=2026-01-01&to=2026-01-31';
  const csv = await trial.send(operation, [`${path}?${days}`]);
  expect([csv.status, csv.body]).toMatchObject([
    ...[200, { file_name: 'journal-2026-01-01-2026-01-31.csv', encoding: 'utf-8', count: 0 }],
  ]);
  const set = (body: object) => trial.send(`PUT ${SETTINGS}`, [SETTINGS, body]);
  await set({ consultant_number: null });
  expect(await trial.outcome(operation, [`${path}?${days}&format=datev`])).toEqual([409, 'ILLEGAL_STATE']);
  await set(ACCOUNTANT);
  const datev = await trial.send(operation, [`${path}?${days}&format=datev`]);
  expect([datev.status, datev.body]).toMatchObject([
    ...[200, { file_name: 'EXTF_Buchungsstapel-2026-01-01-2026-01-31.csv', encoding: 'base64' }],
  ]);
  expect(await trial.outcome(operation, [`${path}?branch_id=${UNKNOWN_ID}`])).toEqual([404, 'NOT_FOUND']);
  const years = await trial.send(operation, [`${path}?from=2025-12-31&to=2026-01-01&format=datev`]);
  expect([years.status, years.body]).toMatchObject([422, { errors: [{ field: 'to', code: 'TOO_LONG' }] }]);
});

it('answers 201 with an intact period, 409 for its days, and 422 for a gap', async () => {
  const operation = 'POST /reports/tax-periods';
  const id = await closed();
  const shown = await trial.send('GET /reports/tax-periods/{id}', [`/reports/tax-periods/${id}`]);
  expect([shown.status, shown.body]).toMatchObject([
    200,
    { id, intact: true, tax: '0.00', closed_by_id: trial.owner.user.id },
  ]);
  const list = await trial.send('GET /reports/tax-periods', ['/reports/tax-periods']);
  expect([list.status, (list.body as { items: { id: string }[] }).items[0]!.id]).toEqual([200, id]);
  const again = { from: '2025-01-01', to: '2025-01-31' };
  expect(await trial.outcome(operation, ['/reports/tax-periods', again])).toEqual([409, 'PERIOD_CLOSED']);
  const later = { from: '2025-12-01', to: '2025-12-31' };
  expect(await trial.outcome(operation, ['/reports/tax-periods', later])).toEqual([422, 'VALIDATION_FAILED']);
});

it('answers with each documented status', async () => {
  const body = { to: '2025-11-30' };
  expect(await trial.repeat([['POST /reports/tax-periods', ['/reports/tax-periods', body]]])).toEqual([
    [409, 'IDEMPOTENCY_IN_PROGRESS'],
  ]);
  for (const operation of OPERATIONS.filter(
    (name) => name.startsWith('GET') && !/(tax-periods|journal|accounting-settings)$/.test(name),
  )) {
    const request = await requestTo(operation);
    const etag = (await trial.send(operation, request)).headers.get('etag')!;
    const again = await trial.send(operation, request, { headers: { 'if-none-match': etag } });
    expect([operation, again.status]).toEqual([operation, 304]);
  }
  // The document names these for all requests with values: a report has no state, and these take no id.
  expect(trial.missing()).toEqual({
    'GET /finance/accounting-settings': ['409'],
    'PUT /finance/accounting-settings': ['404'],
    'GET /reports/cash-flow': ['409'],
    'GET /reports/liabilities': ['404', '409'],
    'GET /reports/profit-loss': ['409'],
    'GET /reports/tax': ['409'],
    'GET /reports/tax-periods': ['404'],
    'POST /reports/tax-periods': ['404'],
  });
});
