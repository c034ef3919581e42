import { execute, parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { RequestContext } from '#kernel/context';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { createBranch } from '#subgraphs/auth/branches';
import { subgraph as inventorySubgraph } from '#subgraphs/inventory/subgraph';
import { warehouseOfBranch } from '#subgraphs/inventory/index';
import type { Scope } from '#kernel/auth/scopes';
import { userActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { recorded } from '#test/harness/statements';
import { amount } from '#test/harness/values';
import { move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
let shop: StockedShop;
let schema: GraphQLSchema;
let main: string;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openStockedShop(db, 5);
  main = shop.warehouseIds[0];
  schema = buildSubgraph(inventorySubgraph);
  await post(
    shop,
    shop.items.map((item, index) => move(main, item, index + 1, { unitCost: amount('1.255') })),
  );
});
afterAll(() => db.close());

async function ask(
  ctx: RequestContext,
  text: string,
  variableValues: Record<string, unknown> = {},
): Promise<ExecutionResult> {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  return execute({ schema, document, contextValue: ctx, variableValues });
}

async function answer(
  ctx: RequestContext,
  text: string,
  variables?: Record<string, unknown>,
): Promise<unknown> {
  const { data, errors } = await ask(ctx, text, variables);
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data));
}

const representations = (typename: string, ids: readonly string[]) =>
  ids.map((id) => ({ __typename: typename, id }));

describe('the stock of products and variants of the catalogue', () => {
  it('comes in one statement for any number', async () => {
    const { ctx, statements } = recorded(shop.ctx);
    const products = shop.items.map((item) => item.productId);
    const data = await answer(
      ctx,
      `query ($list: [_Any!]!) { _entities(representations: $list) { ... on Product { id stock { onHand reserved available levels { sku warehouse { code } } } } } }`,
      { list: representations('Product', [...products, shop.cheese.productId]) },
    );
    expect(data).toEqual({
      _entities: [
        ...shop.items.map((item, index) => ({
          id: item.productId,
          stock: {
            onHand: String(index + 1),
            reserved: '0',
            available: String(index + 1),
            levels: [{ sku: item.sku, warehouse: { code: 'MAIN' } }],
          },
        })),
        { id: shop.cheese.productId, stock: { onHand: '0', reserved: '0', available: '0', levels: [] } },
      ],
    });
    // One for the levels, one for the warehouses.
    expect(statements).toHaveLength(2);
  });

  it('is seen from the branch asked for', async () => {
    const { ctx, statements } = recorded(shop.ctx);
    const data = await answer(
      ctx,
      `query ($list: [_Any!]!, $branch: ID) { _entities(representations: $list) { ... on Variant { here: stock { available } there: stock(branchId: $branch) { available levels { onHand } } } } }`,
      { list: representations('Variant', [shop.items[1]!.variantId, 'x']), branch: shop.branchIds[1] },
    );
    expect(data).toEqual({
      _entities: [
        { here: { available: '2' }, there: { available: '0', levels: [{ onHand: '2' }] } },
        { here: { available: '0' }, there: { available: '0', levels: [] } },
      ],
    });
    expect(statements).toHaveLength(1);
  });

  it('shows nothing of another organization', async () => {
    const other = await openStockedShop(db, 1);
    const data = await answer(
      other.ctx,
      `query ($list: [_Any!]!) { _entities(representations: $list) { ... on Product { stock { onHand levels { id } } } ... on Warehouse { name } ... on StockMovement { kind } } }`,
      {
        list: [
          ...representations('Product', [shop.items[0]!.productId]),
          ...representations('Warehouse', [main, 'x']),
        ],
      },
    );
    expect(data).toEqual({ _entities: [{ stock: { onHand: '0', levels: [] } }, null, null] });
  });
});

