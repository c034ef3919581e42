/** Currencies, rates, languages, translations and their imports over REST: each status that OpenAPI documents. */
import {
  commonStatuses,
  fieldsOf,
  operationsAt,
  startStatusTrial,
  UNKNOWN_ID,
  type StatusTrial,
  type ValidRequest,
} from '#test/harness/documented-statuses';

const OPERATIONS = operationsAt(/^\/(currencies|languages|translations|i18n-imports)/);
const RATES_IMPORT = 'POST /currencies/rates/import';
const TEXTS_IMPORT = 'POST /translations/import';

let trial: StatusTrial;
let product: string;
let rate: string;
let translation: string;
let imported: string;

const ofProduct = (language: string, value: string) => ({
  ...{ entity: 'product', entity_id: product, field: 'name', language, value },
});
const usd = (date: string) => ({ currency: 'USD', date, rate: '1.1534' });

async function sent(operation: string, request: ValidRequest, status: number) {
  const answer = await trial.send(operation, request);
  expect([operation, answer.status]).toEqual([operation, status]);
  return answer.body as Record<string, string>;
}

beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  const { body } = await trial.platform.rest('POST', '/api/v1/products', {
    token: trial.token,
    body: { name: 'Tea', price: '1' },
  });
  product = (body as { id: string }).id;
  for (const code of ['de', 'fr']) await sent('POST /languages', ['/languages', { code }], 201);
  const stored = await sent('POST /translations', ['/translations', ofProduct('de', 'Tee')], 201);
  translation = stored.translation_id!;
  rate = (await sent('PUT /currencies/rates', ['/currencies/rates', usd('2026-01-02')], 200)).id!;
  const items = [usd('2026-01-05'), usd('2026-01-06')];
  imported = (await sent(RATES_IMPORT, ['/currencies/rates/import', { items }], 202)).id!;
}, 240_000);
afterAll(() => trial.stop());

/** A valid request to each operation. */
const requests = (): Record<string, ValidRequest> => ({
  'GET /currencies': ['/currencies'],
  'GET /currencies/{code}': ['/currencies/USD'],
  'PUT /currencies/{code}': ['/currencies/USD', { enabled: true }],
  'POST /currencies/convert': ['/currencies/convert', { amount: '1.00', from: 'EUR', to: 'USD' }],
  'GET /currencies/rates': ['/currencies/rates'],
  'PUT /currencies/rates': ['/currencies/rates', usd('2026-01-03')],
  'GET /currencies/rates/history': ['/currencies/rates/history'],
  [RATES_IMPORT]: ['/currencies/rates/import', { items: [usd('2026-01-07')] }],
  'DELETE /currencies/rates/{id}': [`/currencies/rates/${rate}`],
  'GET /i18n-imports': ['/i18n-imports'],
  'GET /i18n-imports/{id}': [`/i18n-imports/${imported}`],
  'POST /i18n-imports/{id}/cancel': [`/i18n-imports/${imported}/cancel`],
  'GET /i18n-imports/{id}/errors': [`/i18n-imports/${imported}/errors`],
  'GET /languages': ['/languages'],
  'POST /languages': ['/languages', { code: 'es' }],
  'PUT /languages/{code}': ['/languages/fr', { fallback: 'de' }],
  'DELETE /languages/{code}': ['/languages/fr'],
  'GET /languages/progress': ['/languages/progress'],
  'POST /translations': ['/translations', ofProduct('fr', 'Thé')],
  'DELETE /translations/entries/{id}': [`/translations/entries/${translation}`],
  [TEXTS_IMPORT]: ['/translations/import', { items: [ofProduct('fr', 'Thé vert')] }],
  'GET /translations/{entity}': ['/translations/product'],
  'GET /translations/{entity}/xliff': ['/translations/product/xliff?language=de'],
});

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  const request = requests()[operation]!;
  const answers = await trial.vary(operation, request);
  // The import of rates reads XML, which is how the European Central Bank publishes them.
  if (operation === RATES_IMPORT)
    answers['415'] = await trial.outcome(operation, [request[0], '%PDF-'], {
      headers: { 'content-type': 'application/pdf' },
    });
  expect(answers).toEqual(commonStatuses(operation));
});

it('answers 200 with the currency, the rate and the language, in the names of REST', async () => {
  expect(await sent('PUT /currencies/{code}', ['/currencies/usd', { enabled: true }], 200)).toMatchObject({
    ...{ code: 'USD', numeric_code: '840', exponent: 2, enabled: true, is_base: false },
  });
  expect(
    await sent('PUT /currencies/rates', ['/currencies/rates', { ...usd('2026-01-02'), rate: '1.2' }], 200),
  ).toMatchObject({ id: rate, base: 'EUR', currency: 'USD', rate: '1.2', source: 'manual' });
  const language = await sent('PUT /languages/{code}', ['/languages/fr', { fallback: 'de' }], 200);
  expect(language).toMatchObject({ code: 'fr', fallback: 'de', chain: ['fr', 'de', 'en'], version: 2 });
  for (const operation of OPERATIONS.filter((one) => one.startsWith('GET')))
    await sent(operation, requests()[operation]!, 200);
});

