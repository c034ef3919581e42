import { randomUUID } from 'node:crypto';
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { insertCustomers } from '#subgraphs/customers/index';
import { recordPayments } from '#subgraphs/payments/index';
import { subgraph } from '#subgraphs/payments/subgraph';
import { userActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { subgraphClient } from '#test/harness/subgraph-client';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, { registers: 1 });
  ctx = db.contextFor(shop.cashier);
});
const { ask, code } = subgraphClient(subgraph, () => db);

describe('payments', () => {
  it('are read by id and with their orders', async () => {
    const orderId = ctx.ids.next();
    const customerId = ctx.ids.next();
    const [payment] = await transact(ctx, async (tx) => {
      await insertCustomers(tx, [{ id: customerId, name: 'Ada', currency: 'EUR' }]);
      const tenders = [{ method: 'cash' as const, amount: amount('62.00') }];
      return recordPayments(tx, ctx, {
        orderId,
        registerSessionId: null,
        branchId: shop.branchId,
        currency: 'EUR',
        customerId,
        tenders,
      });
    });
    const { organizationId, branchId } = shop;
    const reader = userActor({ organizationId, branchId, scopes: ['payments:read', 'orders:read'] });
    const one =
      'query ($id: ID!) { payment(id: $id) { method amount status refundedAmount order { id } customer { id } registerSession { id } } }';
    const expected = {
      method: 'cash',
      amount: '62.00',
      status: 'captured',
      refundedAmount: '0.00',
      order: { id: orderId },
      customer: { id: customerId },
      registerSession: null,
    };
    expect(await ask(reader, one, { id: payment!.id })).toEqual({ payment: expected });
    const entities = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Order { payments { amount } } } }`;
    const representations = [orderId, randomUUID()].map((id) => ({ __typename: 'Order', id }));
    expect(await ask(shop.cashier, entities, { representations })).toEqual({
      _entities: [{ payments: [{ amount: '62.00' }] }, { payments: [] }],
    });
    expect(await code(userActor({ scopes: ['payments:read'] }), one, { id: payment!.id })).toBe('NOT_FOUND');
    const methods = await ask(reader, '{ paymentMethods(enabled: true) { method name } }');
    expect(methods.paymentMethods).toHaveLength(8);
    expect(methods.paymentMethods).toMatchObject([
      { method: 'cash', name: 'Cash' },
      {},
      {},
      {},
      {},
      {},
      {},
      {},
    ]);
  });
});