describe('operations over the graph', () => {
  const ADJUST = `mutation ($input: AdjustStockInput!) { adjustStock(input: $input) {
    id kind quantity levelAfter sequence unitCost averageCost reason product { id } variant { id } warehouse { code branch { id } } user { id } createdAt } }`;

  it('adjust, and read the movement back as an entity', async () => {
    const { adjustStock } = (await answer(shop.ctx, ADJUST, {
      input: { sku: 'ITEM-1', quantity: '2', unitCost: 2, reason: 'found' },
    })) as {
      adjustStock: Record<string, unknown>;
    };
    expect(adjustStock).toMatchObject({
      kind: 'adjustment',
      quantity: '2',
      levelAfter: '3',
      sequence: 2,
      unitCost: '2.00',
      averageCost: '1.751667',
      reason: 'found',
      product: { id: shop.items[0]!.productId },
      variant: { id: shop.items[0]!.variantId },
      warehouse: { code: 'MAIN', branch: { id: shop.branchIds[0] } },
      user: { id: shop.owner.id },
    });
    const read = await answer(
      shop.ctx,
      `query ($list: [_Any!]!) { _entities(representations: $list) { ... on StockMovement { levelAfter } ... on Warehouse { name } } }`,
      {
        list: [
          ...representations('StockMovement', [String(adjustStock.id)]),
          ...representations('Warehouse', [main]),
        ],
      },
    );
    expect(read).toEqual({ _entities: [{ levelAfter: '3' }, { name: 'Main' }] });
  });

  it('list movements, levels and values in few statements', async () => {
    const { ctx, statements } = recorded(shop.ctx);
    const data = await answer(
      ctx,
      `{
        stockMovements(size: 100) { total pages nextCursor items { sku warehouse { name } unitCost averageCost } }
        lowStock(threshold: 2) { total items { sku low reorderPoint averageCost warehouse { name } product { id } variant { id } } }
        outOfStock { total pages items { id } }
        inventoryValuation(sort: "-value", size: 1) { currency totalQuantity totalValue total pages warehouses { value variantsCount warehouse { code } } items { sku unitCost value warehouse { code } } }
        warehouses(sort: "code") { total items { code isSelling branch { id } } }
      }`,
    );
    expect(data).toMatchObject({
      stockMovements: { total: 6, pages: 1, nextCursor: null },
      lowStock: {
        total: 1,
        items: [
          {
            sku: 'ITEM-2',
            low: false,
            reorderPoint: null,
            averageCost: '1.255',
            warehouse: { name: 'Main' },
          },
        ],
      },
      outOfStock: { total: 0, pages: 0, items: [] },
      inventoryValuation: {
        currency: 'EUR',
        totalQuantity: '17',
        totalValue: '22.84',
        total: 5,
        pages: 5,
        warehouses: [{ value: '22.84', variantsCount: 5, warehouse: { code: 'MAIN' } }],
        items: [{ sku: 'ITEM-5', unitCost: '1.255', value: '6.28', warehouse: { code: 'MAIN' } }],
      },
      warehouses: {
        total: 2,
        items: [{ code: 'HARBOUR' }, { code: 'MAIN', isSelling: true, branch: { id: shop.branchIds[0] } }],
      },
    });
    // Five lists with their five counts, the valuation's totals, its organization, the warehouses of all of them, and what has expired.
    expect(statements.length).toBeLessThanOrEqual(15);
  });

  it('check a product in five statements', async () => {
    const { ctx, statements } = recorded(shop.ctx);
    const data = await answer(
      ctx,
      `query ($id: ID!) { stockCheck(productId: $id) { available availableEverywhere tracked product { id } here { warehouse { name } available } elsewhere { id } } }`,
      { id: shop.items[2]!.productId },
    );
    expect(data).toEqual({
      stockCheck: {
        available: '3',
        availableEverywhere: '3',
        tracked: true,
        product: { id: shop.items[2]!.productId },
        here: [{ warehouse: { name: 'Main' }, available: '3' }],
        elsewhere: [],
      },
    });
    expect(statements).toHaveLength(5);
  });

  it('transfer, record, make a warehouse, and set a reorder point', async () => {
    const made = (await answer(
      shop.ctx,
      `mutation { createWarehouse(input: { name: "Cellar", code: "CELLAR" }) { id branch { id } branchId } }`,
    )) as {
      createWarehouse: { id: string };
    };
    const data = await answer(
      shop.ctx,
      `mutation ($from: ID!, $to: ID!) {
        recordStockMovement(input: { kind: receipt, sku: "CHEESE", quantity: 1.5, unitCost: "10" }) { levelAfter unitCost }
        transferStock(input: { fromWarehouseId: $from, toWarehouseId: $to, sku: "CHEESE", quantity: "0.5" }) {
          fromWarehouse { code } toWarehouse { code } items { sku quantity unitCost fromLevel toLevel product { id } variant { id } } }
        setReorderPoint(input: { sku: "CHEESE", reorderPoint: "1" }) { onHand low reorderPoint }
      }`,
      { from: main, to: made.createWarehouse.id },
    );
    expect(data).toMatchObject({
      recordStockMovement: { levelAfter: '1.5', unitCost: '10.00' },
      transferStock: {
        fromWarehouse: { code: 'MAIN' },
        toWarehouse: { code: 'CELLAR' },
        items: [{ sku: 'CHEESE', quantity: '0.5', unitCost: '10.00', fromLevel: '1', toLevel: '0.5' }],
      },
      setReorderPoint: { onHand: '1', low: true, reorderPoint: '1' },
    });
  });
});

