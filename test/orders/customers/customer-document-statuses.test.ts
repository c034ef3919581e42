/** The export of a customer's data and the statements over REST: each status that OpenAPI documents, with the answers that clients read. */
import { parse } from 'csv-parse/sync';
import { Decimal } from '#kernel/decimal';
import { transact } from '#kernel/db/transact';
import { postCredit } from '#subgraphs/customers/index';
import { signedInOwner } from '#test/harness/actors';
import {
  commonStatuses,
  fieldsOf,
  operationsAt,
  outcomeOf,
  startStatusTrial,
  type StatusTrial,
  type ValidRequest,
} from '#test/harness/documented-statuses';
import { pdfTexts } from '#test/harness/pdf-text';

const OPERATIONS = operationsAt(/^\/customers\/\{id\}\/(export|statement)/);
const ANY = expect.any(String) as string;
const CSV_COLUMNS = [
  'customer_name', 'entry_number', 'entry_kind', 'entry_business_date', 'entry_due_date', 'entry_amount', 'entry_balance', 'balance_after',
]; // prettier-ignore
const DAYS = 'from=2026-01-01&to=2026-03-31';

let trial: StatusTrial;
let id: string;
beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  const { platform, token, owner } = trial;
  const body = { name: 'Ada Fischer', email: 'ada@example.com' };
  ({ id } = (await platform.rest('POST', '/api/v1/customers', { token, body })).body);
  const address = { line1: 'Lindenstrasse 12', city: 'Berlin', country: 'DE' };
  await platform.rest('POST', `/api/v1/customers/${id}/addresses`, { token, body: address });
  await transact(owner.ctx, async (tx) => {
    const debt = { customerId: id, kind: 'correction', referenceType: 'opening', referenceId: id } as const;
    await postCredit(tx, owner.ctx, {
      ...debt,
      amount: new Decimal(40),
      at: new Date('2026-01-10T12:00:00Z'),
      dueDate: '2026-02-09',
    });
    await postCredit(tx, owner.ctx, {
      ...debt,
      amount: new Decimal(-15),
      at: new Date('2026-02-20T12:00:00Z'),
    });
  });
}, 120_000);
afterAll(() => trial.stop());
afterEach(() => jest.restoreAllMocks());

/** A valid request to each operation. */
const requests = (): Record<string, ValidRequest> => ({
  'POST /customers/{id}/export': [`/customers/${id}/export`, {}],
  'GET /customers/{id}/statement': [`/customers/${id}/statement?${DAYS}`],
  'GET /customers/{id}/statement/pdf': [`/customers/${id}/statement/pdf?${DAYS}`],
});

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  expect(await trial.vary(operation, requests()[operation]!)).toEqual(commonStatuses(operation));
});

it('answers 200 with each record of the customer once, page by page', async () => {
  const kinds: string[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const request: ValidRequest = [
      `/customers/${id}/export`,
      { size: 2, ...(cursor === null ? {} : { cursor }) },
    ];
    const { status, body } = await trial.send('POST /customers/{id}/export', request);
    const page = body as { records: { kind: string }[]; next_cursor: string | null };
    expect([status, body]).toEqual([
      200,
      {
        ...{ customer_id: id, exported_at: expect.any(String) as string },
        ...{ records: page.records, next_cursor: page.next_cursor },
      },
    ]);
    kinds.push(...page.records.map(({ kind }) => kind));
    cursor = page.next_cursor;
    pages += 1;
  } while (cursor !== null);
  expect([pages, kinds]).toEqual([2, ['customer', 'address', 'account_entry', 'account_entry']]);
});

