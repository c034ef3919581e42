/** Reports are served again for five minutes: to whom, how long, and which are not. */
import type { Actor } from '#kernel/auth/actor';
import { SettableClock } from '#kernel/clock';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { createContext } from '#kernel/context';
import { graphql } from 'graphql';
import { subgraph as pos } from '#subgraphs/pos/subgraph';
import { subgraph as registers } from '#subgraphs/registers/subgraph';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { createBranch } from '#subgraphs/auth/branches';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount } from '#test/harness/values';

const START = new Date('2026-03-02T10:01:00Z');
const MINUTE_MS = 60_000;
const schemas = { pos: buildSubgraph(pos), registers: buildSubgraph(registers) };
let db: TestDatabase;
let clock: SettableClock;
let till: Till;

beforeAll(async () => {
  clock = new SettableClock(START);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(START);
  till = await openTill(db);
});
afterAll(() => db.close());

async function ask(source: string, actor: Actor = till.actor, schema: keyof typeof schemas = 'pos') {
  const ctx = createContext(db.services, actor, { requestId: 'x', address: '127.0.0.1' });
  const { data, errors } = await graphql({ schema: schemas[schema], source, contextValue: ctx });
  expect(errors).toBeUndefined();
  const [answer] = Object.values(data as Record<string, Record<string, unknown>>);
  return { ...answer, age: ctx.reply.headers?.age };
}

const sell = () =>
  checkout(till.ctx, {
    registerId: till.registerId,
    items: [{ sku: 'TEA', quantity: amount(1) }],
    paymentMethod: 'cash',
  });
const DAILY = '{ dailySalesReport { date salesCount generatedAt } }';

it('a daily report is five minutes old at most, and says when it was made', async () => {
  const at = (minutes: number) => new Date(START.getTime() + minutes * MINUTE_MS);
  await sell();
  const first = { date: '2026-03-02', salesCount: 1, generatedAt: at(0).toISOString(), age: undefined };
  expect(await ask(DAILY)).toEqual(first);
  await sell();
  clock.advance(5 * MINUTE_MS - 1);
  expect(await ask(DAILY)).toEqual({ ...first, age: '299' });
  clock.advance(1);
  expect(await ask(DAILY)).toEqual({ ...first, salesCount: 2, generatedAt: at(5).toISOString() });
});

it('a report of the cashiers as well; a kept one costs no statement', async () => {
  const source = '{ cashierReport { cashiers { salesCount } generatedAt } }';
  await sell();
  const first = await ask(source);
  expect(first).toMatchObject({ cashiers: [{ salesCount: 1 }] });
  await sell();
  expect(await statementsOf(async () => expect(await ask(source)).toEqual({ ...first, age: '0' }))).toEqual(
    [],
  );
});

it('an answer about the present day ends with the quarter of an hour, in which a day may begin', async () => {
  // Berlin is an hour ahead of UTC.
  clock.set(new Date('2026-03-02T22:58:00Z'));
  expect(await ask(DAILY)).toMatchObject({ date: '2026-03-02' });
  clock.advance(2 * MINUTE_MS - 1);
  expect(await ask(DAILY)).toMatchObject({ date: '2026-03-02', age: '119' });
  clock.advance(1);
  expect(await ask(DAILY)).toMatchObject({ date: '2026-03-03', age: undefined });
});

it('reaches no other organization, branch or permissions', async () => {
  const { id: branchId } = await createBranch(till.ctx, { name: 'Harbour' });
  const stranger = await openTill(db);
  await sell();
  expect(await ask(DAILY)).toMatchObject({ salesCount: 1 });
  await sell();
  expect(await ask(DAILY)).toMatchObject({ salesCount: 1, age: '0' });
  expect(await ask(DAILY, stranger.actor)).toMatchObject({ salesCount: 0, age: undefined });
  expect(await ask(DAILY, { ...till.actor, branchId })).toMatchObject({ salesCount: 0, age: undefined });
  expect(await ask(DAILY, till.manager)).toMatchObject({ salesCount: 2, age: undefined });
  const named = `{ dailySalesReport(branchId: "${branchId}") { salesCount } }`;
  expect(await ask(named)).toMatchObject({ salesCount: 0, age: undefined });
});

it('is never kept for a caller who may not read it, nor after an error', async () => {
  await ask(DAILY);
  const actor = { ...till.actor, scopes: new Set(['pos:sell']) };
  const ctx = createContext(db.services, actor, { requestId: 'x', address: '127.0.0.1' });
  const denied = await graphql({ schema: schemas.pos, source: DAILY, contextValue: ctx });
  expect(denied.errors?.[0]?.originalError).toMatchObject({ code: 'FORBIDDEN' });
  const entries = () => db.services.caches.counts().find(({ name }) => name === 'answers')!.entries;
  const before = entries();
  const unknown = '{ dailySalesReport(branchId: "0190a000-0000-7000-8000-000000000000") { salesCount } }';
  const failed = await graphql({ schema: schemas.pos, source: unknown, contextValue: till.ctx });
  expect([failed.errors?.length, entries()]).toEqual([1, before]);
});

it('sessions, X-reports and drawers are always current', async () => {
  for (const [schema, source] of [
    ['pos', '{ shiftReport { salesCount } }'],
    ['registers', `{ xReport(registerId: "${till.registerId}") { salesCount } }`],
  ] as const) {
    const { salesCount } = (await ask(source, till.actor, schema)) as { salesCount?: number };
    await sell();
    expect(await ask(source, till.actor, schema)).toEqual({ salesCount: salesCount! + 1, age: undefined });
  }
});
