/** Whatever a day brings, in whatever order: stock, drawer, orders and Z-report agree to the cent. */
import fc from 'fast-check';
import { type Decimal, ZERO } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { adjustStock } from '#subgraphs/inventory/stock/adjustments';
import { partiallyRefundOrder, refundOrder, type FullOrder } from '#subgraphs/orders/index';
import { createUser } from '#subgraphs/auth/index';
import { transact } from '#kernel/db/transact';
import { createPriceList, setListedPrices } from '#subgraphs/catalog/prices/price-lists';
import { checkout, parkBasket, returnItems } from '#subgraphs/pos/index';
import { recallBasket } from '#subgraphs/pos/parked-sales/parked-sales';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { acknowledgeConflict, listConflicts } from '#subgraphs/pos/offline/offline-conflicts';
import { exchangeItems } from '#subgraphs/pos/returns/exchange';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import {
  closeRegister,
  handOver,
  insertRegisters,
  moveCash,
  openRegister,
  openSessionFor,
  type RegisterReport,
} from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { checkAccount, checkOrders, checkReport, checkStock } from '#test/pos/agreement';
import { checkDays } from '#test/pos/day-figures';
import { openTill, type Article, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';
import type {
  CheckoutPaymentInput,
  OfflineSaleInput,
  PaymentMethodKind,
  TipInput,
} from '#subgraphs/pos/inputs.generated';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const ARTICLES: readonly Article[] = [
  { sku: 'A', price: '1.03', stock: '30', cost: '0.40' },
  { sku: 'B', price: '2.99', tax: '7', stock: '30', cost: '1.10' },
  { sku: 'C', price: '19.9', tax: '7', stock: '30', cost: '11', unit: 'kg', places: 3 },
  { sku: 'S', price: '4.9', service: true },
];

const sku = fc.constantFrom('A', 'B', 'C', 'S');
const pieces = fc.integer({ min: 1, max: 6 });
const lines = fc.array(fc.record({ sku, quantity: pieces, off: fc.constantFrom(0, 0, 10, 33) }), {
  minLength: 1,
  maxLength: 4,
});
const pick = fc.integer({ min: 0, max: 100 });
const cents = fc.integer({ min: 1, max: 3000 });

/** How a refund is wished for; the way the money came where nothing is said. */
const wish = fc.constantFrom(null, null, 'cash', 'card', 'credit');

const command = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('sell' as const),
      lines,
      off: fc.constantFrom(0, 5),
      byCard: fc.integer({ min: 0, max: 100 }),
      onAccount: fc.constantFrom(false, false, false, true),
      extra: cents,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('giveBackPart' as const),
      pick,
      line: pick,
      quantity: pieces,
      wish,
      next: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('giveBack' as const), pick, wish, next: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('offline' as const),
      baskets: fc.array(
        fc.record({ lines, method: fc.constantFrom('cash', 'card', 'barter', 'odd'), odd: cents }),
        { minLength: 1, maxLength: 3 },
      ),
      twice: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('takeBack' as const), sku, quantity: pieces }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('adjust' as const),
      sku: fc.constantFrom('A', 'B', 'C'),
      quantity: fc.integer({ min: -5, max: 5 }).filter((n) => n !== 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('cash_in' as const, 'cash_out' as const), cents }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('undo' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('exchange' as const),
      pick,
      line: pick,
      quantity: pieces,
      sku,
      receipt: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('park' as const), lines, takeUp: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('handOver' as const), counted: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('practise' as const), lines }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const) }) },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

interface Day {
  till: Till;
  /** Who the register is handed on to. */
  colleagues: string[];
  sales: FullOrder[];
  reports: RegisterReport[];
  cashIn: Decimal;
  cashOut: Decimal;
  /** Another register, which has a session of its own and pays out only. */
  secondId: string;
}

async function colleagueOf({ organizationId, branchId, ctx }: Till): Promise<string> {
  const id = ctx.ids.next();
  await createUser(db.services, {
    id,
    organizationId,
    email: `${id}@example.com`,
    name: 'Colleague',
    role: 'cashier',
    branchId,
  });
  return id;
}

