/** Tickets: created, answered, moved and found. */
import { randomUUID } from 'node:crypto';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { mergeCustomers } from '#subgraphs/orders/customers/merge-customers';
import { exportCustomerData } from '#subgraphs/orders/customers/export-customer-data';
import { createCustomer } from '#subgraphs/customers/customers';
import type { CreateTicketInput } from '#subgraphs/support/inputs.generated';
import { createTicketQueue, deleteTicketQueue } from '#subgraphs/support/queues/ticket-queues';
import { assignTicket, updateTicket, updateTicketStatus } from '#subgraphs/support/tickets/change-ticket';
import { createTicket } from '#subgraphs/support/tickets/create-ticket';
import { replyToTicket } from '#subgraphs/support/tickets/reply-to-ticket';
import { listMessages } from '#subgraphs/support/tickets/ticket-messages';
import { listTickets, requireTicket } from '#subgraphs/support/tickets/tickets.queries';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { errorOf, expectError, issuesOf } from '#test/harness/values';

const DAY = 86_400_000;
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
  owner = await createOwner(db, { timeZone: 'Europe/Berlin' });
  ctx = owner.ctx;
});

const later = (milliseconds: number) => (now = new Date(now.getTime() + milliseconds));
const open = (input: Partial<CreateTicketInput> = {}) =>
  createTicket(ctx, { subject: 'The kettle leaks', body: 'Water drips from the lid.', ...input });
const messagesOf = async (id: string) => (await listMessages(ctx.db, id, {})).items;
const found = async (filter: Parameters<typeof listTickets>[1]) =>
  (await listTickets(ctx, filter)).items.map(({ number }) => number);

