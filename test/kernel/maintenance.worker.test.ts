import type { Database } from '#kernel/db/database';
import { startMaintenance } from '#kernel/maintenance.worker';
import { testDatabase, type TestDatabase } from '#test/harness/database';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

it('runs again soon after a failure', async () => {
  const { database, log } = db.services;
  let attempts = 0;
  let succeed!: () => void;
  const succeeded = new Promise<void>((resolve) => (succeed = resolve));
  const system: Database['system'] = {
    ...database.system,
    one: async (query) => {
      attempts += 1;
      if (attempts <= 2) throw new Error('timeout exceeded when trying to connect');
      const row = await database.system.one(query);
      succeed();
      return row as never;
    },
  };
  const warn = jest.spyOn(log, 'warn').mockImplementation(() => undefined);
  const stop = startMaintenance({
    database: { ...database, system },
    log,
    retryMs: 1,
  });
  await succeeded;
  await stop();
  expect(warn.mock.calls.map(([details]) => details)).toMatchObject([
    { retryAfterSeconds: 0.001 },
    { retryAfterSeconds: 0.002 },
  ]);
  warn.mockRestore();
});