/** Refusals are a part of the day; anything else is a fault. */
async function tolerate<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PosProError && error.status < 500) return undefined;
    throw error;
  }
}

async function sell(
  day: Day,
  { lines: sold, off, byCard, onAccount, extra }: Extract<Command, { type: 'sell' }>,
): Promise<void> {
  const tip: TipInput | null =
    extra % 4 === 0 ? { method: extra % 8 === 0 ? 'cash' : 'card', amount: amount(extra % 5).plus(1) } : null;
  const items = sold.map((line) => ({
    sku: line.sku,
    quantity: amount(line.quantity),
    discount: { percent: amount(line.off) },
  }));
  // So little by card that the rest is always cash, which gives change.
  const payments: CheckoutPaymentInput[] = byCard > 60 ? [] : [{ method: 'card', amount: amount('0.50') }];
  payments.push({ method: 'cash', amount: amount(1000).plus(amount(extra).div(100)) });
  const input = { items, discount: { percent: amount(off) } };
  const whole = onAccount
    ? { paymentMethod: 'credit' as const }
    : byCard > 90
      ? { paymentMethod: 'card' as const }
      : { payments };
  const customerId = onAccount || extra % 3 === 0 ? day.till.customerId : null;
  const written = await tolerate(
    checkout(day.till.ctx, { ...input, ...whole, customerId, tip, registerId: day.till.registerId }),
  );
  if (written) day.sales.push(written.order);
}

async function giveBackPart(day: Day, step: Extract<Command, { type: 'giveBackPart' }>): Promise<void> {
  const sale = day.sales[step.pick % Math.max(day.sales.length, 1)];
  const line = sale?.lines[step.line % sale.lines.length];
  if (!sale || !line) return;
  const items = [{ itemId: line.id, quantity: amount(step.quantity) }];
  await tolerate(
    partiallyRefundOrder(day.till.ctx, sale.id, {
      items,
      method: step.wish,
      registerId: step.next ? day.secondId : day.till.registerId,
    }),
  );
}

async function giveBack(
  { till, sales, secondId }: Day,
  step: Extract<Command, { type: 'giveBack' }>,
): Promise<void> {
  const sale = sales[step.pick % Math.max(sales.length, 1)];
  if (sale)
    await tolerate(
      refundOrder(till.ctx, sale.id, {
        method: step.wish,
        registerId: step.next ? secondId : till.registerId,
      }),
    );
}

async function takeBack({ till }: Day, step: Extract<Command, { type: 'takeBack' }>): Promise<void> {
  const items = [{ sku: step.sku, quantity: amount(step.quantity) }];
  await tolerate(returnItems(till.ctx, { items, reason: 'no receipt', registerId: till.registerId }));
}

async function undo({ till, sales }: Day, pick: number): Promise<void> {
  const sale = sales[pick % Math.max(sales.length, 1)];
  if (sale) await tolerate(voidOrder(till.ctx, sale.id, { reason: 'rung up twice' }));
}

async function exchange(day: Day, step: Extract<Command, { type: 'exchange' }>): Promise<void> {
  const sale = day.sales[step.pick % Math.max(day.sales.length, 1)];
  const line = sale?.lines[step.line % sale.lines.length];
  const quantity = amount(step.quantity);
  const back =
    step.receipt && sale && line
      ? { orderId: sale.id, returned: [{ itemId: line.id, quantity }] }
      : undefined;
  const input = {
    ...(back ?? { returned: [{ sku: 'A', quantity }] }),
    reason: 'another one',
    items: [{ sku: step.sku, quantity: amount(1) }],
    registerId: day.till.registerId,
  };
  // What the new goods cost more is paid in cash, with change.
  const done = await tolerate(
    exchangeItems(day.till.ctx, { ...input, payments: [{ method: 'cash', amount: amount(50) }] }),
  );
  if (done) day.sales.push(done.sold.order);
}