it('numbers the tickets of an organization without gaps, however many are created at once', async () => {
  await issuesOf(open({ subject: ' ' }));
  const tickets = await Promise.all(Array.from({ length: 8 }, () => open()));
  expect(tickets.map(({ number }) => number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const stranger = await createOwner(db);
  const other = await createTicket(stranger.ctx, { subject: 'Hello', body: 'Hello.' });
  expect(other.number).toBe(1);
  await expectError(
    'NOT_FOUND',
    Promise.resolve().then(() => requireTicket(ctx.db, other.id)),
  );
});

it('keeps the question as the first message of the customer', async () => {
  const ticket = await open({ tags: ['warranty', 'warranty'], priority: 'high', channel: 'email' });
  expect(ticket).toMatchObject({
    status: 'open',
    priority: 'high',
    channel: 'email',
    branchId: owner.branchId,
    tags: ['warranty'],
    messagesCount: 1,
    awaitingSince: now,
    version: 1,
  });
  expect(await messagesOf(ticket.id)).toEqual([
    expect.objectContaining({
      number: 1,
      kind: 'customer',
      body: 'Water drips from the lid.',
      automatic: false,
    }),
  ]);
});

it('checks each field, and what the ticket refers to', async () => {
  const absent = randomUUID();
  expect(
    await issuesOf(
      open({ subject: '', body: ' ', requesterEmail: 'x', requesterName: 'a\u200bb', tags: [''] }),
    ),
  ).toEqual([
    'subject REQUIRED',
    'requesterName INVISIBLE',
    'requesterEmail INVALID',
    'tags.0 REQUIRED',
    'body REQUIRED',
  ]);
  expect(
    await issuesOf(open({ customerId: absent, queueId: 'x', assigneeId: absent, orderId: absent })),
  ).toEqual(['customerId NOT_FOUND', 'queueId NOT_FOUND', 'assigneeId NOT_FOUND', 'orderId NOT_FOUND']);
  await expectError('NOT_FOUND', open({ branchId: absent }));
  const stranger = await createOwner(db);
  expect(await issuesOf(open({ assigneeId: stranger.user.id }))).toEqual(['assigneeId NOT_FOUND']);
});

it('T6: the first response is the first public reply of the staff: notes and messages of the customer are none', async () => {
  const { id } = await open();
  later(60_000);
  await replyToTicket(ctx, id, { kind: 'note', body: 'Third one this week.' });
  await replyToTicket(ctx, id, { kind: 'customer', body: 'Are you there?' });
  expect(await requireTicket(ctx.db, id)).toMatchObject({ firstRespondedAt: null, messagesCount: 3 });
  const first = later(60_000);
  const { message } = await replyToTicket(ctx, id, { body: 'Please bring it.' });
  expect(message).toMatchObject({ number: 4, kind: 'reply', authorId: owner.user.id });
  later(60_000);
  await replyToTicket(ctx, id, { body: 'We are open until 5.' });
  expect(await requireTicket(ctx.db, id)).toMatchObject({ firstRespondedAt: first, awaitingSince: null });
  expect(await issuesOf(replyToTicket(ctx, id, { kind: 'system', body: 'x' }))).toEqual(['kind INVALID']);
});

it('waits for a reply since the first message of the customer that has none', async () => {
  const { id } = await open();
  later(1000);
  await replyToTicket(ctx, id, { body: 'Yes?' });
  const since = later(1000);
  await replyToTicket(ctx, id, { kind: 'customer', body: 'It still drips.' });
  later(1000);
  await replyToTicket(ctx, id, { kind: 'customer', body: 'Hello?' });
  expect(await requireTicket(ctx.db, id)).toMatchObject({ awaitingSince: since });
});

it('T8: moves by the table; an illegal step is a 409 that names the state and the possible steps', async () => {
  const { id } = await open();
  await updateTicketStatus(ctx, id, { status: 'pending_internal' });
  await replyToTicket(ctx, id, { body: 'Which model?', status: 'pending_customer' });
  const resolved = await updateTicketStatus(ctx, id, { status: 'resolved' });
  expect(resolved).toMatchObject({ status: 'resolved', resolvedAt: now, version: 4 });
  expect(await errorOf(updateTicketStatus(ctx, id, { status: 'pending_customer' }))).toMatchObject({
    code: 'ILLEGAL_STATE',
    status: 409,
    details: { status: 'resolved', allowed: ['open', 'closed'] },
  });
  expect(await errorOf(replyToTicket(ctx, id, { body: 'x', status: 'pending_internal' }))).toMatchObject({
    code: 'ILLEGAL_STATE',
  });
  await updateTicketStatus(ctx, id, { status: 'closed' });
  await expectError('ILLEGAL_STATE', replyToTicket(ctx, id, { body: 'One more thing' }));
  await replyToTicket(ctx, id, { kind: 'note', body: 'Closed by phone.' });
  expect(await messagesOf(id)).toHaveLength(3);
});

it('T8: a message of the customer reopens a resolved ticket within 14 days, and makes a new linked one later', async () => {
  const { id } = await open({ tags: ['lid'] });
  await updateTicketStatus(ctx, id, { status: 'resolved' });
  later(14 * DAY);
  const same = await replyToTicket(ctx, id, { kind: 'customer', body: 'It drips again.' });
  expect(same.ticketId).toBe(id);
  expect(await requireTicket(ctx.db, id)).toMatchObject({ status: 'open', resolvedAt: null });
  await updateTicketStatus(ctx, id, { status: 'resolved' });
  later(14 * DAY + 1);
  const next = await replyToTicket(ctx, id, { kind: 'customer', body: 'And again.' });
  expect(await requireTicket(ctx.db, next.ticketId)).toMatchObject({
    number: 2,
    followsId: id,
    status: 'open',
    subject: 'The kettle leaks',
    tags: ['lid'],
    messagesCount: 1,
  });
  expect(await requireTicket(ctx.db, id)).toMatchObject({ status: 'resolved', messagesCount: 2 });
});

it('changes fields, users and queues under a version, and nothing without a change', async () => {
  const { id } = await open();
  const queue = await createTicketQueue(ctx, { name: 'Repairs' });
  const customer = await createCustomer(ctx, { name: 'Ada' });
  const changed = await updateTicket(ctx, id, { subject: 'Lid', customerId: customer.id, version: 1 });
  expect(changed).toMatchObject({ subject: 'Lid', customerId: customer.id, version: 2 });
  expect(await updateTicket(ctx, id, { subject: ' Lid ' })).toMatchObject({ version: 2 });
  await expectError('CONFLICT', updateTicket(ctx, id, { subject: 'x', version: 1 }));
  const assigned = await assignTicket(ctx, id, { assigneeId: owner.user.id, queueId: queue.id });
  expect(assigned).toMatchObject({ assigneeId: owner.user.id, queueId: queue.id, version: 3 });
  await expectError('ILLEGAL_STATE', deleteTicketQueue(ctx, queue.id));
  expect(await assignTicket(ctx, id, { assigneeId: null })).toMatchObject({
    assigneeId: null,
    queueId: queue.id,
  });
  await updateTicketStatus(ctx, id, { status: 'closed' });
  await deleteTicketQueue(ctx, queue.id);
  expect(await requireTicket(ctx.db, id)).toMatchObject({ queueId: null });
});

it('creates once and replies once under an idempotency key', async () => {
  const request = db.contextFor(owner.actor, { idempotencyKey: 'once' });
  const input = { subject: 'Once', body: 'Only once.' };
  const [first, second] = [await createTicket(request, input), await createTicket(request, input)];
  expect(second.id).toBe(first.id);
  const again = db.contextFor(owner.actor, { idempotencyKey: 'reply' });
  for (let attempt = 0; attempt < 2; attempt += 1) await replyToTicket(again, first.id, { body: 'Yes.' });
  expect(await messagesOf(first.id)).toHaveLength(2);
});

it('finds tickets by number, by words of the ticket and of its messages, and by each filter', async () => {
  const queue = await createTicketQueue(ctx, { name: 'Repairs' });
  const kettle = await open({ requesterName: 'Jörg Weiß', priority: 'urgent', queueId: queue.id });
  const lamp = await open({ subject: 'Lamp', body: 'Flackert', tags: ['light'], assigneeId: owner.user.id });
  await replyToTicket(ctx, lamp.id, { kind: 'note', body: 'Serial 4711 of the bad batch' });
  await updateTicketStatus(ctx, lamp.id, { status: 'resolved' });
  expect(await found({ search: 't-2' })).toEqual([2]);
  expect(await found({ search: 'kettle LEAK' })).toEqual([1]);
  expect(await found({ search: 'jorg weiss' })).toEqual([1]);
  expect(await found({ search: '4711' })).toEqual([2]);
  expect(await found({ search: '1' })).toEqual([1]);
  expect(await found({ search: 'serial 4711' })).toEqual([2]);
  expect(await found({ search: 'flack' })).toEqual([2]);
  expect(await found({ search: '%' })).toEqual([]);
  expect(await found({ status: 'resolved' })).toEqual([2]);
  expect(await found({ priority: 'urgent' })).toEqual([1]);
  expect(await found({ queueId: queue.id })).toEqual([1]);
  expect(await found({ assigned: false })).toEqual([1]);
  expect(await found({ assigneeId: owner.user.id, tag: 'light' })).toEqual([2]);
  expect(await found({ breached: true })).toEqual([]);
  expect(await found({ breached: false, channel: 'phone' })).toEqual([2, 1]);
  expect(await found({ customerId: randomUUID() })).toEqual([]);
  expect(kettle.number).toBe(1);
});

it('gives the tickets of a merged customer to the remaining one, and empties the texts of an erased one', async () => {
  const ada = await createCustomer(ctx, { name: 'Ada' });
  const double = await createCustomer(ctx, { name: 'Ada B.' });
  const ticket = await open({ customerId: double.id, requesterEmail: 'ada@example.com', tags: ['x'] });
  await replyToTicket(ctx, ticket.id, { kind: 'note', body: 'A difficult customer.' });
  await mergeCustomers(ctx, ada.id, { duplicateId: double.id });
  expect(await requireTicket(ctx.db, ticket.id)).toMatchObject({ customerId: ada.id });
  const { records } = await exportCustomerData(ctx, ada.id, {});
  const exported = JSON.stringify(records);
  expect(exported).toContain('Water drips from the lid.');
  // A note is for the staff, and never reaches the customer.
  expect(exported).not.toContain('difficult');
  await deleteCustomer(ctx, ada.id);
  expect(await requireTicket(ctx.db, ticket.id)).toMatchObject({
    number: 1,
    subject: 'Deleted',
    requesterEmail: null,
    tags: [],
    searchText: '',
  });
  expect((await messagesOf(ticket.id)).map(({ body }) => body)).toEqual(['', '']);
  const left = await db.services.database.system.many(sql`
    select to_jsonb(t)::text from tickets t where t.id = ${ticket.id} and to_jsonb(t)::text ~ 'kettle|ada@'`);
  expect(left).toEqual([]);
});
