/** Role limits at the till, and a manager's approvals. */
import { passwords } from '#kernel/auth/passwords';
import type { Scope } from '#kernel/auth/scopes';
import { sql } from '#kernel/db/database';
import type { RequestContext } from '#kernel/context';
import { createUser } from '#subgraphs/auth/index';
import { checkout } from '#subgraphs/pos/index';
import { createApproval } from '#subgraphs/pos/sale/approvals';
import type { CheckoutItemInput } from '#subgraphs/pos/inputs.generated';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { updateTillSettings } from '#subgraphs/registers/index';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, errorOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const PASSWORD = 'correct horse';

interface LimitedTill {
  till: Till;
  cashier: (scopes?: readonly Scope[]) => RequestContext;
  email: string;
  managerId: string;
}

/** A shop in which a cashier may take 10 % off, and go 20 % below a price. */
async function openLimitedTill(): Promise<LimitedTill> {
  const till = await openTill(db);
  const { organizationId, branchId, actor } = till;
  await updateTillSettings(till.ctx, {
    limits: [{ role: 'cashier', discountPercent: amount(10), overridePercent: amount(20) }],
  });
  const managerId = till.ctx.ids.next();
  const email = `${managerId}@example.com`;
  const passwordHash = await passwords.hash(PASSWORD);
  await createUser(db.services, {
    id: managerId,
    organizationId,
    email,
    name: 'Mia',
    role: 'manager',
    branchId,
    passwordHash,
  });
  const cashier = (scopes: readonly Scope[] = ['pos:sell']) => {
    const someone = { ...actor, role: 'cashier', scopes: new Set<string>(scopes) };
    return db.contextFor(someone);
  };
  return { till, cashier, email, managerId };
}

const tea = (more: Partial<CheckoutItemInput> = {}) => [{ sku: 'TEA', quantity: amount(2), ...more }];
const percent = (value: string | number) => ({ percent: amount(value) });
const cash = { paymentMethod: 'cash' as const };

it('lets a cashier use the role limit fully, as a percentage or an amount', async () => {
  const { cashier } = await openLimitedTill();
  const within = [
    { items: tea({ discount: percent(10) }) },
    { items: tea(), discount: percent(10) },
    { items: tea({ discount: { amount: amount('0.70') } }) },
    { items: tea({ discount: percent(5) }), discount: percent(5) },
  ];
  for (const input of within) await checkout(cashier(), { ...input, ...cash });
  const beyond = [
    { items: tea({ discount: percent('10.01') }) },
    { items: tea(), discount: percent(11) },
    { items: tea({ discount: { amount: amount('0.71') } }) },
    { items: tea({ discount: percent(6) }), discount: percent(5) },
  ];
  const before = await rowCounts(db);
  for (const input of beyond) {
    const error = await errorOf(checkout(cashier(), { ...input, ...cash }));
    expect([error.code, error.status, error.details]).toEqual([
      'APPROVAL_REQUIRED',
      403,
      { approval: 'discount', limit: '10' },
    ]);
  }
  expect(await rowCounts(db)).toEqual(before);
});

it('limits price overrides too, and no role without a limit', async () => {
  const { till, cashier } = await openLimitedTill();
  const may: Scope[] = ['pos:sell', 'pos:override'];
  await checkout(cashier(may), { items: tea({ unitPrice: amount('2.80') }), ...cash });
  const error = await errorOf(checkout(cashier(may), { items: tea({ unitPrice: amount('2.79') }), ...cash }));
  expect([error.code, error.details?.approval]).toEqual(['APPROVAL_REQUIRED', 'price_override']);
  await checkout(till.ctx, { items: tea({ unitPrice: amount('0.01') }), discount: percent(50), ...cash });
});

