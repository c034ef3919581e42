/** Permission to set a customer's credit limit. */
import { Decimal } from '#kernel/decimal';
import { sql } from '#kernel/db/database';
import type { Scope } from '#kernel/auth/scopes';
import { createCustomer, updateCustomer } from '#subgraphs/customers/customers';
import {
  createColleagueOf,
  createOwner,
  TEST_PASSWORD,
  userActor,
  type TestOwner,
} from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';

const TILL: readonly Scope[] = ['pos:sell', 'customers:read', 'customers:write'];
const limit = (amount: string) => new Decimal(amount);

let db: TestDatabase;
let owner: TestOwner;

beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db);
});
afterAll(() => db.close());

async function till() {
  const cashier = await createColleagueOf(db, owner, 'cashier');
  const { organizationId, branchId } = owner;
  return db.contextFor(
    userActor({ organizationId, branchId, userId: cashier.id, role: 'cashier', scopes: TILL }),
  );
}

const stored = async (id: string) =>
  owner.ctx.db.one<{ creditLimit: Decimal; creditLimitApprovedBy: string | null }>(
    sql`select credit_limit, credit_limit_approved_by from customers where id = ${id}`,
  );

it('is not the till\u2019s to decide: neither for a new customer nor for one who is there', async () => {
  const ctx = await till();
  const refusal = { code: 'APPROVAL_REQUIRED', errors: [expect.objectContaining({ field: 'creditLimit' })] };
  await expect(createCustomer(ctx, { name: 'Ada', creditLimit: limit('0.01') })).rejects.toMatchObject(
    refusal,
  );
  const customer = await createCustomer(ctx, { name: 'Ada', creditLimit: limit('0') });
  await expect(updateCustomer(ctx, customer.id, { creditLimit: limit('0.01') })).rejects.toMatchObject(
    refusal,
  );
  await updateCustomer(owner.ctx, customer.id, { creditLimit: limit('50') });
  for (const creditLimit of [limit('49'), limit('0'), null]) {
    await expect(updateCustomer(ctx, customer.id, { creditLimit })).rejects.toMatchObject(refusal);
  }
  // A form that sends the whole customer back changes nothing of the limit.
  await updateCustomer(ctx, customer.id, { name: 'Ada Fischer', creditLimit: limit('50.00') });
  await updateCustomer(ctx, customer.id, { phone: '+49 30 1234567' });
  expect(await stored(customer.id)).toEqual({ creditLimit: limit('50'), creditLimitApprovedBy: null });
});

it('is decided at the till with the leave of a manager, whose name is kept', async () => {
  const ctx = await till();
  const manager = await createColleagueOf(db, owner, 'manager');
  const approval = { email: manager.email, password: TEST_PASSWORD };
  const customer = await createCustomer(ctx, { name: 'Grace', creditLimit: limit('100'), approval });
  expect(await stored(customer.id)).toEqual({ creditLimit: limit('100'), creditLimitApprovedBy: manager.id });
  await updateCustomer(ctx, customer.id, { creditLimit: limit('120'), approval });
  expect(await stored(customer.id)).toEqual({ creditLimit: limit('120'), creditLimitApprovedBy: manager.id });
  await updateCustomer(owner.ctx, customer.id, { creditLimit: limit('80') });
  expect(await stored(customer.id)).toEqual({ creditLimit: limit('80'), creditLimitApprovedBy: null });
});

it('takes the leave of nobody who may not decide, or has another password', async () => {
  const ctx = await till();
  const other = await createColleagueOf(db, owner, 'cashier');
  const input = { name: 'Mary', creditLimit: limit('100') };
  const approval = { email: other.email, password: TEST_PASSWORD };
  await expect(createCustomer(ctx, { ...input, approval })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const wrong = { email: owner.user.email, password: 'not the password' };
  await expect(createCustomer(ctx, { ...input, approval: wrong })).rejects.toMatchObject({
    code: 'INVALID_CREDENTIALS',
  });
});
