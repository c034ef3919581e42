/** Ratings: once for each ticket, by the holder of the link. */
import { randomUUID } from 'node:crypto';
import { createContext, type RequestContext } from '#kernel/context';
import { ANONYMOUS } from '#kernel/auth/actor';
import { sql } from '#kernel/db/database';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { createCustomer } from '#subgraphs/customers/customers';
import { mergeTicket } from '#subgraphs/support/merging/merge-ticket';
import { rateTicket } from '#subgraphs/support/ratings/rate-ticket';
import { ratingUrl } from '#subgraphs/support/ratings/rating-link';
import { updateTicketStatus } from '#subgraphs/support/tickets/change-ticket';
import { createTicket } from '#subgraphs/support/tickets/create-ticket';
import { requireTicket } from '#subgraphs/support/tickets/tickets.queries';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { errorOf, expectError, issuesOf } from '#test/harness/values';

const now = new Date('2026-03-02T09:00:00.000Z');
let db: TestDatabase;
let owner: TestOwner;
let ctx: RequestContext;
let visitor: RequestContext;
beforeAll(async () => {
  db = await testDatabase({ clock: { now: () => now } });
  owner = await createOwner(db);
  ctx = owner.ctx;
  visitor = createContext(db.services, ANONYMOUS, { requestId: randomUUID(), address: '192.0.2.7' });
});
afterAll(() => db.close());

async function resolved(customerId: string | null = null) {
  const { id } = await createTicket(ctx, { subject: 'Lid', body: 'It leaks.', customerId });
  return updateTicketStatus(ctx, id, { status: 'resolved' });
}

const tokenOf = (url: string | undefined) => new URL(url!).searchParams.get('token')!;

it('takes one rating from a person without a login, who sees nothing else of the ticket', async () => {
  const ticket = await resolved();
  const token = tokenOf(ratingUrl(ctx.config, ticket));
  expect(await rateTicket(visitor, { token, rating: 4, note: ' Fast. ' })).toEqual({
    ...{ ticketNumber: `T-${ticket.number}`, rating: 4, note: 'Fast.', ratedAt: now },
  });
  const rated = await requireTicket(ctx.db, ticket.id);
  expect(rated).toMatchObject({
    ...{ satisfaction: 4, satisfactionNote: 'Fast.', ratedAt: now, status: 'resolved', version: 3 },
  });
  expect(ratingUrl(ctx.config, rated)).toBeUndefined();
  expect(await errorOf(rateTicket(visitor, { token, rating: 1 }))).toMatchObject({
    code: 'ILLEGAL_STATE',
    status: 409,
  });
  expect(await requireTicket(ctx.db, ticket.id)).toMatchObject({ satisfaction: 4 });
});

it('keeps the one of two ratings that are sent at once', async () => {
  const token = tokenOf(ratingUrl(ctx.config, await resolved()));
  const ratings = await Promise.allSettled([1, 5].map((rating) => rateTicket(visitor, { token, rating })));
  expect(ratings.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('has no link for a ticket that is open or merged, and rejects its rating', async () => {
  const [ticket, other] = [await resolved(), await resolved()];
  const token = tokenOf(ratingUrl(ctx.config, ticket));
  const reopened = await updateTicketStatus(ctx, ticket.id, { status: 'open' });
  expect(ratingUrl(ctx.config, reopened)).toBeUndefined();
  await expectError('ILLEGAL_STATE', rateTicket(visitor, { token, rating: 5 }));
  await mergeTicket(ctx, ticket.id, { intoId: other.id });
  expect(ratingUrl(ctx.config, await requireTicket(ctx.db, ticket.id))).toBeUndefined();
  await expectError('ILLEGAL_STATE', rateTicket(visitor, { token, rating: 5 }));
});

it('rejects a token that was not signed here, was changed or is of an absent ticket, all alike', async () => {
  const ticket = await resolved();
  const token = tokenOf(ratingUrl(ctx.config, ticket));
  const foreign = ratingUrl({ ...ctx.config, jwtSecret: 'x'.repeat(40) }, ticket);
  const absent = ratingUrl(ctx.config, { ...ticket, id: randomUUID() });
  const changed = token.slice(0, 10) + (token[10] === 'A' ? 'B' : 'A') + token.slice(11);
  for (const wrong of [
    '',
    'ticket_',
    ticket.id,
    token.slice(0, -2),
    changed,
    tokenOf(foreign),
    tokenOf(absent),
  ])
    expect(await issuesOf(rateTicket(visitor, { token: wrong, rating: 5 }))).toEqual(['token TOKEN_INVALID']);
  const note = 'x'.repeat(1001);
  expect(await issuesOf(rateTicket(visitor, { token, rating: 6, note }))).toEqual([
    'rating OUT_OF_RANGE',
    'note LENGTH',
  ]);
});

it('keeps the rating of an erased customer without their words', async () => {
  const { id: customerId } = await createCustomer(ctx, { name: 'Ada' });
  const ticket = await resolved(customerId);
  const token = tokenOf(ratingUrl(ctx.config, ticket));
  await rateTicket(visitor, { token, rating: 2, note: 'Ada of Main Street' });
  await deleteCustomer(ctx, customerId);
  expect(await requireTicket(ctx.db, ticket.id)).toMatchObject({ satisfaction: 2, satisfactionNote: null });
  const trail = await db.services.database.system.many(sql`
    select 1 from audit_changes c where c.organization_id = ${owner.organizationId} and to_jsonb(c)::text like '%Main Street%'`);
  expect(trail).toEqual([]);
});