async function park(day: Day, { lines: kept, takeUp }: Extract<Command, { type: 'park' }>): Promise<void> {
  const items = kept.map((line) => ({
    sku: line.sku,
    quantity: amount(line.quantity),
    discount: { percent: amount(line.off) },
  }));
  const { id } = await parkBasket(day.till.ctx, { items, registerId: day.till.registerId });
  if (!takeUp) return;
  const { basket } = await recallBasket(day.till.ctx, id);
  const written = await tolerate(
    checkout(day.till.ctx, { ...basket, paymentMethod: 'card', registerId: day.till.registerId }),
  );
  if (written) day.sales.push(written.order);
}

/** Offline sales are received later, sometimes twice; one with an invalid payment is rejected by itself. */
async function comeIn(day: Day, { baskets, twice }: Extract<Command, { type: 'offline' }>): Promise<void> {
  const { till } = day;
  const sales = baskets.map(({ lines: sold, method, odd }): OfflineSaleInput => ({
    clientReference: till.ctx.ids.next(),
    items: sold.map((line) => ({
      sku: line.sku,
      quantity: amount(line.quantity),
      discount: { percent: amount(line.off) },
    })),
    // What a till took, whatever was to be paid.
    ...(method === 'odd'
      ? { payments: [{ method: odd % 3 === 0 ? 'card' : 'cash', amount: amount(odd).div(100) }] }
      : { paymentMethod: method as PaymentMethodKind }),
    registerId: till.registerId,
  }));
  const results = await bookOfflineSales(till.ctx, sales);
  expect(results.map(({ status }) => status === 'rejected')).toEqual(
    baskets.map(({ method }) => method === 'barter'),
  );
  day.sales.push(...results.flatMap(({ posted }) => (posted ? [posted.order] : [])));
  if (!twice) return acknowledge(day, baskets.length);
  const again = await bookOfflineSales(till.ctx, sales);
  expect(again.map(({ posted }) => posted?.order.id)).toEqual(results.map(({ posted }) => posted?.order.id));
}

/** A manager acknowledges one of the open conflicts. */
async function acknowledge({ till }: Day, pick: number): Promise<void> {
  const { items } = await listConflicts(till.ctx, { acknowledged: false });
  const conflict = items[pick % Math.max(items.length, 1)];
  if (conflict) await acknowledgeConflict(till.ctx, conflict.id, 'seen');
}

/** From one colleague to the next, now and then with a count. */
async function passOn({ till, colleagues }: Day, counted: boolean): Promise<void> {
  const { cashierId, expectedCash } = await openSessionFor(till.ctx.db, till.ctx, till.registerId);
  const next = colleagues.find((id) => id !== cashierId)!;
  const found = counted && !expectedCash.isNegative() ? { countedCash: expectedCash } : {};
  await handOver(till.ctx, { toUserId: next, registerId: till.registerId, ...found });
}

/** A training session between two sessions must leave no trace. */
async function practise(day: Day, { lines: sold }: Extract<Command, { type: 'practise' }>): Promise<void> {
  const { registerId } = day.till;
  await closeDay(day);
  await openRegister(day.till.ctx, { registerId, openingFloat: amount(20), training: true });
  const items = sold.map((line) => ({ sku: line.sku, quantity: amount(line.quantity) }));
  const { order } = await checkout(day.till.ctx, { items, paymentMethod: 'cash' as const, registerId });
  expect(order.number).toBe('TRAINING');
  await closeRegister(day.till.ctx, { registerId, countedCash: amount(20) });
  await openRegister(day.till.ctx, { registerId, openingFloat: amount(100) });
}

async function move(day: Day, type: 'cash_in' | 'cash_out', moved: Decimal): Promise<void> {
  const done = await tolerate(
    moveCash(day.till.ctx, type, { amount: moved, reason: 'change', registerId: day.till.registerId }),
  );
  if (!done) return;
  if (type === 'cash_in') day.cashIn = day.cashIn.plus(moved);
  else day.cashOut = day.cashOut.plus(moved);
}

