/** Selling at the till in the graph. */
import { graphql, parse, validate, type ExecutionResult } from 'graphql';
import type { RequestContext } from '#kernel/context';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { subgraph as ordersSubgraph } from '#subgraphs/orders/subgraph';
import { subgraph as posSubgraph } from '#subgraphs/pos/subgraph';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { recorded } from '#test/harness/statements';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
});
afterAll(() => db.close());

describe('the graph', () => {
  const pos = buildSubgraph(posSubgraph);
  const orders = buildSubgraph(ordersSubgraph({ shippingQuotes }));

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

  it('shows a sale with amounts as texts, without reading the database again', async () => {
    const ctx = till.ctx;
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
      items { sku quantity unitPrice discount taxRate tax total unitCost } tax { rate net tax } customer { id } } } }`;
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
        status: 'completed',
        currency: 'EUR',
        subtotal: '7.00',
        discountTotal: '0.00',
        taxTotal: '1.12',
        rounding: '0.00',
        total: '7.00',
        paid: '50.00',
        change: '43.00',
        pointsEarned: 0,
        customer: null,
        tax: [{ rate: '19', net: '5.88', tax: '1.12' }],
        items: [
          {
            sku: 'TEA',
            quantity: '2',
            unitPrice: '3.50',
            discount: '0.00',
            taxRate: '19',
            tax: '1.12',
            total: '7.00',
            unitCost: '1.2',
          },
        ],
      }),
    ]);
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

  it('answers scans, totals, issues and the daily report', async () => {
    const scan = await ask(
      pos,
      till.ctx,
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
      till.ctx,
      `query ($input: CheckoutInput!) {
      calculateCheckout(input: $input) { total due discountTotal items { sku total } tax { rate tax } }
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
          tax: [{ rate: '19', tax: '0.50' }],
        },
        validateCheckout: { valid: true, issues: [] },
      },
    });
    const day = await ask(
      pos,
      till.ctx,
      '{ dailySalesReport { currency salesCount netSales averageSale payments { method amount } hours { hour netSales } } }',
    );
    expect(day.errors).toBeUndefined();
  });

  it('names the fields of a basket as the caller does', async () => {
    const query = 'query ($input: CheckoutInput!) { validateCheckout(input: $input) { issues { field } } }';
    const input = { items: [{ sku: 'TEA', quantity: 1, unitPrice: '-1' }] };
    const ctx = till.ctx;
    const overRest: RequestContext = { ...ctx, request: { ...ctx.request, names: 'rest' } };
    expect(await ask(pos, ctx, query, { input })).toEqual({
      data: { validateCheckout: { issues: [{ field: 'items.0.unitPrice' }] } },
    });
    expect(await ask(pos, overRest, query, { input })).toEqual({
      data: { validateCheckout: { issues: [{ field: 'items.0.unit_price' }] } },
    });
  });

  it('lists many orders with their lines in two queries', async () => {
    const { ctx, statements } = recorded(till.ctx);
    const list = await ask(
      orders,
      ctx,
      '{ orders(size: 50) { items { id items { sku } tax { tax } } nextCursor } }',
    );
    expect(list.errors).toBeUndefined();
    expect(statements).toHaveLength(2);
  });

  it.each([
    [orders, '{ orders { total } }', ['pos:sell']],
    [orders, 'mutation { refundOrder(id: "x") { id } }', ['pos:sell', 'orders:read']],
    [pos, '{ dailySalesReport { date } }', ['pos:sell']],
    [pos, 'mutation { returnItems(input: { items: [], reason: "x" }) { id } }', ['pos:sell']],
    [pos, '{ scanProduct(barcode: "1") { id } }', ['orders:read']],
  ] as const)('rejects callers without the permission', async (schema, source, scopes) => {
    const { errors } = await ask(schema, till.as(scopes), source);
    expect(errors?.[0]?.originalError).toMatchObject({ code: 'FORBIDDEN' });
  });
});
