/** The operations of the loyalty program in the graph: settings, tiers, points by hand. */
import type { Actor } from '#kernel/auth/actor';
import type { Scope } from '#kernel/auth/scopes';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { insertCustomers } from '#subgraphs/customers/index';
import { addLoyaltyPoints } from '#subgraphs/marketing/loyalty/manual-points';
import { postPoints } from '#subgraphs/marketing/loyalty/points-ledger';
import { subgraph } from '#subgraphs/marketing/subgraph';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { subgraphClient } from '#test/harness/subgraph-client';

let db: TestDatabase;
let owner: TestOwner;
let customerId: string;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  owner = await createOwner(db, { currency: 'EUR' });
  customerId = await addCustomer(owner);
});

const { ask, code } = subgraphClient(subgraph, () => db);

async function addCustomer({ ctx }: TestOwner): Promise<string> {
  const id = ctx.ids.next();
  await transact(ctx, (tx) => insertCustomers(tx, [{ id, name: 'Ann', currency: 'EUR' }]));
  return id;
}

const CHANGE = `mutation ($input: UpdateLoyaltyProgramInput!) {
  updateLoyaltyProgram(input: $input) { active earnRate pointValue expiryDays minimumRedeem version } }`;
const CREATE = `mutation ($input: CreateLoyaltyTierInput!) {
  createLoyaltyTier(input: $input) { id name threshold upkeep multiplier version } }`;
const ADD = `mutation ($id: ID!, $input: AddLoyaltyPointsInput!) {
  addLoyaltyPoints(customerId: $id, input: $input) { number kind points balance reason amount } }`;
const REDEEM = `mutation ($id: ID!, $input: RedeemLoyaltyPointsInput!) {
  redeemLoyaltyPoints(customerId: $id, input: $input) { value currency entry { kind points balance reference } } }`;
const ENROLL = `mutation ($id: ID!, $input: EnrollCustomerInput!) {
  enrollCustomer(customerId: $id, input: $input) { points birthday } }`;
const BALANCE = `query ($id: ID!) { loyaltyBalance(customerId: $id) {
  points value pending expiring { points expiresAt } tier { name } nextTier { name } entries { total items { kind points } } } }`;

const on = (source: string, variables: object = {}, actor: Actor = owner.actor) =>
  ask(actor, source, variables);
const codeOn = (source: string, variables: object = {}, actor: Actor = owner.actor) =>
  code(actor, source, variables);
const withScopes = (...scopes: Scope[]): Actor => ({ ...owner.actor, scopes: new Set<string>(scopes) });
const activate = (more: object = {}) => on(CHANGE, { input: { active: true, ...more } });

describe('the program', () => {
  it('has defaults, changes field by field, and has a version', async () => {
    expect(
      await on('{ loyaltyProgram { active earnRate pointValue expiryDays version updatedAt currency } }'),
    ).toEqual({
      loyaltyProgram: {
        active: false,
        earnRate: '1',
        pointValue: '0.01',
        expiryDays: null,
        version: 0,
        updatedAt: null,
        currency: 'EUR',
      },
    });
    const first = await activate({ earnRate: '1.5', expiryDays: 365 });
    expect(first).toEqual({
      updateLoyaltyProgram: {
        active: true,
        earnRate: '1.5',
        pointValue: '0.01',
        expiryDays: 365,
        minimumRedeem: 1,
        version: 1,
      },
    });
    // An equal change changes nothing; null ends the expiry.
    expect(await activate()).toMatchObject({ updateLoyaltyProgram: { version: 1, expiryDays: 365 } });
    expect(await activate({ expiryDays: null })).toMatchObject({
      updateLoyaltyProgram: { version: 2, expiryDays: null },
    });
    expect(await codeOn(CHANGE, { input: { minimumRedeem: 5, version: 1 } })).toBe('CONFLICT');
    expect(await codeOn(CHANGE, { input: { minimumRedeem: 0 } })).toBe('VALIDATION_FAILED');
  });
});

