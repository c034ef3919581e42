/** Campaigns over REST: each status that OpenAPI documents, with the answers that clients read. */
import { signedInOwner } from '#test/harness/actors';
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

const OPERATIONS = operationsAt(/^\/campaigns/);
const TERMS = { name: 'Tea week', action: { type: 'percent', percent: '10' } };
const BASKET = { items: [{ sku: 'TEA', quantity: '2' }] };

let trial: StatusTrial;
let id: string;
beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  const product = { name: 'Tea', sku: 'TEA', price: '10.00' };
  await trial.platform.rest('POST', '/api/v1/products', { token: trial.token, body: product });
  id = (await create()).id;
}, 120_000);
afterAll(() => trial.stop());

async function create(terms: object = {}): Promise<{ id: string }> {
  const { body } = await trial.send('POST /campaigns', ['/campaigns', { ...TERMS, ...terms }]);
  return body;
}

/** A valid request to each operation. */
const requests = (): Record<string, ValidRequest> => ({
  'GET /campaigns': ['/campaigns'],
  'POST /campaigns': ['/campaigns', TERMS],
  'POST /campaigns/simulate': ['/campaigns/simulate', BASKET],
  'GET /campaigns/{id}': [`/campaigns/${id}`],
  'PUT /campaigns/{id}': [`/campaigns/${id}`, { priority: 20 }],
  'DELETE /campaigns/{id}': [`/campaigns/${id}`],
  'POST /campaigns/{id}/activate': [`/campaigns/${id}/activate`],
  'POST /campaigns/{id}/pause': [`/campaigns/${id}/pause`],
});
const outcome = (operation: string, ...request: [path: string, body?: unknown]) =>
  trial.outcome(operation, request);

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  expect(await trial.vary(operation, requests()[operation]!)).toEqual(commonStatuses(operation));
});

it('answers 201 and 200 with the campaign through its whole life', async () => {
  const created = await trial.send('POST /campaigns', ['/campaigns', TERMS]);
  const campaign = created.body as { id: string; created_at: string };
  const { created_at } = campaign;
  const draft = {
    ...{ id: campaign.id, name: 'Tea week', description: null, status: 'draft', priority: 0 },
    ...{ stacking: 'stackable', stacking_group: null, requires_code: false, starts_at: null, ends_at: null },
    ...{ windows: [], channels: [], branch_ids: [], branches: [], audience: 'anyone' },
    ...{ customer_ids: [], group_ids: [], segment_ids: [], conditions: [] },
    items: { variant_ids: [], product_ids: [], category_ids: [], brand_ids: [] },
    action: {
      ...{ type: 'percent', percent: '10', amount: null, price: null, buy: null, get: null },
      ...{ quantity: null, limit: null, rewards: null, tiers: null, multiplier: null },
    },
    ...{ budget: null, uses_limit: null, uses_per_customer: null, uses: 0, spent: '0.00' },
    ...{ created_at, updated_at: created_at, version: 1 },
  };
  const path = `/campaigns/${campaign.id}`;
  const changed = (status: string, version: number) => ({
    status: 200,
    body: { ...draft, status, priority: 20, version, updated_at: expect.any(String) as string },
  });
  const { status, body } = await trial.send('GET /campaigns/{id}', [path]);
  expect([created.status, created.body, status, body]).toEqual([201, draft, 200, draft]);
  expect(await trial.send('PUT /campaigns/{id}', [path, { priority: 20, version: 1 }])).toMatchObject(
    changed('draft', 2),
  );
  expect(await trial.send('POST /campaigns/{id}/activate', [`${path}/activate`])).toMatchObject(
    changed('active', 3),
  );
  expect(await trial.send('POST /campaigns/{id}/pause', [`${path}/pause`])).toMatchObject(
    changed('paused', 4),
  );
  const list = await trial.send('GET /campaigns', ['/campaigns?status=paused']);
  expect([list.status, list.body]).toEqual([
    200,
    {
      ...{ items: [changed('paused', 4).body], total: 1, total_is_estimate: false, page: 1, size: 20 },
      ...{ pages: 1, has_next_page: false, next_cursor: null },
    },
  ]);
  const deleted = await trial.send('DELETE /campaigns/{id}', [`${path}?version=4`]);
  expect([deleted.status, deleted.body]).toEqual([200, { id: campaign.id, deleted: true }]);
  expect(await outcome('GET /campaigns/{id}', path)).toEqual([404, 'NOT_FOUND']);
});

