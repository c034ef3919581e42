import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Client } from 'pg';
import { createContext, type RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { sum } from '#kernel/decimal';
import { createCustomer } from '#subgraphs/customers/customers';
import {
  insertGiftCard,
  postGiftCard,
  withCode,
  type GiftCardPosting,
  type NewGiftCard,
} from '#subgraphs/payments/gift-cards/gift-card-ledger';
import {
  adjustGiftCard,
  disableGiftCard,
  issueGiftCard,
  topUpGiftCard,
} from '#subgraphs/payments/gift-cards/gift-cards';
import {
  giftCard,
  listGiftCardEntries,
  listGiftCards,
  requireGiftCard,
} from '#subgraphs/payments/gift-cards/gift-cards.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, codeOf, expectError, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db);
  ctx = shop.ctx;
});

const YESTERDAY = new Date(Date.now() - 86_400_000);

/** Issues a card in the database. */
const issue = (value: string, more: Partial<NewGiftCard> = {}) =>
  transact(ctx, (tx) => {
    const card = { amount: amount(value), currency: 'EUR', purpose: 'multi_purpose', ...more } as const;
    return Promise.resolve(withCode(ctx, insertGiftCard(tx, ctx, card)));
  });

const post = (giftCardId: string, value: string, kind: GiftCardPosting['kind'] = 'redemption') =>
  transact(ctx, (tx) =>
    postGiftCard(tx, ctx, {
      giftCardId,
      amount: amount(value),
      kind,
      referenceType: 'order',
      referenceId: randomUUID(),
    }),
  );

/** A till that may sell only. */
const till = () => shop.as(['pos:sell']);

