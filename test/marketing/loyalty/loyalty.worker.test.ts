import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { testDatabase } from '#test/harness/database';
import { day, openProgram, passTo } from './member';

it('posts the points of all others while those of one customer cannot be posted, and tries that one again', async () => {
  const db = await testDatabase({ clock: new SettableClock(day('2026-01-01')) });
  const broken = await openProgram(db, { holdDays: 14 });
  const member = await broken.another();
  for (const one of [broken, member]) await one.sell(100);
  const logError = jest.spyOn(db.services.log, 'error');
  const setPending = (points: number) =>
    db.services.database.system.run(
      sql`update loyalty_accounts set pending = ${points}::int where customer_id = ${broken.customerId}`,
    );
  // The account and its lots disagree, which the ledger's own constraint rejects.
  await setPending(0);
  await passTo(db, day('2026-01-15'));
  expect(await member.points()).toEqual({ balance: 100, pending: 0 });
  expect(logError).toHaveBeenCalledWith(
    expect.objectContaining({ customerId: broken.customerId }),
    'the points of a customer could not be posted',
  );
  await setPending(100);
  await passTo(db, day('2026-01-16'));
  expect(await broken.points()).toEqual({ balance: 100, pending: 0 });
  await db.close();
});
