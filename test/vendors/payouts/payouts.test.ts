/** Payouts to vendors, over the real till: whatever runs meet, an entry is paid once, and the ledger knows it. */
import fc from 'fast-check';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { sum } from '#kernel/decimal';
import { updateOrganization } from '#subgraphs/auth/index';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/refunds/refunds';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { createCommissionRule } from '#subgraphs/vendors/commission/commission-rules';
import { adjustVendorBalance } from '#subgraphs/vendors/ledger/adjust-balance';
import { listCommissions, listVendorEntries } from '#subgraphs/vendors/ledger/vendor-ledger.queries';
import { payoutVendor, payoutVendors } from '#subgraphs/vendors/payouts/pay-vendors';
import { payableAmounts } from '#subgraphs/vendors/payouts/payable-entries';
import { payoutStatement, payoutTransfer } from '#subgraphs/vendors/payouts/payout-files';
import { updateVendorPayoutStatus } from '#subgraphs/vendors/payouts/payout-status';
import { listPayoutEntries, listPayouts } from '#subgraphs/vendors/payouts/payouts.queries';
import { updateVendorSettings } from '#subgraphs/vendors/settings/vendor-settings';
import { createVendor, moveVendor, updateVendor } from '#subgraphs/vendors/vendors/vendors';
import { requireVendor } from '#subgraphs/vendors/vendors/vendors.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { pdfTexts } from '#test/harness/pdf-text';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const DAY_MS = 86_400_000;
const ACCOUNT = { holder: 'Töpferei Müßig', iban: 'DE89 3704 0044 0532 0130 00' };
const clock = new SettableClock(new Date('2026-03-02T12:00:00Z'));

let db: TestDatabase;
let till: Till;
let vendorId: string;
let vendors = 0;
beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await openTill(db, {
    pricesIncludeTax: true,
    articles: [
      { sku: 'MUG', price: '100.00', service: true },
      { sku: 'BOWL', price: '60.00', service: true },
    ],
  });
  vendorId = await approvedVendor('Pottery', 0, 'MUG');
  await updateProduct(till.ctx, till.items.BOWL!.productId, { vendorId });
  await createCommissionRule(till.ctx, { name: '12.5 %', kind: 'percent', value: amount('12.5') });
});

async function approvedVendor(name: string, holdDays: number, sku: string): Promise<string> {
  const { id } = await createVendor(till.ctx, {
    ...{ name, holdDays, bankAccount: ACCOUNT, commissionTaxRate: amount(19) },
  });
  await moveVendor(till.ctx, id, 'approve', {});
  await updateProduct(till.ctx, till.items[sku]!.productId, { vendorId: id });
  return id;
}
const sell = async (...skus: string[]) => {
  const items = skus.map((sku) => ({ sku }));
  return (await checkout(till.ctx, { items, registerId: till.registerId, paymentMethod: 'cash' })).order;
};
const balance = async () => (await requireVendor(till.ctx.db, vendorId)).balance.toFixed(2);
const payable = async () =>
  (await payableAmounts(till.ctx.db, [vendorId], clock.now())).get(vendorId)?.toFixed(2) ?? '0.00';
const entries = async () => (await listVendorEntries(till.ctx, vendorId, { size: 1000 })).items;
const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    (error: { code: string }) => error.code,
  );

/** The head is the sum of the ledger, and the entries of each payout sum to nothing: what it claimed, and itself. */
async function expectBalanced(): Promise<void> {
  const all = await entries();
  expect(sum(all.map((entry) => entry.amount)).toFixed(2)).toBe(await balance());
  const unbalanced = await till.ctx.db.many(sql`
    select e.payout_id from vendor_entries e where e.payout_id is not null group by e.payout_id having sum(e.amount) <> 0`);
  expect(unbalanced).toEqual([]);
}