describe('a gift card', () => {
  it('is issued with its code, which no later answer and no row has', async () => {
    const card = await issueGiftCard(ctx, { amount: amount('25.00'), reason: ' Present ' });
    expect(card).toMatchObject({
      initialAmount: amount(25),
      balance: amount(25),
      purpose: 'multi_purpose',
      currency: 'EUR',
    });
    expect(card.code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect(card.lastFour).toBe(card.code!.slice(-4));
    expect(await giftCard(till(), card.code!.toLowerCase().replaceAll('-', ' '))).not.toHaveProperty('code');
    const { items } = await listGiftCardEntries(ctx.db, card, {});
    expect(items).toMatchObject([{ number: 1, kind: 'issue', amount: amount(25), reason: 'Present' }]);
  });

  it('leaves its code in no row: not in the answer of an idempotency key, the audit trail, the events', async () => {
    const request = shop.request({
      idempotencyKey: 'once',
      operation: { name: 'issueGiftCard', input: { input: { amount: amount(10) } } },
    });
    const { code } = await issueGiftCard(request, { amount: amount(10) });
    const client = new Client(db.url);
    await client.connect();
    try {
      const { rows } = await client.query<{ row: string }>(`
        select t::text as row from idempotency_keys t union all select t::text from gift_cards t
        union all select t::text from gift_card_entries t union all select t::text from outbox_events t
        union all select t::text from audit_entries t union all select t::text from audit_changes t`);
      expect(rows.length).toBeGreaterThan(4);
      const found = rows.filter(({ row }) => row.includes(code!) || row.includes(code!.replaceAll('-', '')));
      expect(found).toEqual([]);
    } finally {
      await client.end();
    }
    // A till that lost the answer asks again, and gets the same code.
    const again = await issueGiftCard(shop.request({ idempotencyKey: 'once' }), { amount: amount(10) });
    expect(again.code).toBe(code);
    // Under another secret, no wrong code is answered.
    const config = { ...db.services.config, jwtSecret: 'y'.repeat(32) };
    const other = createContext({ ...db.services, config }, ctx.actor, {
      ...ctx.request,
      idempotencyKey: 'once',
    });
    expect(await issueGiftCard(other, { amount: amount(10) })).toMatchObject({ id: again.id, code: null });
  });

  it('is a ledger with a running balance', async () => {
    const { id } = await issue('50.00');
    await post(id, '-20.00');
    await topUpGiftCard(ctx, id, { amount: amount('5.50') });
    await adjustGiftCard(ctx, id, { amount: amount('-0.50'), reason: 'Typed the wrong amount' });
    const card = await requireGiftCard(ctx.db, id);
    expect(card).toMatchObject({ initialAmount: amount(50), balance: amount(35), entriesCount: 4 });
    const { items } = await listGiftCardEntries(ctx.db, card, { sort: 'number' });
    expect(
      items.map((entry) => [entry.number, entry.kind, entry.amount.toFixed(), entry.balance.toFixed()]),
    ).toEqual([
      [1, 'issue', '50', '50'],
      [2, 'redemption', '-20', '30'],
      [3, 'top_up', '5.5', '35.5'],
      [4, 'adjustment', '-0.5', '35'],
    ]);
  });

  it('has the sum of its entries as its balance, whatever is posted', async () => {
    const step = fc.record({
      kind: fc.constantFrom<GiftCardPosting['kind'][]>(
        'top_up',
        'redemption',
        'refund',
        'adjustment',
        'return',
      ),
      cents: fc.integer({ min: -4_000, max: 4_000 }).filter((cents) => cents !== 0),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { id } = await issue('30.00');
        let cents = 3_000;
        for (const { kind, cents: change } of steps) {
          const card = await post(id, (change / 100).toFixed(2), kind);
          expect(card === undefined).toBe(cents + change < 0);
          if (card) cents += change;
        }
        const card = await requireGiftCard(ctx.db, id);
        const { items } = await listGiftCardEntries(ctx.db, card, { sort: 'number', size: 100 });
        expect(card.balance.times(100).toNumber()).toBe(cents);
        expect(sum(items.map((entry) => entry.amount))).toEqual(card.balance);
        expect(items.map(({ number }) => number)).toEqual(items.map((_, index) => index + 1));
        expect(items.at(-1)!.balance).toEqual(card.balance);
      }),
      { numRuns: 15 },
    );
  });

  it('pays its last balance once when 20 ask for it', async () => {
    const { id } = await issue('50.00');
    const cards = await Promise.all(Array.from({ length: 20 }, () => post(id, '-50.00')));
    expect(cards.filter((card) => card !== undefined)).toHaveLength(1);
    expect((await requireGiftCard(ctx.db, id)).balance).toEqual(amount(0));
  });

  it('can be corrected in any state, and topped up only while it can pay', async () => {
    const expired = await issue('25.00', { expiresAt: YESTERDAY });
    const lost = await issue('30.00');
    await disableGiftCard(ctx, lost.id, { reason: 'Lost' });
    for (const [{ id }, status] of [
      [expired, 'expired'],
      [lost, 'disabled'],
    ] as const) {
      const error = await expectError('ILLEGAL_STATE', topUpGiftCard(ctx, id, { amount: amount(1) }));
      expect([error.status, error.message, error.details?.status]).toEqual([
        409,
        `The gift card is ${status}.`,
        status,
      ]);
      expect(await post(id, '-1.00')).toBeUndefined();
      await adjustGiftCard(ctx, id, { amount: amount(-25), reason: 'Moved to another card' });
    }
    const error = await expectError(
      'ILLEGAL_STATE',
      adjustGiftCard(ctx, lost.id, { amount: amount('-5.01'), reason: 'More' }),
    );
    expect(error.message).toBe('The balance of the gift card is only 5.00 EUR.');
    expect((await requireGiftCard(ctx.db, lost.id)).balance).toEqual(amount(5));
  });

  it('is disabled once, and stays so', async () => {
    const { id } = await issue('30.00');
    const first = await disableGiftCard(ctx, id, { reason: ' Lost ' });
    expect(first).toMatchObject({ disabledReason: 'Lost', balance: amount(30) });
    expect(await disableGiftCard(ctx, id, { reason: 'Again' })).toEqual(first);
  });

  it('rejects invalid input by field', async () => {
    const { id } = await issue('30.00');
    expect(await issuesOf(issueGiftCard(ctx, { amount: amount(0), expiresAt: YESTERDAY, customerId: randomUUID(), reason: 'x'.repeat(501) }))).toEqual([
      'amount NOT_POSITIVE', 'reason LENGTH', 'expiresAt IN_PAST', 'customerId CUSTOMER_NOT_FOUND',
    ]); // prettier-ignore
    expect(await issuesOf(topUpGiftCard(ctx, id, { amount: amount('0.001') }))).toEqual(['amount PRECISION']);
    expect(await issuesOf(adjustGiftCard(ctx, id, { amount: amount(0), reason: ' ' }))).toEqual([
      'amount ZERO',
      'reason REQUIRED',
    ]);
    expect(await issuesOf(disableGiftCard(ctx, id, { reason: '' }))).toEqual(['reason REQUIRED']);
  });
});