it('answers 200 with the statement as JSON, HTML and CSV, and 304 if it is unchanged', async () => {
  const [path] = requests()['GET /customers/{id}/statement']!;
  const read = (query = '', headers = {}) =>
    trial.send('GET /customers/{id}/statement', [`${path}${query}`], { headers });
  const { status, body, headers } = await read();
  const entry = (number: number, more: object) => ({
    ...{ id: ANY, customer_id: id, number, kind: 'correction', method: null, currency: 'EUR' },
    ...{ reference: null, reference_type: 'opening', reference_id: id, user_id: trial.owner.user.id },
    ...{ created_at: ANY, ...more },
  });
  const debt = { business_date: '2026-01-10', due_date: '2026-02-09', amount: '40.00', balance: '40.00' };
  const payment = { business_date: '2026-02-20', due_date: null, amount: '-15.00', balance: '25.00' };
  expect([status, body]).toEqual([
    200,
    {
      ...{ customer_id: id, customer_name: 'Ada Fischer', currency: 'EUR', language: 'en' },
      ...{ from: '2026-01-01', to: '2026-03-31', balance_before: '0.00', balance_after: '25.00' },
      entries: [entry(1, { ...debt, open: '25.00' }), entry(2, { ...payment, open: '0.00' })],
      html: ANY,
    },
  ]);
  // Numbers in the page are set from left to right.
  const html = (body as { html: string }).html.replace(/<\/?bdi[^>]*>/g, '');
  expect([...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/g)].map(([, row]) => row!.replace(/<[^>]*>/g, '|'))).toEqual(
    [
      '|Date||Entry||Due||Amount||Balance (EUR)|',
      '|Jan 1, 2026||Balance before||0.00|',
      '|Jan 10, 2026||Correction||Feb 9, 2026||40.00||40.00|',
      '|Feb 20, 2026||Correction||||-15.00||25.00|',
      '|Mar 31, 2026||Balance||25.00|',
    ],
  );
  const again = await read('', { 'if-none-match': headers.get('etag')! });
  expect([again.status, again.text.length]).toEqual([304, 0]);
  const csv = await read('&format=csv');
  expect([csv.status, csv.headers.get('content-type')]).toEqual([
    200,
    'text/csv; charset=utf-8; header=present',
  ]);
  const rows = parse<Record<string, string>>(csv.text, { columns: true });
  expect(rows.map((row) => CSV_COLUMNS.map((column) => row[column]))).toEqual([
    ['Ada Fischer', '1', 'correction', '2026-01-10', '2026-02-09', '40.00', '40.00', '25.00'],
    ['Ada Fischer', '2', 'correction', '2026-02-20', '', '-15.00', '25.00', '25.00'],
  ]);
});

it('answers 200 with the statement as a PDF, and 304 if it is unchanged', async () => {
  const request = requests()['GET /customers/{id}/statement/pdf']!;
  const { status, body, headers } = await trial.send('GET /customers/{id}/statement/pdf', request);
  const { content, ...named } = body as { content: string };
  expect([status, named]).toEqual([
    200,
    { file_name: 'statement-2026-01-01-2026-03-31.pdf', encoding: 'base64' },
  ]);
  const [page] = pdfTexts(Buffer.from(content, 'base64'));
  expect(page).toEqual([
    ...['Test Shop', 'Statement Jan 1, 2026 to Mar 31, 2026', 'Ada Fischer'],
    ...['Date', 'Entry', 'Due', 'Amount', 'Balance (EUR)'],
    ...['Jan 1, 2026', 'Balance before', '0.00'],
    ...['Jan 10, 2026', 'Correction', 'Feb 9, 2026', '40.00', '40.00'],
    ...['Feb 20, 2026', 'Correction', '-15.00', '25.00'],
    ...['Mar 31, 2026', 'Balance', '25.00', '1 / 1'],
  ]);
  // The date in the file has whole seconds, and does not depend on when it is asked for.
  jest.spyOn(trial.platform.services.clock, 'now').mockReturnValue(new Date(Date.now() + 2_000));
  const again = await trial.send('GET /customers/{id}/statement/pdf', request, {
    headers: { 'if-none-match': headers.get('etag')! },
  });
  expect([again.status, again.text.length]).toEqual([304, 0]);
});

it("answers 404 for another organization's customer", async () => {
  const { token } = await signedInOwner(trial.platform.services);
  for (const operation of OPERATIONS)
    expect(await trial.outcome(operation, requests()[operation]!, { token })).toEqual([404, 'NOT_FOUND']);
});

it('answers 422 with the field for sizes and days that cannot be, and 400 for a cursor of another list', async () => {
  const rejected = async (operation: string, ...request: [path: string, body?: unknown]) => {
    const answer = await trial.send(operation, request);
    return [...outcomeOf(answer), ...fieldsOf(answer)];
  };
  const backwards = 'from=2026-03-31&to=2026-01-01';
  expect([
    await rejected('POST /customers/{id}/export', `/customers/${id}/export`, { size: 1_001 }),
    await rejected('POST /customers/{id}/export', `/customers/${id}/export`, { cursor: 'x' }),
    await rejected('GET /customers/{id}/statement', `/customers/${id}/statement?${backwards}`),
    await rejected('GET /customers/{id}/statement/pdf', `/customers/${id}/statement/pdf?${backwards}`),
    await rejected('GET /customers/{id}/statement', `/customers/${id}/statement?from=2026-02-30`),
  ]).toEqual([
    [422, 'VALIDATION_FAILED', 'size OUT_OF_RANGE'],
    [400, 'CURSOR_INVALID'],
    [422, 'VALIDATION_FAILED', 'to INVALID'],
    [422, 'VALIDATION_FAILED', 'to INVALID'],
    [422, 'VALIDATION_FAILED', 'from INVALID', 'to REQUIRED'],
  ]);
});

it('has answered every status of the document', () => {
  // The document names 409 for all writing routes; an export writes only its entry of the audit trail, so it meets no other state.
  expect(trial.missing()).toEqual({ 'POST /customers/{id}/export': ['409'] });
});