it('I4: answers 422 RATE_UNAVAILABLE without a rate, and 200 with its path', async () => {
  const convert = (date: string): ValidRequest => [
    '/currencies/convert',
    { amount: '10.00', from: 'EUR', to: 'USD', date },
  ];
  const operation = 'POST /currencies/convert';
  expect(await trial.outcome(operation, convert('2026-01-01'))).toEqual([422, 'RATE_UNAVAILABLE']);
  expect(await sent(operation, convert('2026-01-06'), 200)).toMatchObject({
    ...{ result: '11.53', path: ['EUR', 'USD'], rate_date: '2026-01-06', source: 'file' },
  });
});

it('answers 202 with the import, and 200 with its end, also to a cancellation after it', async () => {
  const operation = 'POST /i18n-imports/{id}/cancel';
  const texts = await sent(TEXTS_IMPORT, requests()[TEXTS_IMPORT]!, 202);
  expect(texts).toMatchObject({ kind: 'translation', total: 1, failed: 0 });
  const ended = await sent('GET /i18n-imports/{id}', [`/i18n-imports/${texts.id}`], 200);
  expect(ended.status).toBe('completed');
  // An import that has ended is left as it is.
  expect(await sent(operation, requests()[operation]!, 200)).toMatchObject({ status: 'completed' });
});

it('answers 422 with the fields that are wrong', async () => {
  const faulty: [operation: string, request: ValidRequest, fields: string[]][] = [
    ['POST /languages', ['/languages', { code: 'not a tag' }], ['code INVALID']],
    ['PUT /languages/{code}', ['/languages/fr', { fallback: 'ja' }], ['fallback NOT_FOUND']],
    [
      'PUT /currencies/rates',
      ['/currencies/rates', { ...usd('2026-01-02'), rate: '0' }],
      ['rate NOT_POSITIVE'],
    ],
    ['POST /translations', ['/translations', { ...ofProduct('ja', 'x') }], ['language NOT_FOUND']],
    ['GET /translations/{entity}', ['/translations/product?language=not%20a%20tag'], ['language INVALID']],
  ];
  for (const [operation, request, fields] of faulty) {
    const answer = await trial.send(operation, request);
    expect([operation, answer.status, fieldsOf(answer)]).toEqual([operation, 422, fields]);
  }
});

it('answers 409 for what exists already, is in use, or has another version', async () => {
  const again = { code: 'DE' };
  const outcome = (operation: string, request: ValidRequest) => trial.outcome(operation, request);
  expect(await outcome('POST /languages', ['/languages', again])).toEqual([409, 'ALREADY_EXISTS']);
  expect(await outcome('DELETE /languages/{code}', ['/languages/de'])).toEqual([409, 'ILLEGAL_STATE']);
  expect(await outcome('DELETE /languages/{code}', ['/languages/fr?version=99'])).toEqual([409, 'CONFLICT']);
  const old = { version: 99 };
  expect(await outcome('PUT /languages/{code}', ['/languages/fr', old])).toEqual([409, 'CONFLICT']);
  const currency: ValidRequest = ['/currencies/USD', { enabled: false, ...old }];
  expect(await outcome('PUT /currencies/{code}', currency)).toEqual([409, 'CONFLICT']);
});

it('answers 304 for what has not changed', async () => {
  for (const operation of OPERATIONS.filter((one) => 'GET' === one.split(' ')[0])) {
    const request = requests()[operation]!;
    const tag = (await trial.send(operation, request)).headers.get('etag');
    if (tag === null) continue;
    const { status } = await trial.send(operation, request, { headers: { 'if-none-match': tag } });
    expect([operation, [200, 304].includes(status)]).toEqual([operation, true]);
  }
});

it('answers 200 with the deletion, and 404 afterwards', async () => {
  const spanish = await sent('POST /languages', ['/languages', { code: 'es' }], 201);
  expect(spanish).toMatchObject({ code: 'es', native_name: 'español', right_to_left: false });
  expect(await sent('DELETE /languages/{code}', ['/languages/es'], 200)).toEqual({ id: 'es', deleted: true });
  for (const operation of ['DELETE /currencies/rates/{id}', 'DELETE /translations/entries/{id}']) {
    await sent(operation, requests()[operation]!, 200);
    expect(await trial.outcome(operation, requests()[operation]!)).toEqual([404, 'NOT_FOUND']);
  }
  expect(await trial.outcome('GET /i18n-imports/{id}', [`/i18n-imports/${UNKNOWN_ID}`])).toEqual([
    404,
    'NOT_FOUND',
  ]);
});

it('has answered every documented status but those of a filter, a branch or a key that nothing here has', () => {
  expect(trial.missing()).toEqual({
    'DELETE /currencies/rates/{id}': ['409'],
    'DELETE /translations/entries/{id}': ['409'],
    'GET /currencies': ['404'],
    'GET /currencies/rates': ['404'],
    'GET /currencies/rates/history': ['404'],
    'GET /i18n-imports': ['404'],
    'POST /currencies/convert': ['404', '409'],
    'POST /currencies/rates/import': ['404', '409'],
    'POST /i18n-imports/{id}/cancel': ['409'],
    'POST /languages': ['404'],
    'POST /translations': ['404', '409'],
    'POST /translations/import': ['404', '409'],
    'PUT /currencies/rates': ['404', '409'],
  });
});