it('V3: a payout of 87.50 leaves 0, a refund after it -87.50, the next sale -35.00, and nothing is subtracted twice', async () => {
  const order = await sell('MUG');
  expect([await balance(), await payable()]).toEqual(['87.50', '87.50']);
  const payout = await payoutVendor(till.ctx, vendorId, {});
  expect([payout.number, payout.amount.toFixed(2), payout.status, payout.accountHolder]).toEqual([
    'PO-000001',
    '87.50',
    'pending',
    'Töpferei Müßig',
  ]);
  expect([await balance(), await payable()]).toEqual(['0.00', '0.00']);
  await refundOrder(till.ctx, order.id, { reason: 'Cracked' });
  expect([await balance(), await payable()]).toEqual(['-87.50', '0.00']);
  expect(await refused(payoutVendor(till.ctx, vendorId, {}))).toBe('NOTHING_DUE');
  await sell('BOWL');
  expect([await balance(), await payable()]).toEqual(['-35.00', '0.00']);
  expect(await refused(payoutVendor(till.ctx, vendorId, {}))).toBe('NOTHING_DUE');
  await sell('MUG');
  expect([await balance(), await payable()]).toEqual(['52.50', '52.50']);
  const second = await payoutVendor(till.ctx, vendorId, {});
  expect([second.number, second.amount.toFixed(2), await balance()]).toEqual(['PO-000002', '52.50', '0.00']);
  await expectBalanced();
});

it('V6: runs and payouts at once pay once, without gaps in their numbers', async () => {
  for (let sale = 0; sale < 3; sale += 1) await sell('MUG');
  const attempts = [
    ...Array.from({ length: 4 }, () =>
      payoutVendors(till.ctx, {}).then(
        ({ count }) => count,
        () => 0,
      ),
    ),
    ...Array.from({ length: 4 }, () =>
      payoutVendor(till.ctx, vendorId, {}).then(
        () => 1,
        () => 0,
      ),
    ),
  ];
  const paid = await Promise.all(attempts);
  expect(paid.reduce((total, count) => total + count, 0)).toBe(1);
  const { items } = await listPayouts(till.ctx.db, {});
  expect(items.map(({ number, amount: value }) => [number, value.toFixed(2)])).toEqual([
    ['PO-000001', '262.50'],
  ]);
  expect(await balance()).toBe('0.00');
  await expectBalanced();
});

it('V7: a refund inside the hold never reaches a payout; what remains is paid when the hold has ended', async () => {
  await updateVendor(till.ctx, vendorId, { holdDays: 14 });
  const order = await sell('MUG', 'BOWL');
  await partiallyRefundOrder(till.ctx, order.id, {
    items: [{ sku: 'BOWL', quantity: amount(1) }],
    reason: 'Cracked',
  });
  expect([await balance(), await payable()]).toEqual(['87.50', '0.00']);
  expect(await refused(payoutVendor(till.ctx, vendorId, {}))).toBe('NOTHING_DUE');
  expect(await refused(payoutVendor(till.ctx, vendorId, { until: '2026-03-16' }))).toBe('VALIDATION_FAILED');
  const start = clock.now().getTime();
  try {
    clock.set(new Date(start + 14 * DAY_MS));
    expect(await payable()).toBe('87.50');
    // The hold ended at noon: it is not over at the end of the day before.
    expect(await refused(payoutVendor(till.ctx, vendorId, { until: '2026-03-15' }))).toBe('NOTHING_DUE');
    expect((await payoutVendor(till.ctx, vendorId, { until: '2026-03-16' })).amount.toFixed(2)).toBe('87.50');
  } finally {
    clock.set(new Date(start));
  }
  await expectBalanced();
});

