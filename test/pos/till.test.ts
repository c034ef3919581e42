/** What a till does beside selling: scan, returns without a receipt, receipts, the report of the day, and the face of it all. */
import { graphql, parse, validate, type ExecutionResult } from 'graphql';
import type { RequestContext } from '#kernel/context';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { sum } from '#kernel/decimal';
import { refundOrder } from '#subgraphs/orders/index';
import { subgraph as ordersSubgraph } from '#subgraphs/orders/subgraph';
import { checkout, returnItems } from '#subgraphs/pos/index';
import { dailySalesReport } from '#subgraphs/pos/reports/daily-sales-report';
import { printReceipt } from '#subgraphs/pos/receipts/print-receipt';
import { recentlyScannedProducts, writeScans } from '#subgraphs/pos/scanning/recent-scans.worker';
import { scanProduct } from '#subgraphs/pos/scanning/scan-product';
import { subgraph as posSubgraph } from '#subgraphs/pos/subgraph';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, errorOf, figures, openTill, rowCounts, type Till } from '#test/pos/kit';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
});
afterAll(() => db.close());

const item = (sku: string, quantity: number | string) => ({ sku, quantity: amount(quantity) });
const cash = (value: number | string) => ({ method: 'cash', amount: amount(value) });
const card = (value: number | string) => ({ method: 'card', amount: amount(value), reference: 'T-9' });