describe('a manager’s approval', () => {
  it('is created with email and password, valid once, and stored on the sale', async () => {
    const { till, cashier, email, managerId } = await openLimitedTill();
    const given = await createApproval(cashier(), {
      kind: 'discount',
      email,
      password: PASSWORD,
      reason: 'Dented',
    });
    expect(given).toMatchObject({ kind: 'discount', approvedBy: managerId, registerId: till.registerId });
    const input = { items: tea(), discount: percent(50), ...cash, approvalTokens: [given.token] };
    expect((await calculateCheckout(cashier(), input)).total.toFixed()).toBe('3.5');
    expect((await validateCheckout(cashier(), input)).issues).toEqual([]);
    const { order } = await checkout(cashier(), input);
    expect([order.approvedBy, order.total.toFixed()]).toEqual([managerId, '3.5']);
    expect((await errorOf(checkout(cashier(), input))).errors?.[0]?.code).toBe('APPROVAL_INVALID');
    const noted = await till.ctx.db.one<{ orderId: string; reason: string }>(
      sql`select order_id, reason from approvals`,
    );
    expect(noted).toEqual({ orderId: order.id, reason: 'Dented' });
  });

  it('stays valid if the sale fails, and is valid only for its action and its register', async () => {
    const { cashier, email } = await openLimitedTill();
    const { token } = await createApproval(cashier(), { kind: 'price_override', email, password: PASSWORD });
    const approvalTokens = [token];
    const lacking = await errorOf(
      checkout(cashier(), {
        items: tea({ quantity: amount(5000), unitPrice: amount(1) }),
        approvalTokens,
        ...cash,
      }),
    );
    expect(lacking.code).toBe('INSUFFICIENT_STOCK');
    const other = await errorOf(
      checkout(cashier(), { items: tea(), discount: percent(50), approvalTokens, ...cash }),
    );
    expect([other.code, other.details?.approval]).toEqual(['APPROVAL_REQUIRED', 'discount']);
    const { order } = await checkout(cashier(), {
      items: tea({ unitPrice: amount(1) }),
      approvalTokens,
      ...cash,
    });
    expect(order.total.toFixed()).toBe('2');
    const elsewhere = await openLimitedTill();
    const foreign = await createApproval(elsewhere.cashier(), {
      kind: 'discount',
      email: elsewhere.email,
      password: PASSWORD,
    });
    expect(
      (
        await errorOf(
          checkout(cashier(), {
            items: tea(),
            discount: percent(50),
            approvalTokens: [foreign.token],
            ...cash,
          }),
        )
      ).code,
    ).toBe('APPROVAL_REQUIRED');
  });

  it('expires after five minutes', async () => {
    const { cashier, email } = await openLimitedTill();
    const { token, expiresAt } = await createApproval(cashier(), {
      kind: 'discount',
      email,
      password: PASSWORD,
    });
    const clock = { now: () => new Date(expiresAt.getTime() + 1) };
    const late = { ...cashier(), clock };
    const input = { items: tea(), discount: percent(50), approvalTokens: [token], ...cash };
    expect(await codeOf(checkout(late, input))).toBe('APPROVAL_REQUIRED');
  });

  it('permits a void by a cashier without the permission', async () => {
    const { cashier, email, managerId } = await openLimitedTill();
    const { order } = await checkout(cashier(), { items: tea(), ...cash });
    const { token } = await createApproval(cashier(), { kind: 'void', email, password: PASSWORD });
    const undone = await voidOrder(cashier(), order.id, {
      reason: 'Wrong customer',
      approvalTokens: [token],
    });
    expect(undone.order).toMatchObject({ voids: true, approvedBy: managerId });
  });

  it('is rejected for a wrong password, for an unknown user, and for one without the permission', async () => {
    const [shop, other] = [await openLimitedTill(), await openLimitedTill()];
    const ask = (email: string, password: string) =>
      errorOf(createApproval(shop.cashier(), { kind: 'discount', email, password }));
    expect((await ask(shop.email, 'wrong')).code).toBe('INVALID_CREDENTIALS');
    expect((await ask(other.email, PASSWORD)).code).toBe('INVALID_CREDENTIALS');
    expect(await codeOf(createApproval(shop.cashier(), { kind: 'discount' }))).toBe('FORBIDDEN');
    const own = await createApproval(shop.till.ctx, { kind: 'discount', registerId: shop.till.registerId });
    expect(own.approvedBy).toBe(shop.till.actor.userId);
  });
});