it('answers 200 with what a basket gets, and why it gets no more', async () => {
  const campaign = await create({ name: 'Ten off' });
  const coded = await create({ name: 'With a code', requires_code: true });
  for (const one of [campaign, coded])
    await trial.send('POST /campaigns/{id}/activate', [`/campaigns/${one.id}/activate`]);
  const { status, body } = await trial.send('POST /campaigns/simulate', ['/campaigns/simulate', BASKET]);
  expect([status, body]).toEqual([
    200,
    {
      ...{ currency: 'EUR', subtotal: '20.00', discount_total: '2.00', tax_total: '0.00', total: '18.00' },
      applied: [
        {
          ...{ campaign_id: campaign.id, label: 'Ten off', code: null, base: '20.00', amount: '2.00' },
          ...{ explanation: '10 % of 20.00', items: [expect.objectContaining({ amount: '2.00' })] },
        },
      ],
      skipped: [{ campaign_id: coded.id, label: 'With a code', reason: 'code_required' }],
      ...{ free_shipping: false, points_multiplier: null },
    },
  ]);
  for (const one of [campaign, coded]) await trial.send('DELETE /campaigns/{id}', [`/campaigns/${one.id}`]);
});

it("answers 404 for another organization's campaign and for an unknown branch", async () => {
  const { token } = await signedInOwner(trial.platform.services);
  for (const operation of OPERATIONS.filter((name) => name.includes('{')))
    expect(await trial.outcome(operation, requests()[operation]!, { token })).toEqual([404, 'NOT_FOUND']);
  const elsewhere = { ...BASKET, branch_id: UNKNOWN_ID };
  expect(await outcome('POST /campaigns/simulate', '/campaigns/simulate', elsewhere)).toEqual([
    404,
    'NOT_FOUND',
  ]);
});

it('answers 409 for another version, for a step that the state forbids, and while the first request runs', async () => {
  const ended = await create({ starts_at: '2026-01-01T00:00:00Z', ends_at: '2026-02-01T00:00:00Z' });
  expect([
    await outcome('PUT /campaigns/{id}', `/campaigns/${id}`, { priority: 1, version: 7 }),
    await outcome('DELETE /campaigns/{id}', `/campaigns/${id}?version=7`),
    await outcome('POST /campaigns/{id}/pause', `/campaigns/${id}/pause`),
    await outcome('POST /campaigns/{id}/activate', `/campaigns/${ended.id}/activate`),
    ...(await trial.repeat([['POST /campaigns', ['/campaigns', TERMS]]])),
  ]).toEqual([
    [409, 'CONFLICT'],
    [409, 'CONFLICT'],
    [409, 'ILLEGAL_STATE'],
    [409, 'ILLEGAL_STATE'],
    [409, 'IDEMPOTENCY_IN_PROGRESS'],
  ]);
}, 20_000);

it.each([
  [{ name: ' ' }, ['name REQUIRED']],
  [{ action: { type: 'percent', percent: '101' } }, ['action.percent INVALID']],
  [{ action: { type: 'amount', amount: '1.001' } }, ['action.amount PRECISION']],
  [
    { branch_ids: [UNKNOWN_ID], customer_ids: [UNKNOWN_ID] },
    ['branch_ids.0 NOT_FOUND', 'customer_ids.0 NOT_FOUND'],
  ],
  [{ starts_at: '2027-01-02T00:00:00Z', ends_at: '2027-01-01T00:00:00Z' }, ['ends_at RANGE']],
])('answers 422 with the fields of %j', async (terms, fields) => {
  const answers = [
    await trial.send('POST /campaigns', ['/campaigns', { ...TERMS, ...terms }]),
    await trial.send('PUT /campaigns/{id}', [`/campaigns/${id}`, terms]),
  ];
  for (const answer of answers)
    expect([...outcomeOf(answer), fieldsOf(answer)]).toEqual([422, 'VALIDATION_FAILED', fields]);
});

it('answers 422 for an item that is not sold, and for a code that does not exist', async () => {
  const simulate = (basket: object) =>
    trial.send('POST /campaigns/simulate', ['/campaigns/simulate', basket]);
  const unsold = await simulate({ items: [{ sku: 'NONE' }] });
  expect([...outcomeOf(unsold), fieldsOf(unsold)]).toEqual([
    422,
    'PRODUCT_NOT_FOUND',
    ['items.0 PRODUCT_NOT_FOUND'],
  ]);
  const coded = await simulate({ ...BASKET, discount_codes: ['NONE'] });
  expect([...outcomeOf(coded), fieldsOf(coded)]).toEqual([
    422,
    'DISCOUNT_INVALID',
    ['discount_codes.0 DISCOUNT_INVALID'],
  ]);
});

it('has answered every status of the document', () => {
  // The document names these for all requests with values; here an unknown id is a 422 of its field, and a simulation has no state.
  expect(trial.missing()).toEqual({
    'GET /campaigns': ['404'],
    'POST /campaigns': ['404'],
    'POST /campaigns/simulate': ['409'],
  });
});