it('a returned payout is owed again by an entry of its own, and its statement stays true', async () => {
  await sell('MUG');
  const payout = await payoutVendor(till.ctx, vendorId, {});
  const before = await payoutStatement(till.ctx, payout.id);
  await updateVendorPayoutStatus(till.ctx, payout.id, { status: 'sent' });
  await updateVendorPayoutStatus(till.ctx, payout.id, { status: 'paid' });
  const returned = await updateVendorPayoutStatus(till.ctx, payout.id, {
    status: 'returned',
    reason: 'Account closed',
  });
  expect([returned.status, returned.statusReason, await balance(), await payable()]).toEqual([
    'returned',
    'Account closed',
    '87.50',
    '87.50',
  ]);
  expect(await refused(updateVendorPayoutStatus(till.ctx, payout.id, { status: 'returned' }))).toBe(
    'ILLEGAL_STATE',
  );
  const again = await payoutVendor(till.ctx, vendorId, {});
  const { items } = await listPayoutEntries(till.ctx.db, again.id, {});
  expect(items.map(({ kind, amount: value, returnedId }) => [kind, value.toFixed(2), returnedId])).toEqual([
    ['payout_return', '87.50', payout.id],
  ]);
  expect(await payoutStatement(till.ctx, payout.id)).toEqual(before);
  const [page] = pdfTexts(Buffer.from((await payoutStatement(till.ctx, again.id)).content, 'base64'));
  expect(page).toEqual(expect.arrayContaining(['Payout PO-000002', 'Returned: PO-000001', '87.50']));
  await expectBalanced();
});

it('states the orders of a payout, with their refunds and commission', async () => {
  const first = await sell('MUG');
  const second = await sell('BOWL');
  await refundOrder(till.ctx, second.id, { reason: 'Cracked' });
  const payout = await payoutVendor(till.ctx, vendorId, {});
  const { fileName, content } = await payoutStatement(till.ctx, payout.id);
  const [page, ...others] = pdfTexts(Buffer.from(content, 'base64'));
  expect([fileName, others]).toEqual(['payout-PO-000001.pdf', []]);
  expect(page!.slice(1)).toEqual([
    'Payout PO-000001',
    'Pottery',
    'Töpferei Müßig, DE89 •••• 3000',
    'Until 2026-03-02, amounts in EUR',
    ...['Date', 'Order', 'Sales', 'Refunds', 'Commission', 'Amount'],
    ...['2026-03-02', first.number, '100.00', '0.00', '-12.50', '87.50'],
    ...['2026-03-02', second.number, '60.00', '-60.00', '0.00', '0.00'],
    ...['Total', '160.00', '-60.00', '-12.50', '87.50'],
    '1 / 1',
  ]);
});

it('a run pays all that are due, omits the others, and is one file for the bank', async () => {
  const other = await approvedVendor('Teas', 0, 'BOWL');
  await sell('MUG');
  await sell('BOWL');
  await updateVendorSettings(till.ctx, { minimumPayout: amount(60) });
  const run = await payoutVendors(till.ctx, {});
  expect([run.count, run.amount.toFixed(2), run.currency]).toEqual([1, '87.50', 'EUR']);
  await updateVendorSettings(till.ctx, { minimumPayout: amount(0) });
  await sell('MUG');
  const { id: runId, count } = await payoutVendors(till.ctx, {});
  expect(count).toBe(2);
  expect(await refused(payoutTransfer(till.ctx, runId))).toBe('ILLEGAL_STATE');
  const payer = { holder: 'The Shop', iban: 'DE75 5121 0800 1245 1261 99' };
  await updateVendorSettings(till.ctx, { payerAccount: payer });
  const file = await payoutTransfer(till.ctx, runId);
  expect(file.fileName).toBe('payouts-PO-000002.xml');
  expect([...file.content.matchAll(/<EndToEndId>([^<]+)</g)].map(([, number]) => number)).toEqual([
    'PO-000002',
    'PO-000003',
  ]);
  expect(file.content).toContain('<CtrlSum>140.00</CtrlSum>');
  await moveVendor(till.ctx, other, 'suspend', {});
  clock.advance(1_000);
  expect(await payoutTransfer(till.ctx, runId)).toEqual(file);
  expect(await refused(payoutVendors(till.ctx, {}))).toBe('NOTHING_DUE');
});

