/** The reports of finance over REST: each status that OpenAPI documents. */
import {
  commonStatuses,
  operationsAt,
  startStatusTrial,
  UNKNOWN_ID,
  type StatusTrial,
} from '#test/harness/documented-statuses';

const OPERATIONS = operationsAt(/^\/reports\/(profit-loss|cash-flow|tax)/);

let trial: StatusTrial;
beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
}, 120_000);
afterAll(() => trial.stop());

const pathOf = (operation: string) => operation.split(' ')[1]!;

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  expect(await trial.vary(operation, [pathOf(operation)])).toEqual(commonStatuses(operation));
});

it.each(OPERATIONS)(
  '%s answers 200, 404 for an unknown branch and 422 for invalid days',
  async (operation) => {
    const path = pathOf(operation);
    const first = await trial.send(operation, [`${path}?from=2026-01-01&to=2026-01-31`]);
    expect([first.status, first.body]).toMatchObject([
      200,
      { from: '2026-01-01', to: '2026-01-31', currency: 'EUR' },
    ]);
    expect(await trial.outcome(operation, [`${path}?branch_id=${UNKNOWN_ID}`])).toEqual([404, 'NOT_FOUND']);
    const backwards = await trial.send(operation, [`${path}?from=2026-02-01&to=2026-01-31`]);
    expect([backwards.status, backwards.body]).toMatchObject([422, { errors: [{ field: 'to' }] }]);
  },
);

it('answers with each documented status', () => {
  expect(trial.missing()).toEqual({});
});
