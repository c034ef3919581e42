/** Merging: the messages and the wait of a duplicate go to another ticket, for good. */
import { randomUUID } from 'node:crypto';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { createCustomer } from '#subgraphs/customers/customers';
import type { CreateTicketInput } from '#subgraphs/support/inputs.generated';
import { mergeTicket } from '#subgraphs/support/merging/merge-ticket';
import { updateTicketStatus } from '#subgraphs/support/tickets/change-ticket';
import { createTicket } from '#subgraphs/support/tickets/create-ticket';
import { replyToTicket } from '#subgraphs/support/tickets/reply-to-ticket';
import { listMessages } from '#subgraphs/support/tickets/ticket-messages';
import { requireTicket } from '#subgraphs/support/tickets/tickets.queries';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { errorOf, expectError, issuesOf } from '#test/harness/values';

let now = new Date('2026-03-02T09:00:00.000Z');
let db: TestDatabase;
let owner: TestOwner;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase({ clock: { now: () => now } });
});
afterAll(() => db.close());
beforeEach(async () => {
  now = new Date('2026-03-02T09:00:00.000Z');
  owner = await createOwner(db);
  ctx = owner.ctx;
});

const later = (milliseconds: number) => (now = new Date(now.getTime() + milliseconds));
const open = (input: Partial<CreateTicketInput> = {}) =>
  createTicket(ctx, { subject: 'The kettle leaks', body: 'Water drips.', ...input });
const messagesOf = async (id: string) =>
  (await listMessages(ctx.db, id, {})).items.map(({ number, kind, body, fromTicketId }) => [
    number,
    kind,
    body,
    fromTicketId,
  ]);

it('moves the messages behind those of the other ticket, and leaves a remark for the staff in both', async () => {
  const target = await open();
  const duplicate = await open({ body: 'My kettle leaks!' });
  await replyToTicket(ctx, duplicate.id, { kind: 'note', body: 'The same as T-1.' });
  const merged = await mergeTicket(ctx, duplicate.id, { intoId: target.id });
  expect(merged).toMatchObject({ id: target.id, status: 'open', messagesCount: 4, version: 1 });
  expect(await messagesOf(target.id)).toEqual([
    [1, 'customer', 'Water drips.', null],
    [2, 'customer', 'My kettle leaks!', duplicate.id],
    [3, 'note', 'The same as T-1.', duplicate.id],
    [4, 'system', 'Took over the messages of T-2.', null],
  ]);
  expect(await messagesOf(duplicate.id)).toEqual([[1, 'system', 'Merged into T-1.', null]]);
  expect(await requireTicket(ctx.db, duplicate.id)).toMatchObject({
    status: 'closed',
    mergedIntoId: target.id,
    messagesCount: 1,
    closedAt: now,
    awaitingSince: null,
  });
});

