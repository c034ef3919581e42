/** The journal of double entry: it balances, and it agrees with the reports that read the same amounts. */
import fc from 'fast-check';
import { SettableClock } from '#kernel/clock';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { cashFlow } from '#subgraphs/analytics/finance/cash-flow/cash-flow';
import { accountingJournal, type JournalPosting } from '#subgraphs/analytics/finance/journal/journal';
import { accountBalances } from '#subgraphs/analytics/finance/journal/postings.rules';
import { liabilities } from '#subgraphs/analytics/finance/liabilities/liabilities';
import { profitAndLoss } from '#subgraphs/analytics/finance/profit-loss/profit-and-loss';
import { taxReport } from '#subgraphs/analytics/finance/tax/tax-report';
import { createBranch } from '#subgraphs/auth/branches';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { recordCreditPayment } from '#subgraphs/customers/credit';
import { adjustStock } from '#subgraphs/inventory/stock/adjustments';
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/refunds/refunds';
import { withCode } from '#subgraphs/payments/gift-cards/gift-card-ledger';
import { issueGiftCard } from '#subgraphs/payments/gift-cards/gift-cards';
import { importSettlement } from '#subgraphs/payments/settlements/settlement-imports';
import { grantStoreCreditByHand } from '#subgraphs/payments/store-credit/store-credits';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { moveCash } from '#subgraphs/registers/cash/cash-movements';
import { closeRegister } from '#subgraphs/registers/index';
import { createCommissionRule } from '#subgraphs/vendors/commission/commission-rules';
import { payoutVendor } from '#subgraphs/vendors/payouts/pay-vendors';
import { createVendor, moveVendor } from '#subgraphs/vendors/vendors/vendors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

const JANUARY = new Date('2026-01-10T10:00:00Z');
const DAYS = { from: '2026-01-01', to: '2026-02-28' };
const HOUR_MS = 3_600_000;
let db: TestDatabase;
let clock: SettableClock;
beforeAll(async () => {
  clock = new SettableClock(JANUARY);
  db = await testDatabase({ clock });
});
beforeEach(() => clock.set(JANUARY));
afterAll(() => db.close());

const text = (value: Decimal) => value.toFixed(2);

/** A shop that sells its own goods, a vendor's goods, and gift cards of both purposes. */
async function openShop(pricesIncludeTax = true): Promise<Till & { vendorId: string }> {
  const till = await openTill(db, {
    pricesIncludeTax,
    articles: [
      { sku: 'CUP', price: '11.90', tax: '19', stock: '500', cost: '3.333' },
      { sku: 'TEA', price: '4.99', tax: '7', stock: '500', cost: '1.017' },
      { sku: 'VASE', price: '80.00', tax: '19', stock: '500', cost: '30.00' },
      { sku: 'CARD', price: '50.00', tax: '0', service: true },
      { sku: 'SPA', price: '23.80', tax: '19', service: true },
    ],
  });
  const { ctx, items } = till;
  const { id: vendorId } = await createVendor(ctx, {
    ...{ name: 'Pottery', holdDays: 0, commissionTaxRate: amount(19) },
    bankAccount: { holder: 'Pottery', iban: 'DE89370400440532013000' },
  });
  await moveVendor(ctx, vendorId, 'approve', {});
  await updateProduct(ctx, items.VASE!.productId, { vendorId });
  await createCommissionRule(ctx, { name: 'An eighth', kind: 'percent', value: amount('12.5') });
  await updateProduct(ctx, items.CARD!.productId, { giftCardPurpose: 'multi_purpose' });
  await updateProduct(ctx, items.SPA!.productId, { giftCardPurpose: 'single_purpose' });
  return { ...till, ctx, vendorId };
}

const sell = (till: Till, sku: string, more: object = {}) =>
  checkout(till.ctx, { items: [{ sku }], registerId: till.registerId, paymentMethod: 'cash', ...more });

