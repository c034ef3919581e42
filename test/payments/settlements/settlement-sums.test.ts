/** Any settlement file: each of its rows has one state, and the payout is their sum, in whatever order and however often they come. */
import fc from 'fast-check';
import { sql } from '#kernel/db/database';
import { refundPayment } from '#subgraphs/orders/payments/payment-commands';
import { processPayment } from '#subgraphs/orders/payments/process-payment';
import type { SettlementTransactionInput } from '#subgraphs/payments/inputs.generated';
import { importSettlement } from '#subgraphs/payments/settlements/settlement-imports';
import { listSettlements } from '#subgraphs/payments/settlements/settlements.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

/** A shop with a payment of 12.50, and one of 40.00 of which 15.00 were refunded; and the references of both. */
async function shopWithPayments(): Promise<{ shop: Shop; references: string[] }> {
  const shop = await openShop(db);
  const pay = (value: string) =>
    processPayment(shop.ctx, {
      ...{ method: 'card', amount: amount(value), providerToken: 'tok_approved', capture: true },
    });
  const payments = [await pay('12.50'), await pay('40.00')];
  await refundPayment(shop.ctx, { paymentId: payments[1]!.id, amount: amount('15.00') });
  return { shop, references: payments.map(({ providerReference }) => providerReference!) };
}

const CENTS = fc.constantFrom(1250, -1250, 4000, -1500, 1500, -200, 999);
const ROW = fc.record({
  kind: fc.constantFrom('charge', 'refund', 'dispute', 'fee', 'adjustment'),
  gross: CENTS,
  fee: fc.integer({ min: 0, max: 99 }),
  /** Of the first or second payment, of one that is unknown, or of none. */
  payment: fc.constantFrom(0, 1, 2, 3),
});
/** Rows, the order in which they come again, and the number of rows of the first file. */
const FILE = fc.array(ROW, { minLength: 1, maxLength: 12 }).chain((rows) =>
  fc.record({
    rows: fc.constant(rows),
    order: fc.shuffledSubarray([...rows.keys()], { minLength: rows.length }),
    first: fc.integer({ min: 0, max: rows.length }),
  }),
);

const money = (cents: number) => (cents / 100).toFixed(2);

async function outcome({ shop }: { shop: Shop }) {
  const states = await shop.ctx.db.many<{ reference: string; status: string; reason: string | null }>(sql`
    select t.transaction_reference as reference, t.status, t.reason from settlement_transactions t order by 1`);
  const [head] = (await listSettlements(shop.ctx, {})).items;
  return { states, head: head! };
}

it('counts each row once, as matched, mismatched, unmatched or unrelated, and sums them', async () => {
  await fc.assert(
    fc.asyncProperty(FILE, async ({ rows, order, first }) => {
      const places = [await shopWithPayments(), await shopWithPayments()];
      const itemsFor = ({ references }: { references: string[] }): SettlementTransactionInput[] =>
        rows.map(({ kind, gross, fee, payment }, index) => ({
          ...{ transactionReference: `t${index}`, payoutReference: 'po_1', currency: 'EUR', kind },
          ...{ gross: money(gross), fee: money(fee) },
          ...(payment < 3 && { paymentReference: references[payment] ?? 'unknown' }),
        }));
      const send = async ({ shop }: { shop: Shop }, items: SettlementTransactionInput[]) =>
        items.length === 0 ? 0 : (await importSettlement(shop.ctx, { provider: 'sandbox', items })).failed;
      const [whole, parts] = places as [(typeof places)[0], (typeof places)[0]];
      expect(await send(whole, itemsFor(whole))).toBe(0);
      // The same rows in another order, in two files, the second of which repeats the first.
      const shuffled = order.map((index) => itemsFor(parts)[index]!);
      expect([await send(parts, shuffled.slice(0, first)), await send(parts, shuffled)]).toEqual([0, 0]);
      const [one, other] = [await outcome(whole), await outcome(parts)];
      expect(other.states).toEqual(one.states);
      const count = (status: string) => one.states.filter((state) => state.status === status).length;
      for (const { head } of [one, other]) {
        expect([
          head.rowsCount,
          head.matchedRowsCount,
          head.mismatchedRowsCount,
          head.unmatchedRowsCount,
        ]).toEqual([rows.length, ...['matched', 'mismatched', 'unmatched'].map(count)]);
        const grossSum = rows.reduce((sum, { gross }) => sum + gross, 0);
        const feeSum = rows.reduce((sum, { fee }) => sum + fee, 0);
        expect([head.gross, head.fee, head.net].map((value) => value.toFixed(2))).toEqual(
          [grossSum, feeSum, grossSum - feeSum].map(money),
        );
      }
      expect(['matched', 'mismatched', 'unmatched', 'unrelated'].map(count).reduce((a, b) => a + b)).toBe(
        rows.length,
      );
    }),
    { numRuns: 12 },
  );
}, 120_000);
