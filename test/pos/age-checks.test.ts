/** Goods with a minimum age, and the age check that their orders store. */
import { updateProduct } from '#subgraphs/catalog/products/products';
import { orderById, refundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { exchangeItems } from '#subgraphs/pos/returns/exchange';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { closeRegister, openRegister } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const tea = (quantity: number) => [{ sku: 'TEA', quantity: amount(quantity) }];
const cash = (given: number | string) => [{ method: 'cash' as const, amount: amount(given) }];

describe('goods with a minimum age', () => {
  it('are sold once the cashier has confirmed the age', async () => {
    const till = await openTill(db);
    await updateProduct(till.ctx, till.items.TEA!.productId, { minimumAge: 18 });
    const error = await errorOf(checkout(till.ctx, { items: tea(1), payments: cash(10) }));
    expect([error.status, error.errors?.[0]?.code, error.details]).toEqual([
      422,
      'AGE_CHECK_REQUIRED',
      { minimumAge: 18 },
    ]);
    expect((await validateCheckout(till.ctx, { items: tea(1) })).issues.map(({ field }) => field)).toEqual([
      'ageConfirmed',
    ]);
    expect((await calculateCheckout(till.ctx, { items: tea(1) })).total.toFixed()).toBe('3.5');
    const { order } = await checkout(till.ctx, { items: tea(1), payments: cash(10), ageConfirmed: true });
    expect(order.total.toFixed()).toBe('3.5');
  });

  it('store on the order the age and who confirmed it, and nothing for goods without a minimum age', async () => {
    const till = await openTill(db);
    await updateProduct(till.ctx, till.items.TEA!.productId, { minimumAge: 16 });
    await updateProduct(till.ctx, till.items.LAST!.productId, { minimumAge: 18 });
    const ageOf = async (skus: string[]) => {
      const items = skus.map((sku) => ({ sku }));
      const { order } = await checkout(till.ctx, {
        items,
        paymentMethod: 'card' as const,
        ageConfirmed: true,
      });
      // The stored values, not only the answered ones.
      const { minimumAge, ageConfirmed, ageConfirmedBy } = await orderById(till.ctx.db, order.id);
      expect(order).toMatchObject({ minimumAge, ageConfirmed, ageConfirmedBy });
      return [minimumAge, ageConfirmed, ageConfirmedBy];
    };
    expect(await ageOf(['TEA', 'LAST', 'BREAD'])).toEqual([18, true, till.actor.userId]);
    expect(await ageOf(['TEA'])).toEqual([16, true, till.actor.userId]);
    expect(await ageOf(['BREAD'])).toEqual([null, false, null]);
    const { order } = await checkout(till.ctx, { items: tea(1), payments: cash(10), ageConfirmed: true });
    const { order: back } = await refundOrder(till.ctx, order.id, {});
    expect([back.minimumAge, back.ageConfirmed, back.ageConfirmedBy]).toEqual([null, false, null]);
  });

  it('store the age check of an exchange and of a training sale, too', async () => {
    const till = await openTill(db);
    await updateProduct(till.ctx, till.items.TEA!.productId, { minimumAge: 18 });
    const { order } = await checkout(till.ctx, { items: [{ sku: 'BREAD' }], payments: cash(10) });
    const { sold } = await exchangeItems(till.ctx, {
      orderId: order.id,
      reason: 'Other one',
      items: tea(1),
      payments: cash(1),
      ageConfirmed: true,
    });
    const age = { minimumAge: 18, ageConfirmed: true, ageConfirmedBy: till.actor.userId };
    expect(sold.order).toMatchObject(age);
    await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(50), training: true });
    const practised = await checkout(till.ctx, { items: tea(1), payments: cash(10), ageConfirmed: true });
    expect(practised.order).toMatchObject({ training: true, ...age });
  });
});
