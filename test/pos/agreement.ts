/** What must agree at the end of any day: stock, drawer, orders, accounts and Z-report. */
import { groupBy } from '#kernel/collections';
import { sql } from '#kernel/db/database';
import { Decimal, sum } from '#kernel/decimal';
import { linesOfOrders, type OrderLineRow, type OrderRow } from '#subgraphs/orders/index';
import type { RegisterReport } from '#subgraphs/registers/index';
import type { Till } from '#test/harness/shop';

/** Z = the sum of its orders, drawer = float + in − out + cash of sales − cash of refunds. */
export async function checkReport(till: Till, report: RegisterReport): Promise<void> {
  const orders = await till.ctx.db.many<OrderRow>(
    sql`select * from orders where register_session_id = ${report.sessionId}`,
  );
  const paid = await till.ctx.db.many<{ method: string; amount: Decimal }>(sql`
    select method, amount from payments where register_session_id = ${report.sessionId}`);
  const [sales, returns] = [
    orders.filter(({ kind }) => kind === 'sale'),
    orders.filter(({ kind }) => kind === 'return'),
  ];
  const exact = (list: readonly OrderRow[]) =>
    sum(list.map((order) => order.total.minus(order.rounding).minus(order.giftCardTotal)));
  expect([report.salesCount, report.returnsCount]).toEqual([sales.length, returns.length]);
  expect(report.grossSales.toFixed()).toBe(sum(sales.map((order) => order.grossTotal)).toFixed());
  expect(report.grossSales.minus(report.discounts).toFixed()).toBe(exact(sales).toFixed());
  expect(report.refunds.negated().plus(0).toFixed()).toBe(exact(returns).plus(0).toFixed());
  expect(report.netSales.toFixed()).toBe(exact(orders).toFixed());
  expect(report.giftCardSales.toFixed()).toBe(sum(orders.map((order) => order.giftCardTotal)).toFixed());
  const undone = returns.filter((order) => order.voids);
  expect([report.voidsCount, report.voids.toFixed()]).toEqual([
    undone.length,
    exact(undone).negated().plus(0).toFixed(),
  ]);
  const tips = (list: readonly { method: string; amount: Decimal }[]) =>
    sum(list.map((tip) => tip.amount)).toFixed();
  expect(tips(report.tips)).toBe(sum(orders.map((order) => order.tip)).toFixed());
  expect(report.rounding.toFixed()).toBe(sum(orders.map((order) => order.rounding)).toFixed());
  const ofMethod = (method: string) =>
    sum(paid.filter((payment) => payment.method === method).map((payment) => payment.amount));
  const cashTips = sum(orders.filter(({ tipMethod }) => tipMethod === 'cash').map((order) => order.tip));
  const drawer = report.openingFloat
    .plus(report.cashIn)
    .minus(report.cashOut)
    .plus(ofMethod('cash'))
    .plus(cashTips);
  expect(report.expectedCash.toFixed()).toBe(drawer.toFixed());
  // What was taken is what was to be paid, and what a till took beside that while it was offline.
  const differences = sum(orders.map((order) => order.paymentDifference ?? new Decimal(0)));
  expect(report.paymentDifferences.toFixed()).toBe(differences.toFixed());
  expect(sum(paid.map((payment) => payment.amount)).toFixed()).toBe(
    sum(orders.map((order) => order.total))
      .plus(differences)
      .toFixed(),
  );
  const waiting = await till.ctx.db.one<{ count: number; amount: Decimal }>(sql`
    select count(*)::int as count, coalesce(sum(abs(difference)), 0) as amount from offline_conflicts
    where register_session_id = ${report.sessionId} and (acknowledged_at is null or acknowledged_at > ${report.closedAt})`);
  expect([report.conflictsCount, report.conflicts.toFixed()]).toEqual([
    waiting.count,
    waiting.amount.toFixed(),
  ]);
  for (const tender of report.payments)
    expect(tender.amount.toFixed()).toBe(ofMethod(tender.method).toFixed());
  const lines = [
    ...(
      await linesOfOrders(
        till.ctx.db,
        orders.map(({ id }) => id),
      )
    ).values(),
  ].flat();
  for (const { rate, net, tax } of report.tax) {
    const ofRate = lines.filter((line) => line.taxRate.equals(rate));
    expect([net, tax].map(String)).toEqual(
      [sum(ofRate.map((line) => line.net)), sum(ofRate.map((line) => line.tax))].map(String),
    );
  }
}