describe('a code', () => {
  it('finds its card; a wrong one and a disabled card look alike to callers who may not see all cards', async () => {
    const { id, code } = await issue('50.00');
    expect((await giftCard(till(), code!)).id).toBe(id);
    await disableGiftCard(ctx, id, { reason: 'Lost' });
    const disabled = await expectError('NOT_FOUND', giftCard(till(), code!));
    const wrong = await expectError('NOT_FOUND', giftCard(till(), 'ZZZZ-ZZZZ-ZZZZ-ZZZZ'));
    const noCode = await expectError('NOT_FOUND', giftCard(till(), 'hello'));
    expect(
      [disabled, wrong, noCode].map(({ message, status, details }) => ({ message, status, details })),
    ).toEqual(
      Array(3).fill({ message: 'There is no gift card with this code.', status: 404, details: undefined }),
    );
    const reader = shop.as(['payments:read']);
    expect((await giftCard(reader, code!)).id).toBe(id);
    expect((await giftCard(reader, id)).id).toBe(id);
    // An id is not a code.
    expect(await codeOf(giftCard(till(), id))).toBe('NOT_FOUND');
  });

  it('may be guessed 20 times, by one caller at one address', async () => {
    const { code } = await issue('50.00');
    const guesser = () => shop.as(['pos:sell'], { address: '203.0.113.7' });
    for (let guess = 0; guess < 21; guess += 1)
      await codeOf(giftCard(guesser(), `ZZZZ-ZZZZ-ZZZZ-ZZ${guess + 10}`));
    const error = await expectError('RATE_LIMITED', giftCard(guesser(), code!));
    expect([error.status, error.details]).toEqual([429, { limit: 20 }]);
    expect(error.message).toMatch(
      /^Too many wrong codes: 20 in 15 minutes are allowed\. Try again in \d+ seconds\.$/,
    );
    expect(error.retryAfter).toBeGreaterThan(0);
    // Neither right codes nor other callers are counted.
    expect((await giftCard(till(), code!)).balance).toEqual(amount(50));
  });

  it('of another organization is wrong, and so is an id', async () => {
    const { id, code } = await issue('50.00');
    const stranger = (await openShop(db)).ctx;
    expect(await codeOf(giftCard(stranger, code!))).toBe('NOT_FOUND');
    expect(await codeOf(topUpGiftCard(stranger, id, { amount: amount(1) }))).toBe('NOT_FOUND');
    expect(await codeOf(adjustGiftCard(stranger, id, { amount: amount(1), reason: 'Mine' }))).toBe(
      'NOT_FOUND',
    );
    expect(await codeOf(disableGiftCard(stranger, id, { reason: 'Mine' }))).toBe('NOT_FOUND');
    expect((await listGiftCards(stranger, {})).items).toEqual([]);
    expect(await stranger.db.many(sql`select id from gift_card_entries`)).toEqual([]);
  });
});

it('the list shows cards by status, customer, order and the end of the code', async () => {
  const orderId = randomUUID();
  const { id: customerId } = await createCustomer(ctx, { name: 'Ada' });
  const active = await issue('10.00', { expiresAt: new Date(Date.now() + 86_400_000), customerId });
  const expired = await issue('20.00', { expiresAt: YESTERDAY, orderId });
  const disabled = await issue('30.00', { expiresAt: YESTERDAY });
  await disableGiftCard(ctx, disabled.id, { reason: 'Lost' });
  const ids = async (filter: Parameters<typeof listGiftCards>[1]) =>
    (await listGiftCards(ctx, filter)).items.map(({ id }) => id);
  expect(await ids({})).toEqual([disabled.id, expired.id, active.id]);
  expect(await ids({ status: 'active' })).toEqual([active.id]);
  expect(await ids({ status: 'expired' })).toEqual([expired.id]);
  expect(await ids({ status: 'disabled' })).toEqual([disabled.id]);
  expect(await ids({ customerId })).toEqual([active.id]);
  expect(await ids({ orderId })).toEqual([expired.id]);
  expect(await ids({ lastFour: expired.lastFour.toLowerCase() })).toEqual([expired.id]);
});
