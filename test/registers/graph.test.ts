/** The three domains that move money at a till, through their schemas. */
import { graphql, type ExecutionResult } from 'graphql';
import { randomUUID } from 'node:crypto';
import { ANONYMOUS, type Actor } from '#kernel/auth/actor';
import { transact } from '#kernel/db/transact';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { type SubgraphModule } from '#kernel/graph/subgraph';
import { insertCustomers } from '#subgraphs/customers/index';
import { subgraph as customersSubgraph } from '#subgraphs/customers/subgraph';
import { recordPayments } from '#subgraphs/payments/index';
import { subgraph as paymentsSubgraph } from '#subgraphs/payments/subgraph';
import { subgraph as registersSubgraph } from '#subgraphs/registers/subgraph';
import { createOwner, userActor } from '../harness/actors';
import { testDatabase, type TestDatabase } from '../harness/database';
import { cashSale, makeTill, money, post, type Till } from './kit';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await makeTill(db, 3);
});

const schemas = new Map<SubgraphModule, ReturnType<typeof buildSubgraph>>();

async function run(
  module: SubgraphModule,
  actor: Actor,
  source: string,
  variables = {},
): Promise<ExecutionResult> {
  if (!schemas.has(module)) schemas.set(module, buildSubgraph(module));
  const schema = schemas.get(module)!;
  return graphql({ schema, source, variableValues: variables, contextValue: db.contextFor(actor) });
}

/** The data, as a client gets it. */
async function ask(
  module: SubgraphModule,
  actor: Actor,
  source: string,
  variables = {},
): Promise<Record<string, unknown>> {
  const result = await run(module, actor, source, variables);
  expect(result.errors).toBeUndefined();
  return JSON.parse(JSON.stringify(result.data)) as Record<string, unknown>;
}

async function code(module: SubgraphModule, actor: Actor, source: string, variables = {}): Promise<unknown> {
  const [error] = (await run(module, actor, source, variables)).errors ?? [];
  return (error?.originalError as { code?: string } | undefined)?.code ?? error?.message;
}

const REPORT = `kind number registerId openedAt closedAt openingFloat cashIn cashOut salesCount grossSales discounts refunds netSales
  rounding tax { rate net tax } payments { method count amount } creditPayments { method count amount }
  expectedCash countedCash difference grandTotal hash previousHash`;