/** An order's total is the sum of its parts, and a sale's returns never exceed it. */
export async function checkOrders(till: Till, step: Decimal): Promise<void> {
  const orders = await till.ctx.db.many<OrderRow>(sql`select * from orders order by id`);
  const lines = await linesOfOrders(
    till.ctx.db,
    orders.map(({ id }) => id),
  );
  const part = (order: OrderRow, name: 'total' | 'tax' | 'subtotal' | 'discount') =>
    sum(lines.get(order.id)!.map((line: OrderLineRow) => line[name]));
  for (const order of orders) {
    expect(part(order, 'total').plus(order.rounding).toFixed()).toBe(order.total.toFixed());
    expect(part(order, 'tax').toFixed()).toBe(order.taxTotal.toFixed());
    expect(part(order, 'subtotal').minus(part(order, 'discount')).toFixed()).toBe(
      order.subtotal.minus(order.discountTotal).toFixed(),
    );
    const returns = orders.filter((other) => other.originalOrderId === order.id);
    if (returns.length === 0) continue;
    const given = sum(returns.map((back) => back.total)).negated();
    if (order.status !== 'refunded') {
      expect(order.refundedTotal.toFixed()).toBe(Decimal.min(given, order.total).toFixed());
      continue;
    }
    expect(order.refundedTotal.toFixed()).toBe(order.total.toFixed());
    // Without small coins the last return may miss the total by half of the smallest one.
    expect(given.minus(order.total).abs().toNumber()).toBeLessThanOrEqual(step.dividedBy(2).toNumber());
    const back = returns.flatMap((each) => lines.get(each.id)!);
    for (const line of lines.get(order.id)!) {
      const parts = back.filter((each) => each.originalLineId === line.id);
      expect(
        sum(parts.map((each) => each.total))
          .negated()
          .toFixed(),
      ).toBe(line.total.toFixed());
    }
  }
  // Each series counts without gaps.
  const bySeries = groupBy(orders, ({ receiptNumber }) => receiptNumber!.replace(/\d+$/, ''));
  for (const [series, own] of bySeries) {
    const numbers = own.map(({ receiptNumber }) => receiptNumber).sort();
    expect(numbers).toEqual(own.map((_, index) => `${series}${String(index + 1).padStart(7, '0')}`));
  }
}

/** A level is the sum of its movements, and what was sold left the stock. */
export async function checkStock(till: Till): Promise<void> {
  const rows = await till.ctx.db.many<{
    variantId: string;
    onHand: Decimal;
    moved: Decimal;
    sold: Decimal;
    ledger: Decimal;
  }>(sql`
    select l.variant_id, l.on_hand,
      (select sum(m.quantity) from stock_movements m where m.variant_id = l.variant_id) as moved,
      (select coalesce(sum(m.quantity), 0) from stock_movements m where m.variant_id = l.variant_id and m.kind in ('sale', 'return')) as ledger,
      (select coalesce(-sum(i.quantity), 0) from order_lines i where i.variant_id = l.variant_id and i.unit_cost is not null) as sold
    from stock_levels l`);
  expect(rows).toHaveLength(3);
  for (const row of rows) {
    expect(row.onHand.toFixed()).toBe(row.moved.toFixed());
    expect(row.ledger.toFixed()).toBe(row.sold.toFixed());
  }
}

/** A customer owes what was bought on account less what went back to it, and the account's entries say the same. */
export async function checkAccount(till: Till): Promise<void> {
  const row = await till.ctx.db.one<{ owed: Decimal; entries: Decimal; paid: Decimal }>(sql`
    select c.credit_balance as owed,
      (select coalesce(sum(e.amount), 0) from customer_credit_entries e where e.customer_id = c.id) as entries,
      (select coalesce(sum(p.amount), 0) from payments p where p.customer_id = c.id and p.method = 'credit') as paid
    from customers c where c.id = ${till.customerId}`);
  expect([row.entries.toFixed(), row.paid.toFixed()]).toEqual([row.owed.toFixed(), row.owed.toFixed()]);
}