/** All postings of days, by their pages. */
async function journal(till: Till, days = DAYS, more: object = {}): Promise<JournalPosting[]> {
  const found: JournalPosting[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof accountingJournal>> = await accountingJournal(till.ctx, {
      ...{ ...days, size: 7, cursor },
      ...more,
    });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return found;
}

const shown = (postings: readonly JournalPosting[]) =>
  postings.map(({ kind, method, taxRate, debit, credit, amount: of }) =>
    [kind, method ?? taxRate?.toFixed() ?? '', debit, credit, text(of)].join(' '),
  );

it('posts each kind of amount of a day once, each in debit of one account and in credit of another', async () => {
  const till = await openShop();
  const { order } = await sell(till, 'CUP', { discount: { percent: amount(10) } });
  await sell(till, 'VASE', { paymentMethod: 'card' });
  await sell(till, 'SPA', { tip: { method: 'cash', amount: amount(2) } });
  await sell(till, 'TEA', { paymentMethod: 'credit', customerId: till.customerId });
  await adjustStock(till.ctx, { sku: 'CUP', quantity: amount(-3), reason: 'damage' });
  await moveCash(till.ctx, 'cash_out', { registerId: till.registerId, amount: amount(50), reason: 'Bank' });
  await partiallyRefundOrder(till.ctx, order.id, {
    items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }],
    registerId: till.registerId,
  });
  const postings = await journal(till);
  expect(new Set(postings.map(({ date }) => date))).toEqual(new Set(['2026-01-10']));
  expect(shown(postings).sort()).toEqual([
    'account_sales  receivables orders 4.99',
    'cash_out cash cash_transfers cash 50.00',
    // The cup came back at the cost of its sale.
    'commission  vendors commission_income 8.40',
    'commission_tax  vendors commission_tax 1.60',
    'cost_of_goods  cost_of_goods inventory 1.02',
    'discounts 19 discounts orders 1.00',
    'gift_card_sales  orders gift_card_sales 23.80',
    'gift_card_tax 19 gift_card_tax output_tax 3.80',
    'gift_cards_issued  gift_card_sales gift_cards 23.80',
    'payment_refunds cash orders cash 10.71',
    'payments card card orders 80.00',
    'payments cash cash orders 34.51',
    'refunds 19 refunds orders 9.00',
    'refunds_tax 19 output_tax orders 1.71',
    'sales 19 orders revenue 10.00',
    'sales 7 orders revenue 4.66',
    'sales_tax 19 orders output_tax 1.71',
    'sales_tax 7 orders output_tax 0.33',
    'shrinkage  shrinkage inventory 10.00',
    'tips cash cash tips 2.00',
    'vendor_goods 19 orders vendor_goods 67.23',
    'vendor_goods_tax 19 orders vendor_goods 12.77',
    'vendor_sales  vendor_goods vendors 80.00',
  ]);
});

/** The amount in credit of an account; negative in debit. */
function credited(
  { debit, credit, amount: value }: JournalPosting,
  account: JournalPosting['debit'],
): Decimal {
  if (credit === account) return value;
  return debit === account ? value.negated() : ZERO;
}

/** The postings must add up to each report of the same days. */
async function expectAgreement(till: Till): Promise<void> {
  const postings = await journal(till);
  const balances = accountBalances(postings);
  const debit = (account: JournalPosting['debit']) => balances.get(account) ?? ZERO;
  const credit = (account: JournalPosting['debit']) => debit(account).negated();
  expect(text(sum([...balances.values()]))).toBe('0.00');

  const profit = await profitAndLoss(till.ctx, { ...DAYS, compareTo: 'none' });
  const profitAccounts = {
    revenue: credit('revenue'),
    discounts: debit('discounts'),
    refunds: debit('refunds'),
    cogs: debit('cost_of_goods'),
    commissionIncome: credit('commission_income'),
    shippingIncome: credit('shipping_income'),
    cashRounding: credit('cash_rounding'),
    paymentFees: debit('payment_fees'),
    shrinkage: debit('shrinkage'),
  };
  for (const [name, value] of Object.entries(profitAccounts))
    expect([name, text(value)]).toEqual([name, text(profit[name as keyof typeof profitAccounts])]);

  const { rows } = await taxReport(till.ctx, DAYS);
  for (const { rate, tax } of rows) {
    const ofRate = postings.filter(({ taxRate }) => taxRate?.equals(rate));
    // The tax on goods of vendors is the vendors': it has no account of the shop.
    const posted = sum(
      ofRate.map((posting) =>
        credited(posting, posting.kind === 'vendor_goods_tax' ? 'vendor_goods' : 'output_tax'),
      ),
    );
    expect([rate.toFixed(), text(posted)]).toEqual([rate.toFixed(), text(tax)]);
  }

  const flow = await cashFlow(till.ctx, DAYS);
  const money = (['cash', 'card', 'bank', 'mobile', 'other_payments'] as const).map(debit);
  expect(text(sum(money))).toBe(text(flow.closing.minus(flow.opening)));

  const ledgers = await liabilities(till.ctx, { from: DAYS.from, asOf: DAYS.to });
  const accounts = ['gift_cards', 'store_credit', 'vendors', 'receivables'] as const;
  expect(accounts.map((account) => text(debit(account)))).toEqual(
    accounts.map((account) => {
      const { side, opening, closing } = ledgers.rows.find((row) => row.account === account)!;
      return text(closing.minus(opening).times(side === 'asset' ? 1 : -1));
    }),
  );
}

