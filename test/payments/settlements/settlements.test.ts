/** Settlement files against payments: what matches, what does not, and that a second import changes nothing. */
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { refundPayment } from '#subgraphs/orders/payments/payment-commands';
import { processPayment } from '#subgraphs/orders/payments/process-payment';
import type { SettlementTransactionInput } from '#subgraphs/payments/inputs.generated';
import { importSettlement } from '#subgraphs/payments/settlements/settlement-imports';
import {
  listSettlementTransactions,
  listSettlements,
  listUnsettledPayments,
  settledFees,
} from '#subgraphs/payments/settlements/settlements.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const clock = new SettableClock(new Date('2026-11-01T12:00:00Z'));
let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db);
});

const pay = (value: string) =>
  processPayment(shop.ctx, {
    method: 'card',
    amount: amount(value),
    providerToken: 'tok_approved',
    capture: true,
  });
const send = (...items: SettlementTransactionInput[]) =>
  importSettlement(shop.ctx, {
    provider: 'sandbox',
    items: items.map((item) => ({ payoutReference: 'po_1', currency: 'EUR', ...item })),
  });
const heads = async () => (await listSettlements(shop.ctx, {})).items;
const counts = async () =>
  (await heads()).map(
    ({
      gross,
      fee,
      net,
      payoutAmount,
      rowsCount,
      matchedRowsCount,
      mismatchedRowsCount,
      unmatchedRowsCount,
    }) => [
      [gross, fee, net].map(String).join(' '),
      payoutAmount?.toFixed() ?? null,
      [rowsCount, matchedRowsCount, mismatchedRowsCount, unmatchedRowsCount].join(' '),
    ],
  );

it('matches payments, refunds, disputes and fees, and sums to the payout; a second import changes nothing', async () => {
  const [first, second] = [await pay('12.50'), await pay('40.00')];
  await refundPayment(shop.ctx, { paymentId: second.id, amount: amount('15.00') });
  const items = [
    {
      transactionReference: 't1',
      kind: 'charge',
      gross: '12.50',
      fee: '0.49',
      paymentReference: first.providerReference,
    },
    { transactionReference: 't2', kind: 'charge', gross: '40.00', fee: '0.85', paymentReference: second.id },
    {
      transactionReference: 't3',
      kind: 'refund',
      gross: '-15.00',
      paymentReference: second.providerReference,
    },
    {
      transactionReference: 't4',
      kind: 'dispute',
      gross: '-12.50',
      fee: '15.00',
      paymentReference: first.providerReference,
    },
    { transactionReference: 't5', kind: 'fee', gross: '-2.00' },
    { transactionReference: 't6', kind: 'charge', gross: '9.99', paymentReference: 'unknown' },
    { transactionReference: 't7', kind: 'payout', gross: '-16.65' },
  ];
  expect(await send(...items)).toMatchObject({
    status: 'completed',
    created: 7,
    failed: 0,
  });
  // 12.50 + 40.00 - 15.00 - 12.50 - 2.00 + 9.99 = 32.99, minus fees of 0.49 + 0.85 + 15.00 = 16.34.
  const expected = [['32.99 16.34 16.65', '16.65', '7 4 0 1']];
  expect(await counts()).toEqual(expected);
  const before = await shop.ctx.db.many(sql`select t.*, t.xmin from settlement_transactions t order by id`);
  expect(await send(...items)).toMatchObject({ created: 0, updated: 7, unchanged: 7, failed: 0 });
  expect(await shop.ctx.db.many(sql`select t.*, t.xmin from settlement_transactions t order by id`)).toEqual(
    before,
  );
  expect(await counts()).toEqual(expected);
  const fees = await settledFees(shop.ctx.db, [first.id, second.id]);
  expect([fees.get(first.id), fees.get(second.id)]).toEqual([
    [{ currency: 'EUR', fee: amount('15.49') }],
    [{ currency: 'EUR', fee: amount('0.85') }],
  ]);
});

it('lists mismatching and unmatched transactions with their reasons, and matches them when the payment has come', async () => {
  const payment = await pay('10.00');
  await send(
    { transactionReference: 't1', kind: 'charge', gross: '9.00', paymentReference: payment.id },
    { transactionReference: 't2', kind: 'charge', gross: '5.00' },
  );
  const [head] = await heads();
  const rows = (await listSettlementTransactions(shop.ctx, { settlementId: head!.id })).items;
  expect(
    rows.map(({ status, reason, expectedAmount }) => [status, reason, expectedAmount?.toFixed()]),
  ).toEqual([
    ['mismatched', 'other_amount', '10'],
    ['unmatched', 'no_reference', undefined],
  ]);
  await send({ transactionReference: 't3', kind: 'charge', gross: '1.00', paymentReference: payment.id });
  expect(await counts()).toEqual([['15 0 15', null, '3 2 0 1']]);
});

it('rejects a transaction with other values than before, twice in a file, or of no payout', async () => {
  const fee = { transactionReference: 't1', kind: 'fee', gross: '-1.00' };
  const report = await send(fee, fee, { ...fee, transactionReference: 't2', payoutReference: '' });
  expect(report).toMatchObject({ created: 1, failed: 2 });
  expect(await send({ ...fee, gross: '-2.00' })).toMatchObject({ created: 0, failed: 1 });
  expect(await counts()).toEqual([['-1 0 -1', null, '1 0 0 0']]);
});

it('lists captured payments that no payout has after so many days', async () => {
  const payment = await pay('10.00');
  const ids = async (days?: number) =>
    (await listUnsettledPayments(shop.ctx, { days })).items.map(({ id }) => id);
  expect([await ids(), await ids(0)]).toEqual([[], [payment.id]]);
  clock.advance(7 * 24 * 3_600_000);
  expect(await ids()).toEqual([payment.id]);
  await send({ transactionReference: 't1', kind: 'charge', gross: '10.00', paymentReference: payment.id });
  expect(await ids()).toEqual([]);
});

it('belongs to its organization', async () => {
  const payment = await pay('10.00');
  const stranger = await openShop(db);
  await importSettlement(stranger.ctx, {
    provider: 'sandbox',
    items: [
      {
        transactionReference: 't1',
        payoutReference: 'po_1',
        currency: 'EUR',
        kind: 'charge',
        gross: '10.00',
        paymentReference: payment.id,
      },
    ],
  });
  expect(await heads()).toEqual([]);
  expect((await listSettlements(stranger.ctx, {})).items).toMatchObject([{ unmatchedRowsCount: 1 }]);
});