it('keeps the file of a run the same, byte by byte, whatever the shop changes afterwards', async () => {
  await updateVendorSettings(till.ctx, {
    payerAccount: { holder: 'The Shop', iban: 'DE75 5121 0800 1245 1261 99' },
  });
  await sell('MUG');
  const { runId } = await payoutVendor(till.ctx, vendorId, {});
  const file = await payoutTransfer(till.ctx, runId);
  const moved = { holder: 'Another Holder', iban: 'GB82 WEST 1234 5698 7654 32' };
  await updateVendorSettings(till.ctx, { payerAccount: moved });
  await updateOrganization(till.ctx, { name: 'Renamed Shop', timeZone: 'Pacific/Auckland' });
  await updateVendor(till.ctx, vendorId, { name: 'Renamed', bankAccount: { ...ACCOUNT, holder: 'Else' } });
  expect(await payoutTransfer(till.ctx, runId)).toEqual(file);
  await updateVendorSettings(till.ctx, { payerAccount: null });
  expect(await payoutTransfer(till.ctx, runId)).toEqual(file);
  const change = sql`update vendor_payout_runs set payer_holder = 'X' where id = ${runId}::uuid`;
  await expect(till.ctx.db.run(change)).rejects.toThrow('append-only');
  // A later run has what the shop has by then.
  await moveVendor(till.ctx, vendorId, 'approve', {});
  await sell('MUG');
  await updateVendorSettings(till.ctx, { payerAccount: moved });
  const later = await payoutTransfer(till.ctx, (await payoutVendor(till.ctx, vendorId, {})).runId);
  expect(later.content).toContain('<Nm>Another Holder</Nm>');
  expect(later.content).toContain('Renamed Shop PO-000002');
});

it('an adjustment changes the balance alone, waits for no hold, and has its line on the statement', async () => {
  await updateVendor(till.ctx, vendorId, { holdDays: 14 });
  await sell('MUG');
  const post = (value: string, reason: string, idempotencyKey?: string) =>
    adjustVendorBalance(
      idempotencyKey === undefined ? till.ctx : till.request({ idempotencyKey }),
      vendorId,
      {
        amount: amount(value),
        reason,
      },
    );
  const bonus = await post('12.40', ' Opening bonus ', 'bonus-1');
  expect((await post('12.40', ' Opening bonus ', 'bonus-1')).id).toBe(bonus.id);
  await post('-2.40', 'Listing fee');
  expect([bonus.kind, bonus.reason, bonus.amount.toFixed(2), bonus.userId]).toEqual([
    'adjustment',
    'Opening bonus',
    '12.40',
    till.owner.id,
  ]);
  expect([await balance(), await payable()]).toEqual(['97.50', '10.00']);
  const { totals } = await listCommissions(till.ctx, { id: vendorId, currency: 'EUR' }, {});
  expect(totals.earnings.toFixed(2)).toBe('87.50');
  const payout = await payoutVendor(till.ctx, vendorId, {});
  expect([payout.amount.toFixed(2), await balance()]).toEqual(['10.00', '87.50']);
  const { content } = await payoutStatement(till.ctx, payout.id);
  const texts = pdfTexts(Buffer.from(content, 'base64')).flat();
  for (const text of ['Opening bonus', '12.40', 'Listing fee', '-2.40', '10.00'])
    expect(texts).toContain(text);
  for (const [value, reason, code] of [
    ['0', 'None', 'ZERO'],
    ['1.005', 'Fine', 'PRECISION'],
    ['1', ' ', 'REQUIRED'],
    ['1', 'x'.repeat(201), 'LENGTH'],
  ] as const)
    await expect(post(value, reason)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ code }],
    });
  // One that is larger than the balance is owed by the vendor, and later sales pay it.
  await post('-100', 'Damage');
  expect([await balance(), await payable()]).toEqual(['-12.50', '0.00']);
  await expectBalanced();
});

it.each([
  ['under review after another bank account', { bankAccount: { ...ACCOUNT, holder: 'Somebody Else' } }],
  ['without a bank account', { bankAccount: null }],
])('does not pay a vendor %s', async (_, change) => {
  await sell('MUG');
  await updateVendor(till.ctx, vendorId, change);
  expect(await refused(payoutVendor(till.ctx, vendorId, {}))).toBe('ILLEGAL_STATE');
  expect(await refused(payoutVendors(till.ctx, {}))).toBe('NOTHING_DUE');
  expect(await payable()).toBe('87.50');
});