async function run(day: Day, step: Command): Promise<void> {
  const { till } = day;
  const ctx = till.ctx;
  switch (step.type) {
    case 'sell':
      return sell(day, step);
    case 'giveBackPart':
      return giveBackPart(day, step);
    case 'giveBack':
      return giveBack(day, step);
    case 'takeBack':
      return takeBack(day, step);
    case 'adjust': {
      const { variantId } = till.items[step.sku]!;
      await tolerate(adjustStock(ctx, { variantId, quantity: amount(step.quantity), reason: 'correction' }));
      return;
    }
    case 'cash_in':
    case 'cash_out':
      return move(day, step.type, amount(step.cents).div(100));
    case 'close':
      await closeDay(day);
      await openRegister(ctx, { registerId: till.registerId, openingFloat: amount(100) });
      return;
    case 'undo':
    case 'exchange':
    case 'park':
    case 'handOver':
    case 'practise':
    case 'offline':
      return runCounter(day, step);
  }
}

/** What happens at a counter beside plain sales and returns. */
function runCounter(
  day: Day,
  step: Extract<Command, { type: 'undo' | 'exchange' | 'park' | 'handOver' | 'practise' | 'offline' }>,
): Promise<void> {
  switch (step.type) {
    case 'undo':
      return undo(day, step.pick);
    case 'exchange':
      return exchange(day, step);
    case 'park':
      return park(day, step);
    case 'handOver':
      return passOn(day, step.counted);
    case 'practise':
      return practise(day, step);
    case 'offline':
      return comeIn(day, step);
  }
}

async function closeDay(day: Day): Promise<void> {
  const report = await closeRegister(day.till.ctx, {
    registerId: day.till.registerId,
    countedCash: amount(100),
  });
  day.reports.push(report);
  expect(report.cashIn.toFixed()).toBe(day.cashIn.toFixed());
  expect(report.cashOut.toFixed()).toBe(day.cashOut.toFixed());
  day.cashIn = day.cashOut = ZERO;
  await checkReport(day.till, report);
}

/** From three on, A is cheaper. */
async function listPrices(till: Till): Promise<void> {
  const { id } = await createPriceList(till.ctx, { name: 'By the dozen' });
  await setListedPrices(till.ctx, id, [{ sku: 'A', price: amount('0.97'), minQuantity: amount(3) }]);
}

it('agrees after any sequence of commands', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { minLength: 5, maxLength: 25 }),
      fc.boolean(),
      fc.boolean(),
      async (steps, rounded, inclusive) => {
        const settings = {
          currency: rounded ? 'CHF' : 'EUR',
          cashRoundingStep: amount(rounded ? '0.05' : 0),
          pricesIncludeTax: inclusive,
        };
        const till = await openTill(db, { ...settings, articles: ARTICLES });
        await listPrices(till);
        const colleagues = [await colleagueOf(till), await colleagueOf(till)];
        const secondId = till.ctx.ids.next();
        await transact(till.ctx, (tx) =>
          insertRegisters(tx, [
            {
              id: secondId,
              branchId: till.branchId,
              name: 'Till 2',
              code: 'T2',
              currency: settings.currency,
            },
          ]),
        );
        await openRegister(till.ctx, { registerId: secondId, openingFloat: amount(500) });
        const day: Day = { secondId, till, colleagues, sales: [], reports: [], cashIn: ZERO, cashOut: ZERO };
        for (const step of steps) await run(day, step);
        await closeDay(day);
        const second = await closeRegister(till.ctx, { registerId: secondId, countedCash: amount(500) });
        await checkReport(till, second);
        await checkOrders(day.till, settings.cashRoundingStep);
        await checkDays(day.till);
        await checkStock(day.till);
        await checkAccount(day.till);
        expect(day.reports.map(({ number }) => number)).toEqual(day.reports.map((_, index) => index + 1));
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
}, 120_000);