describe('who may do what', () => {
  const PERMITTED: Record<string, Scope[]> = {
    '{ warehouses { total } }': ['inventory:read'],
    '{ stockMovements { total } }': ['inventory:read'],
    '{ lowStock { total } }': ['inventory:read', 'reports:read'],
    '{ outOfStock { total } }': ['inventory:read', 'reports:read'],
    '{ inventoryValuation { total } }': ['costs:read', 'finance:read'],
    '{ stockCheck(productId: "x") { available } }': ['pos:sell', 'inventory:read'],
    'mutation { createWarehouse(input: { name: "", code: "" }) { id } }': ['inventory:write'],
    'mutation { recordStockMovement(input: { kind: sale, quantity: 1 }) { id } }': ['inventory:write'],
    'mutation { adjustStock(input: {}) { id } }': ['inventory:write'],
    'mutation { transferStock(input: { fromWarehouseId: "x", toWarehouseId: "x" }) { id } }': [
      'inventory:write',
    ],
    'mutation { setReorderPoint(input: {}) { id } }': ['inventory:write'],
  };
  const every: Scope[] = [
    'inventory:read',
    'inventory:write',
    'reports:read',
    'finance:read',
    'costs:read',
    'pos:sell',
    'catalog:write',
  ];
  const codeOf = (result: ExecutionResult) =>
    (result.errors?.[0]?.originalError as { code?: string } | undefined)?.code ?? 'OK';

  it.each(Object.entries(PERMITTED))('%s', async (text, scopes) => {
    expect(codeOf(await ask(db.contextFor({ kind: 'anonymous' }), text))).toBe('UNAUTHENTICATED');
    for (const scope of every) {
      const ctx = db.contextFor(
        userActor({
          organizationId: shop.organizationId,
          branchId: shop.branchIds[0],
          scopes: [scope],
        }),
      );
      const code = codeOf(await ask(ctx, text));
      if (scopes.includes(scope)) expect(code).not.toBe('FORBIDDEN');
      else expect(code).toBe('FORBIDDEN');
    }
  });
});

it('gives a new branch its warehouse', async () => {
  const stop = await inventorySubgraph.start!(db.services);
  const branch = await createBranch(shop.ctx, { name: 'Corner', code: 'CORNER' });
  const made = async () =>
    (await answer(shop.ctx, `{ warehouses(search: "corner") { items { id code } } }`)) as {
      warehouses: { items: unknown[] };
    };
  for (let tries = 0; tries < 50 && (await made()).warehouses.items.length === 0; tries += 1)
    await new Promise((done) => setTimeout(done, 50));
  expect((await made()).warehouses.items).toEqual([
    { id: await warehouseOfBranch(shop.ctx.db, branch.id), code: 'CORNER' },
  ]);
  await stop();
});