it('lets a reply, a note and a message of the customer to a merged ticket reach the one at the end of the chain', async () => {
  const [first, second, third] = [await open(), await open(), await open()];
  await mergeTicket(ctx, first.id, { intoId: second.id });
  await mergeTicket(ctx, second.id, { intoId: third.id });
  for (const kind of ['reply', 'note', 'customer'] as const)
    expect((await replyToTicket(ctx, first.id, { kind, body: kind })).ticketId).toBe(third.id);
  expect((await messagesOf(third.id)).map(([number]) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  // The message of the first ticket still names it, not the one between.
  expect((await messagesOf(third.id)).map(([, , , from]) => from)).toEqual([
    null, second.id, first.id, second.id, null, null, null, null,
  ]); // prettier-ignore
});

it('lets the other ticket wait since the earliest question without an answer, and reopens it if it was answered', async () => {
  const asked = now;
  const duplicate = await open();
  later(60_000);
  const target = await open();
  await replyToTicket(ctx, target.id, { body: 'Bring it.', status: 'pending_customer' });
  const merged = await mergeTicket(ctx, duplicate.id, { intoId: target.id });
  expect(merged).toMatchObject({ status: 'open', awaitingSince: asked, firstRespondedAt: now });
  const answered = await open();
  await replyToTicket(ctx, answered.id, { body: 'Yes.', status: 'resolved' });
  await updateTicketStatus(ctx, target.id, { status: 'resolved' });
  expect(await mergeTicket(ctx, answered.id, { intoId: target.id })).toMatchObject({ status: 'resolved' });
});

it('keeps the customers of two tickets apart, and takes over a customer that the other ticket lacks', async () => {
  const [ada, bob] = [await createCustomer(ctx, { name: 'Ada' }), await createCustomer(ctx, { name: 'Bob' })];
  const [unknown, ofAda, ofBob] = [
    await open(),
    await open({ customerId: ada.id }),
    await open({ customerId: bob.id }),
  ];
  expect(await issuesOf(mergeTicket(ctx, ofBob.id, { intoId: ofAda.id }))).toEqual(['intoId CUSTOMER']);
  expect(await mergeTicket(ctx, ofAda.id, { intoId: unknown.id })).toMatchObject({ customerId: ada.id });
  const another = await open();
  await mergeTicket(ctx, another.id, { intoId: unknown.id });
  // Erasing the customer empties the duplicate as well.
  expect(await requireTicket(ctx.db, another.id)).toMatchObject({ customerId: ada.id });
});

it('rejects a ticket itself, an unknown one, a closed one and a merged one', async () => {
  const [target, duplicate, closed] = [await open(), await open(), await open()];
  const merge = (id: string, intoId: string) => mergeTicket(ctx, id, { intoId });
  expect(await issuesOf(merge(target.id, target.id.toUpperCase()))).toEqual(['intoId INVALID']);
  expect(await issuesOf(merge(target.id, randomUUID()))).toEqual(['intoId NOT_FOUND']);
  const stranger = await createOwner(db);
  const foreign = await createTicket(stranger.ctx, { subject: 'x', body: 'x' });
  expect(await issuesOf(merge(target.id, foreign.id))).toEqual(['intoId NOT_FOUND']);
  await expectError('NOT_FOUND', merge(foreign.id, target.id));
  await updateTicketStatus(ctx, closed.id, { status: 'closed' });
  expect(await errorOf(merge(target.id, closed.id))).toMatchObject({ code: 'ILLEGAL_STATE', status: 409 });
  await merge(duplicate.id, target.id);
  await expectError('ILLEGAL_STATE', merge(duplicate.id, target.id));
  await expectError('ILLEGAL_STATE', merge(target.id, duplicate.id));
  await expectError('CONFLICT', mergeTicket(ctx, closed.id, { intoId: target.id, version: 9 }));
});

it('is final: no step opens a merged ticket, and no statement of the application either', async () => {
  const [target, duplicate] = [await open(), await open()];
  await mergeTicket(ctx, duplicate.id, { intoId: target.id });
  await expectError('ILLEGAL_STATE', updateTicketStatus(ctx, duplicate.id, { status: 'open' }));
  for (const change of [sql`merged_into_id = null`, sql`status = 'open', paused_at = null`])
    await expect(
      db.services.database
        .forOrganization(owner.organizationId)
        .run(sql`update tickets set ${change} where id = ${duplicate.id}`),
    ).rejects.toThrow();
});

it('merges crosswise at the same time without a deadlock: one of the two wins', async () => {
  for (let round = 0; round < 5; round += 1) {
    const [one, other] = [await open(), await open()];
    const merges = await Promise.allSettled([
      mergeTicket(ctx, one.id, { intoId: other.id }),
      mergeTicket(ctx, other.id, { intoId: one.id }),
    ]);
    expect(merges.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  }
});

it('emits the merge for both tickets, and merges once under an idempotency key', async () => {
  const [target, duplicate] = [await open(), await open()];
  const request = db.contextFor(owner.actor, { idempotencyKey: 'merge' });
  const first = await mergeTicket(request, duplicate.id, { intoId: target.id });
  expect(await mergeTicket(request, duplicate.id, { intoId: target.id })).toEqual(first);
  const events = await db.services.database.system.many<{
    key: string;
    payload: Record<string, unknown>;
  }>(sql`
    select key, payload from outbox_events where organization_id = ${owner.organizationId} and type = 'ticket.changed'
    order by xid, sequence`);
  expect(events.slice(2).map(({ key, payload }) => [key, payload.change, payload.status])).toEqual([
    [duplicate.id, 'merged', 'closed'],
    [target.id, 'merged', 'open'],
  ]);
});