describe('tiers', () => {
  it('are created, updated and deleted, with one name and one threshold each', async () => {
    const { createLoyaltyTier: silver } = await on(CREATE, { input: { name: ' Silver ', threshold: '300' } });
    expect(silver).toMatchObject({
      name: 'Silver',
      threshold: '300.00',
      upkeep: '300.00',
      multiplier: '1',
      version: 1,
    });
    const { id } = silver as { id: string };
    expect(await codeOn(CREATE, { input: { name: 'SILVER', threshold: '400' } })).toBe('ALREADY_EXISTS');
    expect(await codeOn(CREATE, { input: { name: 'Gold', threshold: '300' } })).toBe('ALREADY_EXISTS');
    expect(await codeOn(CREATE, { input: { name: '', threshold: '1' } })).toBe('VALIDATION_FAILED');
    await on(CREATE, { input: { name: 'Bronze', threshold: '0', multiplier: '1.25' } });
    expect(await on('{ loyaltyTiers { name } }')).toEqual({
      loyaltyTiers: [{ name: 'Bronze' }, { name: 'Silver' }],
    });
    const update = `mutation ($id: ID!, $input: UpdateLoyaltyTierInput!) { updateLoyaltyTier(id: $id, input: $input) { upkeep version } }`;
    expect(await on(update, { id, input: { upkeep: '200' } })).toEqual({
      updateLoyaltyTier: { upkeep: '200.00', version: 2 },
    });
    expect(await codeOn(update, { id, input: { upkeep: '200', version: 1 } })).toBe('CONFLICT');
    expect(await codeOn(update, { id, input: { upkeep: '301' } })).toBe('VALIDATION_FAILED');
    expect(await on('query ($id: ID!) { loyaltyTier(id: $id) { name upkeep } }', { id })).toEqual({
      loyaltyTier: { name: 'Silver', upkeep: '200.00' },
    });
    await on('mutation ($id: ID!) { deleteLoyaltyTier(id: $id) { deleted } }', { id });
    expect(await codeOn('query ($id: ID!) { loyaltyTier(id: $id) { name } }', { id })).toBe('NOT_FOUND');
  });

  it('are twenty at most', async () => {
    for (let tier = 0; tier < 20; tier += 1)
      await on(CREATE, { input: { name: `Tier ${tier}`, threshold: `${tier}` } });
    expect(await codeOn(CREATE, { input: { name: 'One more', threshold: '99' } })).toBe('CONFLICT');
  });
});

describe('points by hand', () => {
  it('are granted, redeemed outside a sale, and shown with their value', async () => {
    await activate({ minimumRedeem: 20 });
    expect(await on(ADD, { id: customerId, input: { points: 120, reason: ' Sorry ' } })).toEqual({
      addLoyaltyPoints: {
        number: 1,
        kind: 'grant',
        points: 120,
        balance: 120,
        reason: 'Sorry',
        amount: null,
      },
    });
    const input = { points: 50, reason: 'Coffee', reference: 'R-1' };
    expect(await on(REDEEM, { id: customerId, input })).toEqual({
      redeemLoyaltyPoints: {
        value: '0.50',
        currency: 'EUR',
        entry: { kind: 'redeem', points: -50, balance: 70, reference: 'R-1' },
      },
    });
    expect(await codeOn(REDEEM, { id: customerId, input: { ...input, points: 71 } })).toBe(
      'POINTS_INSUFFICIENT',
    );
    expect(await codeOn(REDEEM, { id: customerId, input: { ...input, points: 19 } })).toBe(
      'VALIDATION_FAILED',
    );
    expect(await on(BALANCE, { id: customerId })).toEqual({
      loyaltyBalance: {
        points: 70,
        value: '0.70',
        pending: 0,
        expiring: [],
        tier: null,
        nextTier: null,
        entries: {
          total: 2,
          items: [
            { kind: 'redeem', points: -50 },
            { kind: 'grant', points: 120 },
          ],
        },
      },
    });
  });

  it('expire by the program, or on a day of their own', async () => {
    await activate({ expiryDays: 30 });
    const expiresAt = '2099-01-01T00:00:00.000Z';
    await on(ADD, { id: customerId, input: { points: 10, reason: 'A', expiresAt } });
    await on(ADD, { id: customerId, input: { points: 20, reason: 'B' } });
    const { loyaltyBalance } = await on(BALANCE, { id: customerId });
    const { expiring } = loyaltyBalance as { expiring: { points: number; expiresAt: string }[] };
    expect(expiring.map(({ points }) => points)).toEqual([20, 10]);
    expect(expiring[1]!.expiresAt).toBe(expiresAt);
    const past = { points: 10, reason: 'A', expiresAt: '2020-01-01T00:00:00Z' };
    expect(await codeOn(ADD, { id: customerId, input: past })).toBe('VALIDATION_FAILED');
  });

  it('need an active program, a customer and a reason', async () => {
    const input = { points: 10, reason: 'A' };
    expect(await codeOn(ADD, { id: customerId, input })).toBe('ILLEGAL_STATE');
    expect(await codeOn(ENROLL, { id: customerId, input: {} })).toBe('ILLEGAL_STATE');
    await activate();
    expect(await codeOn(ADD, { id: owner.ctx.ids.next(), input })).toBe('NOT_FOUND');
    expect(await codeOn(ADD, { id: 'nobody', input })).toBe('NOT_FOUND');
    expect(await codeOn(ADD, { id: customerId, input: { points: 0, reason: 'A' } })).toBe(
      'VALIDATION_FAILED',
    );
    expect(await codeOn(ADD, { id: customerId, input: { points: 1, reason: ' ' } })).toBe(
      'VALIDATION_FAILED',
    );
    expect(await codeOn(REDEEM, { id: customerId, input })).toBe('POINTS_INSUFFICIENT');
    expect(await codeOn(BALANCE, { id: owner.ctx.ids.next() })).toBe('NOT_FOUND');
  });

  it('of a sale are listed with the amount that earned them', async () => {
    await activate();
    await transact(owner.ctx, (tx) =>
      postPoints(tx, owner.ctx, {
        customerId,
        kind: 'earn',
        points: 12,
        amount: new Decimal('12.5'),
        enrolls: true,
      }),
    );
    const entries =
      'query ($id: ID!) { loyaltyEntries(customerId: $id) { items { points amount currency } } }';
    expect(await on(entries, { id: customerId })).toEqual({
      loyaltyEntries: { items: [{ points: 12, amount: '12.50', currency: 'EUR' }] },
    });
  });

  it('are granted once for a repeated request', async () => {
    await activate();
    const keyed = () =>
      addLoyaltyPoints(db.contextFor(owner.actor, { idempotencyKey: 'grant-1' }), customerId, {
        points: 10,
        reason: 'A',
      });
    const first = await keyed();
    expect((await keyed()).id).toBe(first.id);
    expect(await on(BALANCE, { id: customerId })).toMatchObject({ loyaltyBalance: { points: 10 } });
  });
});