describe('registers', () => {
  const OPEN =
    'mutation ($input: OpenRegisterInput!) { openRegister(input: $input) { id status openingFloat expectedCash } }';

  it('open, take cash, report and close in the shapes that clients rely on', async () => {
    const input = { registerId: till.registers[0]!.id, openingFloat: '100.00' };
    const { openRegister } = await ask(registersSubgraph, till.cashier, OPEN, { input });
    expect(openRegister).toEqual({
      id: expect.any(String) as string,
      status: 'open',
      openingFloat: '100.00',
      expectedCash: '100.00',
    });
    await post(till.ctx, (openRegister as { id: string }).id, cashSale('11.90'));
    const moved = await ask(
      registersSubgraph,
      till.cashier,
      'mutation { cashIn(input: { amount: 20, reason: "change" }) { kind amount reason expectedCash user { id } } }',
    );
    expect(moved.cashIn).toEqual({
      kind: 'cash_in',
      amount: '20.00',
      reason: 'change',
      expectedCash: '131.90',
      user: { id: till.cashier.userId },
    });
    const figures = {
      registerId: till.registers[0]!.id,
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
    const { xReport } = await ask(registersSubgraph, till.cashier, `{ xReport { ${REPORT} } }`);
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
    const { closeRegister } = await ask(registersSubgraph, till.cashier, close);
    expect(closeRegister).toEqual({
      ...figures,
      kind: 'z',
      number: 1,
      closedAt: expect.any(String) as string,
      countedCash: '130.00',
      difference: '-1.90',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(await ask(registersSubgraph, till.cashier, `{ zReport { ${REPORT} } }`)).toEqual({
      zReport: closeRegister,
    });
    const check = `{ verifyZReports(registerId: "${till.registers[0]!.id}") { valid checked brokenNumber fault } }`;
    expect(await ask(registersSubgraph, till.cashier, check)).toEqual({
      verifyZReports: { valid: true, checked: 1, brokenNumber: null, fault: null },
    });
  });

  it('are listed with their open sessions in three statements, however many there are', async () => {
    for (const { id } of till.registers.slice(0, 2)) {
      await ask(registersSubgraph, till.manager, OPEN, { input: { registerId: id, openingFloat: 10 } });
    }
    const source =
      '{ registers { total items { code branch { id } session { status register { name } } } } }';
    const schema = buildSubgraph(registersSubgraph);
    const contextValue = db.contextFor(till.cashier);
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
            branch: { id: till.branchId },
            session: number === 3 ? null : { status: 'open', register: { name: `Till ${number}` } },
          })),
        },
      },
    });
    // The page, its count, the open sessions, and the registers behind these.
    expect(statements).toBe(4);
  });

  it('resolve references in one batch, and keep the drawer from those who need not know it', async () => {
    const { openRegister } = await ask(registersSubgraph, till.cashier, OPEN, {
      input: { registerId: till.registers[0]!.id, openingFloat: 10 },
    });
    const { id } = openRegister as { id: string };
    const representations = [
      { __typename: 'RegisterSession', id },
      { __typename: 'RegisterSession', id: randomUUID() },
      { __typename: 'Register', id: till.registers[1]!.id },
    ];
    const source = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on RegisterSession { registerName expectedCash } ... on Register { name grandTotal } } }`;
    const entities = (actor: Actor) => ask(registersSubgraph, actor, source, { representations });
    const register = { name: 'Till 2', grandTotal: '0.00' };
    expect(await entities(till.cashier)).toEqual({
      _entities: [{ registerName: 'Till 1', expectedCash: '10.00' }, null, register],
    });
    const { organizationId, branchId } = till;
    const reader = userActor({ organizationId, branchId, scopes: ['orders:read'] });
    const seen = await run(registersSubgraph, reader, source, { representations });
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

  it('ask for permissions', async () => {
    const { organizationId, branchId } = till;
    const nobody = userActor({ organizationId, branchId, scopes: ['catalog:read'] });
    for (const source of [
      '{ registers { total } }',
      '{ currentRegister { id } }',
      '{ xReport { kind } }',
      '{ zReports { total } }',
    ]) {
      expect(await code(registersSubgraph, ANONYMOUS, source)).toBe('UNAUTHENTICATED');
      expect(await code(registersSubgraph, nobody, source)).toBe('FORBIDDEN');
    }
    const create = 'mutation { createRegister(input: { name: "X", code: "X" }) { id } }';
    expect(await code(registersSubgraph, till.cashier, create)).toBe('FORBIDDEN');
  });
});

describe('customers', () => {
  it('are made, found, addressed, and pay on their accounts', async () => {
    const owner = await createOwner(db, { currency: 'EUR' });
    const on = (source: string, variables = {}) => ask(customersSubgraph, owner.actor, source, variables);
    const { createCustomer } = await on(
      `mutation { createCustomer(input: { name: "Ada Fischer", creditLimit: "250" }) { id creditLimit creditBalance tags addresses { city } } }`,
    );
    const { id, ...rest } = createCustomer as { id: string };
    expect(rest).toEqual({ creditLimit: '250.00', creditBalance: '0.00', tags: [], addresses: [] });
    await on(
      `mutation ($id: ID!) { addCustomerAddress(id: $id, input: { line1: "A 1", city: "Berlin", country: "DE" }) { id } }`,
      { id },
    );
    expect(await on('{ searchCustomers(q: "fis") { name addresses { city } } }')).toEqual({
      searchCustomers: [{ name: 'Ada Fischer', addresses: [{ city: 'Berlin' }] }],
    });
    const pay =
      'mutation ($id: ID!) { recordCreditPayment(id: $id, input: { amount: "10.00", method: card }) { amount balance number } }';
    expect(await on(pay, { id })).toEqual({
      recordCreditPayment: { amount: '-10.00', balance: '-10.00', number: 1 },
    });
    const credit =
      'query ($id: ID!) { customerCredit(id: $id) { balance limit available currency entries { total items { kind method } } } }';
    expect(await on(credit, { id })).toEqual({
      customerCredit: {
        balance: '-10.00',
        limit: '250.00',
        available: '260.00',
        currency: 'EUR',
        entries: { total: 1, items: [{ kind: 'payment', method: 'card' }] },
      },
    });
    expect(
      await on(
        'query ($id: ID!) { customerCreditEntries(id: $id) { total } customer(id: $id) { name } customers { total } }',
        {
          id,
        },
      ),
    ).toEqual({
      customerCreditEntries: { total: 1 },
      customer: { name: 'Ada Fischer' },
      customers: { total: 1 },
    });
    expect(
      await code(customersSubgraph, owner.actor, 'mutation ($id: ID!) { deleteCustomer(id: $id) { id } }', {
        id,
      }),
    ).toBe('ILLEGAL_STATE');
    const { updateCustomer } = await on(
      'mutation ($id: ID!) { updateCustomer(id: $id, input: { notes: "x" }) { notes name } }',
      {
        id,
      },
    );
    expect(updateCustomer).toEqual({ notes: 'x', name: 'Ada Fischer' });
    const stranger = await createOwner(db);
    expect(await code(customersSubgraph, stranger.actor, credit, { id })).toBe('NOT_FOUND');
  });
});

describe('payments', () => {
  it('stand with their orders, and by themselves', async () => {
    const orderId = till.ctx.ids.next();
    const customerId = till.ctx.ids.next();
    const [payment] = await transact(till.ctx, async (tx) => {
      await insertCustomers(tx, [{ id: customerId, name: 'Ada', currency: 'EUR' }]);
      const tenders = [{ method: 'cash', amount: money('62.00') }];
      return recordPayments(tx, till.ctx, {
        orderId,
        registerSessionId: null,
        branchId: till.branchId,
        currency: 'EUR',
        customerId,
        tenders,
      });
    });
    const { organizationId, branchId } = till;
    const reader = userActor({ organizationId, branchId, scopes: ['payments:read', 'orders:read'] });
    const one =
      'query ($id: ID!) { payment(id: $id) { method amount status refundedAmount order { id } customer { id } registerSession { id } } }';
    const expected = {
      method: 'cash',
      amount: '62.00',
      status: 'captured',
      refundedAmount: '0.00',
      order: { id: orderId },
      customer: { id: customerId },
      registerSession: null,
    };
    expect(await ask(paymentsSubgraph, reader, one, { id: payment!.id })).toEqual({ payment: expected });
    const entities = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Order { payments { amount } } } }`;
    const representations = [orderId, randomUUID()].map((id) => ({ __typename: 'Order', id }));
    expect(await ask(paymentsSubgraph, till.cashier, entities, { representations })).toEqual({
      _entities: [{ payments: [{ amount: '62.00' }] }, { payments: [] }],
    });
    expect(
      await code(paymentsSubgraph, userActor({ scopes: ['payments:read'] }), one, { id: payment!.id }),
    ).toBe('NOT_FOUND');
    const methods = await ask(
      paymentsSubgraph,
      reader,
      '{ paymentMethods(enabled: true) { total pages items { method name } } }',
    );
    expect(methods.paymentMethods).toMatchObject({
      total: 7,
      pages: 1,
      items: [{ method: 'cash', name: 'Cash' }, {}, {}, {}, {}, {}, {}],
    });
  });
});