/** A till is paid at once, so that accounts between two postings are in balance on each day. */
async function expectNothingBetween(till: Till): Promise<void> {
  const postings = await journal(till);
  for (const date of new Set(postings.map((posting) => posting.date))) {
    const balances = accountBalances(postings.filter((posting) => posting.date === date));
    for (const account of ['orders', 'vendor_goods', 'gift_card_sales'] as const)
      expect([date, account, text(balances.get(account) ?? ZERO)]).toEqual([date, account, '0.00']);
  }
}

/** Runs an operation that a rule of the shop may reject, for example a refund of what is refunded already. */
async function attempt<Answer>(work: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PosProError && error.status < 500) return undefined;
    throw error;
  }
}

const SALE = fc.record({
  kind: fc.constant('sale' as const),
  skus: fc.array(fc.constantFrom('CUP', 'TEA', 'VASE', 'CARD', 'SPA'), { minLength: 1, maxLength: 3 }),
  tender: fc.constantFrom('cash', 'card', 'credit', 'gift_card', 'store_credit'),
  percent: fc.constantFrom(0, 0, 7, 33),
});
const REFUND = fc.record({
  kind: fc.constant('refund' as const),
  order: fc.nat({ max: 9 }),
  whole: fc.boolean(),
  method: fc.constantFrom(undefined, 'cash', 'store_credit', 'gift_card', 'credit'),
});
const OTHER = fc.record({
  kind: fc.constantFrom('stock', 'grant', 'card', 'cash_in', 'cash_out', 'account', 'time', 'fee', 'payout'),
  value: fc.integer({ min: 1, max: 2_000 }).map((cents) => new Decimal(cents).dividedBy(100)),
});

/** Runs steps in a shop, and closes its register with a difference. @param run runs an operation of a step. */
async function trade(
  till: Till & { vendorId: string },
  steps: readonly (
    | { kind: 'sale'; skus: string[]; tender: string; percent: number }
    | { kind: 'refund'; order: number; whole: boolean; method: string | undefined }
    | { kind: string; value: Decimal }
  )[],
  run: <Answer>(work: () => Promise<Answer>) => Promise<Answer | undefined> = attempt,
): Promise<void> {
  const { ctx, registerId, customerId } = till;
  const orders: Awaited<ReturnType<typeof sell>>['order'][] = [];
  const codes: string[] = [];
  for (const [index, step] of steps.entries()) {
    if ('skus' in step) {
      const giftCard = { method: 'gift_card' as const, giftCardCode: codes.at(-1), amount: amount(5) };
      const payment =
        step.tender === 'gift_card'
          ? { payments: [giftCard, { method: 'cash' as const, amount: amount(1_000) }] }
          : { paymentMethod: step.tender as 'cash' };
      const sold = await run(() =>
        checkout(till.ctx, {
          ...{ items: step.skus.map((sku) => ({ sku })), registerId, customerId, ...payment },
          ...(step.percent === 0 ? {} : { discount: { percent: amount(step.percent) } }),
        }),
      );
      if (!sold) continue;
      orders.push(sold.order);
      codes.push(...(sold.giftCards ?? []).flatMap((card) => withCode(ctx, card).code ?? []));
    } else if ('whole' in step) {
      const order = orders[step.order % Math.max(orders.length, 1)];
      if (!order) continue;
      const how = { registerId, method: step.method as 'cash' };
      await run(() =>
        step.whole
          ? refundOrder(till.ctx, order.id, how)
          : partiallyRefundOrder(till.ctx, order.id, {
              ...how,
              items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }],
            }),
      );
    } else await run(tradeOther(till, step, index));
  }
  await closeRegister(till.ctx, { registerId, countedCash: amount('77.77') });
}