describe('a scan', () => {
  it('finds the item with price, tax and stock', async () => {
    expect(await scanProduct(till.ctx, ' 4006381333931 ')).toMatchObject({
      productId: till.items.TEA!.productId, variantId: till.items.TEA!.variantId, sku: 'TEA', name: 'Product TEA', currency: 'EUR',
      taxIncluded: true, unitPrice: amount('3.5'), taxRate: amount(19), quantity: amount(1), available: amount(1000), unit: 'piece',
    }); // prettier-ignore
    expect(await scanProduct(till.ctx, '04006381333931')).toMatchObject({ sku: 'TEA' });
  });

  it.each(['999', '', 'x'.repeat(500), "'; drop table orders; --"])('of %p answers 404', async (barcode) => {
    const error = await errorOf(scanProduct(till.ctx, barcode));
    expect([error.code, error.status]).toEqual(['PRODUCT_NOT_FOUND', 404]);
  });

  it('is remembered for its cashier, the latest first, each item once', async () => {
    const shop = await openTill(db, {}, [
      { sku: 'A', price: '1', barcode: '11111111', stock: '5' },
      { sku: 'B', price: '2', barcode: '22222222', service: true },
    ]);
    for (const barcode of ['11111111', '22222222', '11111111']) {
      await scanProduct(shop.ctx, barcode);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const recent = await recentlyScannedProducts(shop.ctx);
    expect(recent.map(({ sku, available }) => `${sku} ${available?.toFixed() ?? 'unstocked'}`)).toEqual([
      'A 5',
      'B unstocked',
    ]);
    await scanProduct(shop.ctx, '22222222');
    await writeScans(db.services);
    expect((await recentlyScannedProducts(shop.ctx, 1)).map(({ sku }) => sku)).toEqual(['B']);
    const colleague = db.contextFor({ ...shop.actor, userId: shop.ctx.ids.next() });
    expect(await recentlyScannedProducts(colleague)).toEqual([]);
  });
});

describe('a return without a receipt', () => {
  it('pays out, takes goods back at the average cost, and is an order of its own', async () => {
    const { order, payments } = await returnItems(till.ctx, {
      items: [{ sku: 'TEA', unitPrice: amount('3.00') }, item('DELIVERY', 1)],
      reason: 'Present',
    });
    expect(order).toMatchObject({
      kind: 'return',
      originalOrderId: null,
      reason: 'Present',
      registerSessionId: till.sessionId,
    });
    expect(figures(order)).toMatchObject({ total: '-7.9', taxTotal: '-1.26', paid: '-7.9' });
    expect(order.lines.map((line) => line.unitCost?.toFixed() ?? null)).toEqual(['1.2', null]);
    expect(payments.map(({ method, amount: out }) => `${method} ${out.toFixed()}`)).toEqual(['cash -7.9']);
  });

  it('pays out as wished, on an account too', async () => {
    const parts = { payments: [card('1.00'), cash('2.50')] };
    const { payments } = await returnItems(till.ctx, { items: [item('TEA', 1)], reason: 'x', ...parts });
    expect(payments.map(({ method, amount: out }) => `${method} ${out.toFixed()}`)).toEqual([
      'card -1',
      'cash -2.5',
    ]);
    const credited = { method: 'credit', customerId: till.customerId };
    expect(
      (await returnItems(till.ctx, { items: [item('TEA', 1)], reason: 'x', ...credited })).payments[0]!
        .method,
    ).toBe('credit');
  });

  it.each([
    ['nothing', { items: [] }, 'items'],
    ['no reason', { items: [item('TEA', 1)], reason: ' ' }, 'reason'],
    ['payments that do not add up', { items: [item('TEA', 1)], payments: [cash(1)] }, 'payments'],
    ['an account without a customer', { items: [item('TEA', 1)], method: 'credit' }, 'customerId'],
    ['an unknown kind of tender', { items: [item('TEA', 1)], method: 'shells' }, 'payments.0.method'],
    ['an unknown item', { items: [item('NONSENSE', 1)] }, 'items.0'],
  ])('refuses %s and writes nothing', async (_, input, field) => {
    const before = await rowCounts(db);
    const error = await errorOf(returnItems(till.ctx, { reason: 'x', ...input }));
    expect([error.status, error.errors?.[0]?.field]).toEqual([422, field]);
    expect(await rowCounts(db)).toEqual(before);
  });
});

describe('a receipt', () => {
  it('has 42 columns, and says of every print after the first that it is a copy', async () => {
    const shop = await openTill(db, { taxNumber: 'DE123456789' });
    const { order } = await checkout(shop.ctx, {
      items: [{ ...item('TEA', 2), discount: { percent: amount(10) } }, item('CHEESE', '0.350')],
      payments: [card('3.27'), cash(20)],
      createdAt: new Date(),
    });
    const first = await printReceipt(shop.ctx, order.id, 'text');
    expect(first).toMatchObject({
      receiptNumber: 'MAIN-R0000001',
      format: 'text',
      encoding: 'utf-8',
      copy: 1,
    });
    const lines = first.content.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(42);
    const shown = lines
      .filter((line) => !line.startsWith('Date') && !line.startsWith('Cashier'))
      .map((line) => line.replace(/\s+/g, ' ').trim());
    expect(shown).toEqual([
      'Corner Shop', 'Main Street', '1 Main Street', '10115 Berlin', 'Tax no. DE123456789', '-'.repeat(42),
      'Receipt MAIN-R0000001', 'Register Till 1', '-'.repeat(42),
      'Product TEA 7.00', '2 x 3.50', 'Discount -0.70', 'Product CHEESE 6.97', '0.35 kg x 19.90', '-'.repeat(42),
      'Subtotal 13.97', 'Discounts -0.70', 'TOTAL EUR 13.27', '-'.repeat(42),
      'Card T-9 3.27', 'Cash 20.00', 'Change 10.00', '-'.repeat(42),
      'Tax Net Amount', '7 % 6.51 0.46', '19 % 5.29 1.01', '-'.repeat(42), 'Thank you', '',
    ]); // prettier-ignore
    const second = await printReceipt(shop.ctx, order.id, 'text');
    expect([second.copy, second.content.includes('*** COPY 1 ***')]).toEqual([2, true]);
    const html = await printReceipt(shop.ctx, order.id, 'html');
    expect([html.copy, html.content.startsWith('<!doctype html>'), html.content.includes('COPY 2')]).toEqual([
      3,
      true,
      true,
    ]);
  });

  it('names the sale that is given back, and cannot be broken by a name', async () => {
    const shop = await openTill(db, { name: 'A <b> & "Sons"' });
    const { order } = await checkout(shop.ctx, { items: [item('TEA', 1)], paymentMethod: 'cash' });
    const back = await refundOrder(shop.as(), order.id);
    const receipt = await printReceipt(shop.ctx, back.order.id, 'text');
    expect(receipt.content).toMatch(/\*\*\* RETURN \*\*\*/);
    expect(receipt.content).toMatch(/For receipt +MAIN-R0000001/);
    expect(receipt.content).toMatch(/TOTAL EUR +-3\.50/);
    expect((await printReceipt(shop.ctx, back.order.id, 'html')).content).toContain(
      'A &lt;b&gt; &amp; &quot;Sons&quot;',
    );
  });

  it('is refused for an order that is not there', async () => {
    const error = await errorOf(printReceipt(till.ctx, till.ctx.ids.next(), 'escpos'));
    expect([error.code, error.status]).toEqual(['NOT_FOUND', 404]);
    expect((await errorOf(printReceipt(till.ctx, 'nonsense', 'text'))).status).toBe(404);
  });
});

describe('the report of a day', () => {
  it('adds up to what was sold and given back', async () => {
    const shop = await openTill(db);
    const { order } = await checkout(shop.ctx, {
      items: [item('TEA', 4), item('BREAD', 2)],
      discount: { amount: amount(1) },
      payments: [cash(50)],
    });
    await checkout(shop.ctx, { items: [item('TEA', 1)], paymentMethod: 'card' });
    await refundOrder(shop.as(), order.id);
    const { figures: day, payments, date } = await dailySalesReport(shop.ctx, {});
    expect(date).toBe(order.businessDate);
    expect(figures(day)).toEqual({
      gross: '23.48', discounts: '1', refunds: '18.98', net: '3.5', rounding: '0', unitsSold: '7', unitsReturned: '6',
      voids: '0', tips: '0',
    }); // prettier-ignore
    expect([day.sales, day.returns]).toEqual([2, 1]);
    expect(sum(day.taxes.map(({ net, tax }) => net.plus(tax))).toFixed()).toBe('3.5');
    expect(payments.map(({ method, count, amount: kept }) => `${method} ${count} ${kept.toFixed()}`)).toEqual(
      ['card 1 3.5', 'cash 2 0'],
    );
    expect(sum(day.hours.map(({ net }) => net)).toFixed()).toBe('3.5');
    const yesterday = await dailySalesReport(shop.ctx, { date: '2020-01-01' });
    expect([yesterday.figures.sales, yesterday.figures.net.toFixed(), yesterday.payments]).toEqual([
      0,
      '0',
      [],
    ]);
  });
});

describe('the graph', () => {
  const pos = buildSubgraph(posSubgraph);
  const orders = buildSubgraph(ordersSubgraph);

  async function ask(
    schema: typeof pos,
    ctx: RequestContext,
    source: string,
    variableValues: Record<string, unknown> = {},
  ) {
    expect(validate(schema, parse(source))).toEqual([]);
    return graphql({ schema, source, contextValue: ctx, variableValues }) as Promise<
      ExecutionResult<Record<string, never>>
    >;
  }

  it('shows a sale with amounts as texts, without asking the database again', async () => {
    const ctx = till.as();
    const sold = await ask(pos, ctx, 'mutation ($input: CheckoutInput!) { checkout(input: $input) { id } }', {
      input: {
        items: [{ barcode: '4006381333931', quantity: 2 }],
        payments: [{ method: 'cash', amount: '50.00' }],
      },
    });
    expect(sold.errors).toBeUndefined();
    const { id } = (sold.data as unknown as { checkout: { id: string } }).checkout;
    const many = jest.spyOn(ctx.db, 'many');
    const entities = `query ($id: ID!) { _entities(representations: [{ __typename: "Order", id: $id }]) { ... on Order {
      number status currency subtotal discountTotal taxTotal rounding total paid change pointsEarned businessDate
      items { sku quantity unitPrice discount taxRate tax total unitCost } taxes { rate net tax } customer { id } } } }`;
    const shown = await ask(
      orders,
      ctx,
      entities
        .replace('[{ __typename: "Order", id: $id }]', `[{ __typename: "Order", id: "${id}" }]`)
        .replace('query ($id: ID!) ', ''),
    );
    expect(shown.errors).toBeUndefined();
    expect(shown.data!._entities).toEqual([
      expect.objectContaining({
        status: 'completed', currency: 'EUR', subtotal: '7.00', discountTotal: '0.00', taxTotal: '1.12', rounding: '0.00', total: '7.00',
        paid: '50.00', change: '43.00', pointsEarned: 0, customer: null, taxes: [{ rate: '19', net: '5.88', tax: '1.12' }],
        items: [{ sku: 'TEA', quantity: '2', unitPrice: '3.50', discount: '0.00', taxRate: '19', tax: '1.12', total: '7.00', unitCost: '1.2' }],
      }),
    ]); // prettier-ignore
    expect(many).not.toHaveBeenCalled();
    const seen = await ask(
      orders,
      till.as(['orders:read']),
      `{ order(id: "${id}") { items { unitCost } originalOrder { id } returns { total } } }`,
    );
    expect(seen.data).toEqual({
      order: { items: [{ unitCost: null }], originalOrder: null, returns: { total: 0 } },
    });
    expect(
      seen.errors!.map(({ path, originalError }) => [path, (originalError as { code?: string }).code]),
    ).toEqual([[['order', 'items', 0, 'unitCost'], 'FORBIDDEN']]);
  });

  it('answers scan, totals, checks and the day', async () => {
    const scan = await ask(
      pos,
      till.as(),
      '{ scanProduct(barcode: "4006381333931") { id productId price taxIncluded quantity available scannedAt } }',
    );
    expect(scan.data!.scanProduct).toMatchObject({
      price: '3.50',
      taxIncluded: true,
      quantity: '1',
      scannedAt: null,
    });
    const input = { items: [{ sku: 'TEA', quantity: 1, discount: { percent: 10 } }] };
    const totals = await ask(
      pos,
      till.as(),
      `query ($input: CheckoutInput!) {
      calculateCheckout(input: $input) { total due discountTotal items { sku total } taxes { rate tax } }
      validateCheckout(input: $input) { valid issues { code } } }`,
      { input },
    );
    expect(totals).toEqual({
      data: {
        calculateCheckout: {
          total: '3.15',
          due: '3.15',
          discountTotal: '0.35',
          items: [{ sku: 'TEA', total: '3.15' }],
          taxes: [{ rate: '19', tax: '0.50' }],
        },
        validateCheckout: { valid: true, issues: [] },
      },
    });
    const day = await ask(
      pos,
      till.as(),
      '{ dailySalesReport { currency salesCount netSales averageSale payments { method amount } hours { hour netSales } } }',
    );
    expect(day.errors).toBeUndefined();
  });

  it('names the fields of a basket as the caller does', async () => {
    const query = 'query ($input: CheckoutInput!) { validateCheckout(input: $input) { issues { field } } }';
    const input = { items: [{ sku: 'TEA', quantity: 1, unitPrice: '-1' }] };
    const ctx = till.as();
    const overRest: RequestContext = { ...ctx, request: { ...ctx.request, names: 'rest' } };
    expect(await ask(pos, ctx, query, { input })).toEqual({
      data: { validateCheckout: { issues: [{ field: 'items.0.unitPrice' }] } },
    });
    expect(await ask(pos, overRest, query, { input })).toEqual({
      data: { validateCheckout: { issues: [{ field: 'items.0.unit_price' }] } },
    });
  });

  it('lists many orders with their lines in two queries', async () => {
    const ctx = till.as();
    const many = jest.spyOn(ctx.db, 'many');
    const list = await ask(
      orders,
      ctx,
      '{ orders(size: 50) { items { id items { sku } taxes { tax } } nextCursor } }',
    );
    expect(list.errors).toBeUndefined();
    expect(many).toHaveBeenCalledTimes(2);
  });

  it.each([
    [orders, '{ orders { total } }', ['pos:sell']],
    [orders, 'mutation { refundOrder(id: "x") { id } }', ['pos:sell', 'orders:read']],
    [pos, '{ dailySalesReport { date } }', ['pos:sell']],
    [pos, 'mutation { returnItems(input: { items: [], reason: "x" }) { id } }', ['pos:sell']],
    [pos, '{ scanProduct(barcode: "1") { id } }', ['orders:read']],
  ] as const)('refuses who may not', async (schema, source, scopes) => {
    const { errors } = await ask(schema, till.as(scopes), source);
    expect(errors?.[0]?.originalError).toMatchObject({ code: 'FORBIDDEN' });
  });
});