it('pays the same request once, and another organization sees nothing of it', async () => {
  await sell('MUG');
  const ask = () => payoutVendor(till.request({ idempotencyKey: 'payout-1' }), vendorId, {});
  const first = await ask();
  expect((await ask()).id).toBe(first.id);
  const stranger = await openTill(db);
  expect((await listPayouts(stranger.ctx.db, {})).items).toEqual([]);
  for (const attempt of [
    () => payoutVendor(stranger.ctx, vendorId, {}),
    () => payoutStatement(stranger.ctx, first.id),
    () => payoutTransfer(stranger.ctx, first.runId),
    () => updateVendorPayoutStatus(stranger.ctx, first.id, { status: 'sent' }),
  ])
    expect(await refused(attempt())).toBe('NOT_FOUND');
});

it('lets an entry be claimed once, and nothing else of it be changed', async () => {
  await sell('MUG');
  const { id } = await payoutVendor(till.ctx, vendorId, {});
  for (const [change, message] of [
    [sql`payout_id = null`, 'append-only'],
    [sql`payout_id = gen_random_uuid()`, 'append-only'],
    [sql`amount = 1`, 'permission denied'],
  ] as const)
    await expect(
      till.ctx.db.run(sql`update vendor_entries set ${change} where payout_id = ${id}::uuid`),
    ).rejects.toThrow(message);
});

it('balances whatever is sold, refunded, adjusted, paid and returned, in any order', async () => {
  const STEP = fc.constantFrom('sell', 'refund', 'pay', 'return', 'run', 'adjust', 'charge');
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 3, maxLength: 12 }), async (steps) => {
      const id = await approvedVendor(`Vendor ${steps.length} ${(vendors += 1)}`, 0, 'MUG');
      const orders: string[] = [];
      const payouts: string[] = [];
      let adjusted = amount(0);
      for (const step of steps) {
        const value = new Map([
          ['adjust', amount('4.55')],
          ['charge', amount('-31.07')],
        ]).get(step);
        if (value) {
          await adjustVendorBalance(till.ctx, id, { amount: value, reason: step });
          adjusted = adjusted.plus(value);
        }
        if (step === 'sell') orders.push((await sell('MUG')).id);
        const order = step === 'refund' ? orders.pop() : undefined;
        if (order !== undefined) await refundOrder(till.ctx, order, { reason: 'Cracked' });
        if (step === 'pay')
          await payoutVendor(till.ctx, id, {}).catch((error: { code: string }) =>
            expect(error.code).toBe('NOTHING_DUE'),
          );
        if (step === 'run') await refused(payoutVendors(till.ctx, {}));
        const { items } = await listPayouts(till.ctx.db, { vendorId: id, size: 100 });
        payouts.splice(
          0,
          payouts.length,
          ...items.filter((one) => one.status !== 'returned').map((one) => one.id),
        );
        const back = step === 'return' ? payouts.pop() : undefined;
        if (back !== undefined) await updateVendorPayoutStatus(till.ctx, back, { status: 'returned' });
      }
      const { items } = await listPayouts(till.ctx.db, { vendorId: id, size: 100 });
      const paid = sum(items.filter(({ status }) => status !== 'returned').map((one) => one.amount));
      // Each order that was not refunded earned 87.50, and adjustments changed what the shop owes.
      const vendor = await requireVendor(till.ctx.db, id);
      expect(vendor.balance.plus(paid).toFixed(2)).toBe(
        amount('87.5').times(orders.length).plus(adjusted).toFixed(2),
      );
      for (const payout of items) {
        const claimed = await listPayoutEntries(till.ctx.db, payout.id, { size: 1000 });
        expect(sum(claimed.items.map((entry) => entry.amount)).toFixed(2)).toBe(payout.amount.toFixed(2));
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);
