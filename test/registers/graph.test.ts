import { graphql } from 'graphql';
import { randomUUID } from 'node:crypto';
import { ANONYMOUS, type Actor } from '#kernel/auth/actor';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { subgraph } from '#subgraphs/registers/subgraph';
import { userActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { subgraphClient } from '#test/harness/subgraph-client';
import { openShop, type Shop } from '#test/harness/shop';
import { cashSale, post } from '#test/registers/session-entries';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, { registers: 3 });
});
const { ask, run, code } = subgraphClient(subgraph, () => db);

const REPORT = `kind number registerId openedAt closedAt openingFloat cashIn cashOut salesCount grossSales discounts refunds netSales
  rounding tax { rate net tax } payments { method count amount } creditPayments { method count amount }
  expectedCash countedCash difference grandTotal hash previousHash`;

describe('registers', () => {
  const OPEN =
    'mutation ($input: OpenRegisterInput!) { openRegister(input: $input) { id status openingFloat expectedCash } }';

  it('open, take cash, report and close in the shapes that clients rely on', async () => {
    const input = { registerId: shop.registers[0]!.id, openingFloat: '100.00' };
    const { openRegister } = await ask(shop.cashier, OPEN, { input });
    expect(openRegister).toEqual({
      id: expect.any(String) as string,
      status: 'open',
      openingFloat: '100.00',
      expectedCash: '100.00',
    });
    await post(db.contextFor(shop.cashier), (openRegister as { id: string }).id, cashSale('11.90'));
    const moved = await ask(
      shop.cashier,
      'mutation { cashIn(input: { amount: 20, reason: "change" }) { kind amount reason expectedCash user { id } } }',
    );
    expect(moved.cashIn).toEqual({
      kind: 'cash_in',
      amount: '20.00',
      reason: 'change',
      expectedCash: '131.90',
      user: { id: shop.cashier.userId },
    });
    const figures = {
      registerId: shop.registers[0]!.id,
      openedAt: expect.any(String) as string,
      openingFloat: '100.00',
      cashIn: '20.00',
      cashOut: '0.00',
      salesCount: 1,
      grossSales: '11.90',
      discounts: '0.00',
      refunds: '0.00',
      netSales: '11.90',
      rounding: '0.00',
      tax: [{ rate: '19', net: '10.00', tax: '1.90' }],
      payments: [{ method: 'cash', count: 1, amount: '11.90' }],
      creditPayments: [],
      expectedCash: '131.90',
      grandTotal: '11.90',
      previousHash: null,
    };
    const { xReport } = await ask(shop.cashier, `{ xReport { ${REPORT} } }`);
    expect(xReport).toEqual({
      ...figures,
      kind: 'x',
      number: null,
      closedAt: null,
      countedCash: null,
      difference: null,
      hash: null,
    });
    const close = `mutation { closeRegister(input: { countedCash: "130.00" }) { ${REPORT} } }`;
    const { closeRegister } = await ask(shop.cashier, close);
    expect(closeRegister).toEqual({
      ...figures,
      kind: 'z',
      number: 1,
      closedAt: expect.any(String) as string,
      countedCash: '130.00',
      difference: '-1.90',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(await ask(shop.cashier, `{ zReport { ${REPORT} } }`)).toEqual({
      zReport: closeRegister,
    });
    const check = `{ verifyZReports(registerId: "${shop.registers[0]!.id}") { valid checked brokenNumber error } }`;
    expect(await ask(shop.cashier, check)).toEqual({
      verifyZReports: { valid: true, checked: 1, brokenNumber: null, error: null },
    });
  });

  it('are listed with their open sessions in three statements, however many there are', async () => {
    for (const { id } of shop.registers.slice(0, 2)) {
      await ask(shop.manager, OPEN, { input: { registerId: id, openingFloat: 10 } });
    }
    const source =
      '{ registers { total items { code branch { id } session { status register { name } } } } }';
    const schema = buildSubgraph(subgraph);
    const contextValue = db.contextFor(shop.cashier);
    let statements = 0;
    const counted = { ...contextValue, db: { ...contextValue.db } };
    counted.db.many = (query) => {
      statements += 1;
      return contextValue.db.many(query);
    };
    counted.db.one = async (query) => (await counted.db.many(query))[0] as never;
    const result = await graphql({ schema, source, contextValue: counted });
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      data: {
        registers: {
          total: 3,
          items: [1, 2, 3].map((number) => ({
            code: `T${number}`,
            branch: { id: shop.branchId },
            session: number === 3 ? null : { status: 'open', register: { name: `Till ${number}` } },
          })),
        },
      },
    });
    // The page (which is the whole list), the open sessions, and the registers behind these.
    expect(statements).toBe(3);
  });

  it('resolve references in one batch, and hide the expected cash from callers without permission', async () => {
    const { openRegister } = await ask(shop.cashier, OPEN, {
      input: { registerId: shop.registers[0]!.id, openingFloat: 10 },
    });
    const { id } = openRegister as { id: string };
    const representations = [
      { __typename: 'RegisterSession', id },
      { __typename: 'RegisterSession', id: randomUUID() },
      { __typename: 'Register', id: shop.registers[1]!.id },
    ];
    const source = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on RegisterSession { registerName expectedCash } ... on Register { name grandTotal } } }`;
    const entities = (actor: Actor) => ask(actor, source, { representations });
    const register = { name: 'Till 2', grandTotal: '0.00' };
    expect(await entities(shop.cashier)).toEqual({
      _entities: [{ registerName: 'Till 1', expectedCash: '10.00' }, null, register],
    });
    const { organizationId, branchId } = shop;
    const reader = userActor({ organizationId, branchId, scopes: ['orders:read'] });
    const seen = await run(reader, source, { representations });
    expect(JSON.parse(JSON.stringify(seen.data))).toEqual({
      _entities: [{ registerName: 'Till 1', expectedCash: null }, null, { name: 'Till 2', grandTotal: null }],
    });
    expect(seen.errors!.map(({ path }) => path!.join('.')).sort()).toEqual([
      '_entities.0.expectedCash',
      '_entities.2.grandTotal',
    ]);
    expect(await entities(userActor({ scopes: ['pos:register'] }))).toEqual({
      _entities: [null, null, null],
    });
  });

  it('require permissions', async () => {
    const { organizationId, branchId } = shop;
    const reader = userActor({ organizationId, branchId, scopes: ['catalog:read'] });
    for (const source of [
      '{ registers { total } }',
      '{ currentRegister { id } }',
      '{ xReport { kind } }',
      '{ zReports { total } }',
    ]) {
      expect(await code(ANONYMOUS, source)).toBe('UNAUTHENTICATED');
      expect(await code(reader, source)).toBe('FORBIDDEN');
    }
    const create = 'mutation { createRegister(input: { name: "X", code: "X" }) { id } }';
    expect(await code(shop.cashier, create)).toBe('FORBIDDEN');
  });
});
