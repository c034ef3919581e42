import { subgraph } from '#subgraphs/customers/subgraph';
import { createOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { subgraphClient } from '#test/harness/subgraph-client';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

const { ask, code } = subgraphClient(subgraph, () => db);

describe('customers', () => {
  it('are made, found, addressed, and pay on their accounts', async () => {
    const owner = await createOwner(db, { currency: 'EUR' });
    const on = (source: string, variables = {}) => ask(owner.actor, source, variables);
    const { createCustomer } = await on(
      `mutation { createCustomer(input: { name: "Ada Fischer", creditLimit: "250" }) { id creditLimit creditBalance tags addresses { city } } }`,
    );
    const { id, ...rest } = createCustomer as { id: string };
    expect(rest).toEqual({ creditLimit: '250.00', creditBalance: '0.00', tags: [], addresses: [] });
    await on(
      `mutation ($id: ID!) { addCustomerAddress(customerId: $id, input: { line1: "A 1", city: "Berlin", country: "DE" }) { id } }`,
      { id },
    );
    expect(await on('{ searchCustomers(search: "fis") { name addresses { city } } }')).toEqual({
      searchCustomers: [{ name: 'Ada Fischer', addresses: [{ city: 'Berlin' }] }],
    });
    const pay =
      'mutation ($id: ID!) { recordCreditPayment(customerId: $id, input: { amount: "10.00", method: card }) { amount balance number } }';
    expect(await on(pay, { id })).toEqual({
      recordCreditPayment: { amount: '-10.00', balance: '-10.00', number: 1 },
    });
    const credit =
      'query ($id: ID!) { customerCredit(customerId: $id) { balance limit available currency entries { total items { kind method } } } }';
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
        'query ($id: ID!) { customerCreditEntries(customerId: $id) { total } customer(id: $id) { name } customers { total } }',
        {
          id,
        },
      ),
    ).toEqual({
      customerCreditEntries: { total: 1 },
      customer: { name: 'Ada Fischer' },
      customers: { total: 1 },
    });
    const { updateCustomer } = await on(
      'mutation ($id: ID!) { updateCustomer(id: $id, input: { notes: "x" }) { notes name } }',
      {
        id,
      },
    );
    expect(updateCustomer).toEqual({ notes: 'x', name: 'Ada Fischer' });
    const stranger = await createOwner(db);
    expect(await code(stranger.actor, credit, { id })).toBe('NOT_FOUND');
  });
});