describe('a customer', () => {
  it('is enrolled at the till, with a birthday that a later enrolment may correct', async () => {
    await activate();
    expect(await on(ENROLL, { id: customerId, input: { birthday: '03-14' } })).toEqual({
      enrollCustomer: { points: 0, birthday: '03-14' },
    });
    expect(await on(ENROLL, { id: customerId, input: {} })).toEqual({
      enrollCustomer: { points: 0, birthday: '03-14' },
    });
    expect(await on(ENROLL, { id: customerId, input: { birthday: '03-15' } })).toMatchObject({
      enrollCustomer: { birthday: '03-15' },
    });
    expect(await codeOn(ENROLL, { id: customerId, input: { birthday: '02-30' } })).toBe('VALIDATION_FAILED');
  });

  it('has points and a tier for other domains; zero and none without an account', async () => {
    await activate();
    const stranger = await addCustomer(owner);
    await on(ADD, { id: customerId, input: { points: 10, reason: 'A' } });
    const entities = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer { points tier { name } } } }`;
    const of = [customerId, stranger].map((id) => ({ __typename: 'Customer', id }));
    expect(await on(entities, { of })).toEqual({
      _entities: [
        { points: 10, tier: null },
        { points: 0, tier: null },
      ],
    });
  });
});

describe('permissions and tenancy', () => {
  it('let a cashier read and enrol, and neither grant points nor change the program', async () => {
    await activate();
    const cashier = withScopes('pos:sell');
    expect(await codeOn(BALANCE, { id: customerId }, cashier)).toBeUndefined();
    const enroll = ENROLL.replace('birthday', '');
    expect(await codeOn(enroll, { id: customerId, input: {} }, cashier)).toBeUndefined();
    expect(await codeOn(ENROLL, { id: customerId, input: {} }, cashier)).toBe('FORBIDDEN');
    const input = { points: 10, reason: 'A' };
    expect(await codeOn(ADD, { id: customerId, input }, cashier)).toBe('FORBIDDEN');
    expect(await codeOn(REDEEM, { id: customerId, input }, cashier)).toBe('FORBIDDEN');
    expect(await codeOn(CHANGE, { input: {} }, cashier)).toBe('FORBIDDEN');
    expect(await codeOn(ADD, { id: customerId, input }, withScopes('loyalty:write'))).toBeUndefined();
  });

  it('hide the customers, the program and the tiers of another organization', async () => {
    await activate();
    const { createLoyaltyTier } = await on(CREATE, { input: { name: 'Silver', threshold: '300' } });
    await on(ADD, { id: customerId, input: { points: 10, reason: 'A' } });
    const other = await createOwner(db, { currency: 'EUR' });
    expect(await codeOn(BALANCE, { id: customerId }, other.actor)).toBe('NOT_FOUND');
    expect(await on('{ loyaltyProgram { active } loyaltyTiers { name } }', {}, other.actor)).toEqual({
      loyaltyProgram: { active: false },
      loyaltyTiers: [],
    });
    const { id } = createLoyaltyTier as { id: string };
    expect(
      await codeOn('mutation ($id: ID!) { deleteLoyaltyTier(id: $id) { id } }', { id }, other.actor),
    ).toBe('NOT_FOUND');
    await on(CHANGE, { input: { active: true } }, other.actor);
    const input = { points: 1, reason: 'A' };
    expect(await codeOn(ADD, { id: customerId, input }, other.actor)).toBe('NOT_FOUND');
    expect(await codeOn(REDEEM, { id: customerId, input }, other.actor)).toBe('NOT_FOUND');
  });
});
