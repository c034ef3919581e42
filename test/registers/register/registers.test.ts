import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { closeRegister, moveCash, openRegister } from '#subgraphs/registers/index';
import { createRegister, listRegisters, updateRegister } from '#subgraphs/registers/register/registers';
import { createOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, fieldCodeOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let ctx: RequestContext;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, { registers: 2 });
  ctx = db.contextFor(shop.cashier);
});

const open = (float = '100.00', register = 0) =>
  openRegister(ctx, { registerId: shop.registers[register]!.id, openingFloat: amount(float) });

describe('registers', () => {
  it('are created in a branch with its currency, and listed', async () => {
    const owner = await createOwner(db, { currency: 'JPY' });
    const made = await createRegister(owner.ctx, { name: ' Front ', code: 'F1' });
    expect(made).toMatchObject({
      branchId: owner.branchId,
      name: 'Front',
      code: 'F1',
      currency: 'JPY',
      active: true,
      lastZNumber: 0,
    });
    expect(await fieldCodeOf(createRegister(owner.ctx, { name: 'Back', code: 'F1' }))).toBe('TAKEN');
    expect(await fieldCodeOf(createRegister(owner.ctx, { name: '', code: 'F2' }))).toBe('REQUIRED');
    const second = await createRegister(owner.ctx, { name: 'Back', code: 'F2' });
    expect(await fieldCodeOf(updateRegister(owner.ctx, second.id, { code: 'F1' }))).toBe('TAKEN');
    expect(await updateRegister(owner.ctx, second.id, { name: 'Rear' })).toMatchObject({
      name: 'Rear',
      code: 'F2',
      active: true,
    });
    const page = await listRegisters(owner.ctx, { branchId: owner.branchId, active: true });
    expect(page.items.map(({ name }) => name)).toEqual(['Front', 'Rear']);
    expect((await listRegisters(owner.ctx, { branchId: 'nonsense' })).items).toEqual([]);
    expect(
      await fieldCodeOf(openRegister(owner.ctx, { registerId: made.id, openingFloat: amount('0.5') })),
    ).toBe('PRECISION');
  });

  it('emit an event for each change', async () => {
    const { registerId } = await open();
    await moveCash(ctx, 'cash_in', { amount: amount(1), reason: 'x' });
    await closeRegister(ctx, { countedCash: amount(101) });
    const events = await db.services.database.system.many<{ payload: Record<string, unknown> }>(sql`
      select payload from outbox_events where type = 'register.changed' and key = ${registerId} order by sequence`);
    expect(events.map(({ payload }) => payload)).toMatchObject([
      { status: 'open' },
      { status: 'open' },
      { status: 'closed', number: 1, difference: '0.00' },
    ]);
  });
});