function tradeOther(
  till: Till & { vendorId: string },
  { kind, value }: { kind: string; value: Decimal },
  index: number,
): () => Promise<unknown> {
  const { ctx, registerId, customerId, vendorId } = till;
  const work: Record<string, () => Promise<unknown>> = {
    stock: () => adjustStock(ctx, { sku: 'CUP', quantity: value.floor().minus(10), reason: 'damage' }),
    grant: () => grantStoreCreditByHand(ctx, customerId, { amount: value }),
    card: () => issueGiftCard(ctx, { amount: value }),
    cash_in: () => moveCash(ctx, 'cash_in', { registerId, amount: value, reason: 'Coins' }),
    cash_out: () => moveCash(ctx, 'cash_out', { registerId, amount: value, reason: 'Bank' }),
    account: () => recordCreditPayment(ctx, customerId, { amount: value, method: 'bank_transfer' }),
    time: () => {
      clock.advance(value.floor().plus(1).toNumber() * 7 * HOUR_MS);
      return Promise.resolve();
    },
    payout: () => payoutVendor(ctx, vendorId, {}),
    fee: () =>
      importSettlement(ctx, {
        provider: 'sandbox',
        items: [
          {
            ...{ payoutReference: 'po', currency: 'EUR', occurredAt: ctx.clock.now().toISOString() },
            ...{ transactionReference: `fee${index}`, kind: 'fee', gross: value.negated().toFixed(2) },
          },
        ],
      }),
  };
  return work[kind]!;
}

it('F6: agrees with profit and loss, tax, cash flow and liabilities to the cent, whatever is sold, refunded and paid', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 3, arbitrary: SALE }, REFUND, OTHER), { minLength: 4, maxLength: 16 }),
      fc.boolean(),
      async (steps, pricesIncludeTax) => {
        clock.set(JANUARY);
        const till = await openShop(pricesIncludeTax);
        await trade(till, steps);
        await expectAgreement(till);
        await expectNothingBetween(till);
      },
    ),
    { numRuns: 12, verbose: true },
  );
}, 180_000);

it('posts all kinds that a till has, and agrees with the reports', async () => {
  const till = await openShop();
  const value = amount(5);
  const sale = (skus: string[], tender: string) => ({ kind: 'sale' as const, skus, tender, percent: 7 });
  const refund = (order: number, method?: string) => ({
    ...{ kind: 'refund' as const, order, whole: false, method },
  });
  const steps = [
    ...[
      sale(['CUP', 'TEA'], 'cash'),
      sale(['VASE'], 'card'),
      sale(['CUP'], 'credit'),
      sale(['CARD'], 'cash'),
    ],
    ...[sale(['SPA'], 'cash'), sale(['CUP', 'TEA'], 'gift_card')],
    ...['stock', 'card', 'cash_in', 'cash_out', 'account', 'fee', 'payout', 'grant'].map((kind) => ({
      kind,
      value,
    })),
    ...[sale(['TEA'], 'store_credit'), refund(0, 'gift_card'), refund(3), refund(5)],
  ];
  await trade(till, steps, (work) => work());
  await expectAgreement(till);
  const kinds = new Set((await journal(till)).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual([
    ...[
      'account_payments',
      'account_sales',
      'cash_in',
      'cash_out',
      'cash_short',
      'commission',
      'commission_tax',
    ],
    ...[
      'cost_of_goods',
      'discounts',
      'gift_card_grants',
      'gift_card_payments',
      'gift_card_sales',
      'gift_card_tax',
    ],
    ...[
      'gift_cards_issued',
      'payment_fees',
      'payment_refunds',
      'payments',
      'refunds',
      'refunds_tax',
      'sales',
    ],
    ...[
      'sales_tax',
      'shrinkage',
      'store_credit_grants',
      'store_credit_payments',
      'vendor_goods',
      'vendor_goods_tax',
      'vendor_payouts',
      'vendor_sales',
    ],
  ]);
});

it('lists the postings of a branch alone, and the newest day first if asked', async () => {
  const till = await openShop();
  await sell(till, 'CUP');
  clock.advance(24 * HOUR_MS);
  await sell(till, 'TEA');
  const newest = await journal(till, DAYS, { sort: '-date' });
  expect([...new Set(newest.map(({ date }) => date))]).toEqual(['2026-01-11', '2026-01-10']);
  expect(await journal(till, DAYS, { branchId: till.branchId })).toHaveLength(newest.length);
  const { id: branchId } = await createBranch(till.ctx, { name: 'Harbour' });
  expect(await journal(till, DAYS, { branchId })).toEqual([]);
  expect(await journal(till, { from: '2026-01-11', to: '2026-01-11' })).toHaveLength(newest.length / 2);
  const stranger = await openTill(db, {});
  await expectError('NOT_FOUND', accountingJournal(till.ctx, { branchId: stranger.branchId }));
  expect(await journal(stranger)).toEqual([]);
});
