/** Service levels of tickets in the database. The numbers of T1 to T8 are of Monday to Friday, 9 to 17, in Berlin. */
import * as fc from 'fast-check';
import { SettableClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { CreateSlaPolicyInput, CreateTicketInput } from '#subgraphs/support/inputs.generated';
import { createTicketQueue } from '#subgraphs/support/queues/ticket-queues';
import { businessTimeBetween, openingHours } from '#subgraphs/support/sla/business-time.rules';
import { businessHoursOf, setBusinessHours } from '#subgraphs/support/sla/business-hours';
import { checkTickets } from '#subgraphs/support/sla/check-tickets.worker';
import { createHoliday, deleteHoliday, listHolidays } from '#subgraphs/support/sla/holidays';
import { importHolidays } from '#subgraphs/support/sla/import-holidays';
import { createSlaPolicy, deleteSlaPolicy, updateSlaPolicy } from '#subgraphs/support/sla/sla-policies';
import { breachesOf } from '#subgraphs/support/sla/sla-records';
import { updateSupportSettings } from '#subgraphs/support/settings/support-settings';
import { assignTicket, updateTicket, updateTicketStatus } from '#subgraphs/support/tickets/change-ticket';
import { createTicket } from '#subgraphs/support/tickets/create-ticket';
import { replyToTicket } from '#subgraphs/support/tickets/reply-to-ticket';
import { requireTicket } from '#subgraphs/support/tickets/tickets.queries';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { codeOf, expectError, issuesOf } from '#test/harness/values';

const clock = new SettableClock(new Date('2026-01-01T00:00Z'));
let db: TestDatabase;
let owner: TestOwner;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  owner = await createOwner(db, { timeZone: 'Europe/Berlin' });
  ctx = owner.ctx;
  await setBusinessHours(ctx, owner.branchId, {
    windows: [
      {
        weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
        from: '09:00',
        to: '17:00',
      },
    ],
  });
});

/** A moment on the clock of Berlin, in winter. */
const berlin = (text: string, offset = '+01:00') => new Date(`${text}${offset}`);
const policy = (
  targets: Partial<CreateSlaPolicyInput['targets'][number]>,
  more: Partial<CreateSlaPolicyInput> = {},
) => createSlaPolicy(ctx, { name: 'Standard', targets: [{ priority: 'normal', ...targets }], ...more });
const openAt = (moment: Date, input: Partial<CreateTicketInput> = {}) => {
  clock.set(moment);
  return createTicket(ctx, { subject: 'Kettle', body: 'It leaks.', ...input });
};
const statusAt = (
  moment: Date,
  id: string,
  status: 'open' | 'pending_customer' | 'pending_internal' | 'resolved',
) => {
  clock.set(moment);
  return updateTicketStatus(ctx, id, { status });
};
const ticketOf = (id: string) => requireTicket(ctx.db, id);
const missed = async (id: string) =>
  ((await breachesOf(ctx.db, [id])).get(id) ?? []).map(({ metric, dueAt }) => [metric, dueAt]);
const eventsOf = async (type: string) =>
  db.services.database.system.many<{ payload: Record<string, unknown> }>(sql`
    select payload from outbox_events where organization_id = ${owner.organizationId} and type = ${type} order by sequence`);

it('T1: a ticket of Friday 16:30 has its first response due on Monday at 09:30', async () => {
  await policy({ firstResponseMinutes: 60 });
  const { id } = await openAt(berlin('2026-01-30T16:30'));
  expect(await ticketOf(id)).toMatchObject({
    firstResponseDueAt: berlin('2026-02-02T09:30'),
    nextCheckAt: berlin('2026-02-02T09:30'),
  });
});

it('T2: the clock stands still while the customer is awaited', async () => {
  await policy({ resolutionMinutes: 240 });
  const { id } = await openAt(berlin('2026-03-02T10:00'));
  expect(await statusAt(berlin('2026-03-02T11:00'), id, 'pending_customer')).toMatchObject({
    pausedAt: berlin('2026-03-02T11:00'),
    resolutionDueAt: null,
    nextCheckAt: null,
    consumedMs: 3_600_000,
  });
  expect(await statusAt(berlin('2026-03-02T15:00'), id, 'open')).toMatchObject({
    pausedAt: null,
    resolutionDueAt: berlin('2026-03-03T10:00'),
  });
});

it('T3: a pause over a weekend does not move the deadline by the hours of the weekend', async () => {
  await policy({ resolutionMinutes: 480 });
  const { id } = await openAt(berlin('2026-03-06T14:00'));
  await statusAt(berlin('2026-03-06T16:00'), id, 'pending_customer');
  clock.set(berlin('2026-03-09T10:00'));
  await replyToTicket(ctx, id, { kind: 'customer', body: 'Here is the bill.' });
  expect(await ticketOf(id)).toMatchObject({
    status: 'open',
    resolutionDueAt: berlin('2026-03-09T16:00'),
  });
});

it('T4: holidays do not count, whether they are known before the ticket or after it', async () => {
  await policy({ resolutionMinutes: 240 });
  const { id } = await openAt(berlin('2026-04-02T16:00', '+02:00'));
  expect(await ticketOf(id)).toMatchObject({ resolutionDueAt: berlin('2026-04-03T12:00', '+02:00') });
  await createHoliday(ctx, { date: '2026-04-03', name: 'Good Friday' });
  const monday = await createHoliday(ctx, {
    date: '2026-04-06',
    name: 'Easter Monday',
    branchId: owner.branchId,
  });
  const due = berlin('2026-04-07T12:00', '+02:00');
  expect(await ticketOf(id)).toMatchObject({ resolutionDueAt: due, nextCheckAt: due, version: 1 });
  await deleteHoliday(ctx, monday.id);
  expect(await ticketOf(id)).toMatchObject({ resolutionDueAt: berlin('2026-04-06T12:00', '+02:00') });
  await expectError('ALREADY_EXISTS', createHoliday(ctx, { date: '2026-04-03', name: 'Again' }));
  await expectError('NOT_FOUND', deleteHoliday(ctx, monday.id));
});

it('T5: a service level of all hours counts 24 elapsed hours over a change of the clock', async () => {
  await policy({ resolutionMinutes: 1440 }, { hours: 'always' });
  const { id } = await openAt(berlin('2026-03-28T12:00'));
  expect(await ticketOf(id)).toMatchObject({ resolutionDueAt: berlin('2026-03-29T13:00', '+02:00') });
});

it('T6: a breach stays a breach when the priority is lowered later', async () => {
  await createSlaPolicy(ctx, {
    name: 'Standard',
    targets: [
      { priority: 'urgent', firstResponseMinutes: 30 },
      { priority: 'low', firstResponseMinutes: 2400 },
    ],
  });
  const { id } = await openAt(berlin('2026-03-02T10:00'), { priority: 'urgent' });
  clock.set(berlin('2026-03-02T11:00'));
  await updateTicket(ctx, id, { priority: 'low' });
  expect(await missed(id)).toEqual([['first_response', berlin('2026-03-02T10:30')]]);
  await replyToTicket(ctx, id, { body: 'Yes?' });
  expect(await missed(id)).toHaveLength(1);
  expect((await eventsOf('ticket.breached')).map(({ payload }) => payload)).toEqual([
    {
      ticketId: id,
      number: 'T-1',
      metric: 'first_response',
      dueAt: '2026-03-02T09:30:00.000Z',
    },
  ]);
});

it('T7: a changed service level keeps the consumed time: of 2 used hours of 8, 4 leave 2 from now', async () => {
  const { id: policyId } = await policy({ resolutionMinutes: 480 });
  const { id } = await openAt(berlin('2026-03-02T10:00'));
  clock.set(berlin('2026-03-02T12:00'));
  await updateSlaPolicy(ctx, policyId, { targets: [{ priority: 'normal', resolutionMinutes: 240 }] });
  expect(await ticketOf(id)).toMatchObject({
    consumedMs: 7_200_000,
    resolutionDueAt: berlin('2026-03-02T14:00'),
  });
  await updateSlaPolicy(ctx, policyId, { targets: [{ priority: 'normal', resolutionMinutes: 60 }] });
  expect(await ticketOf(id)).toMatchObject({ resolutionDueAt: berlin('2026-03-02T12:00') });
});

it('T7: changed hours count what has passed by the old ones and what follows by the new ones', async () => {
  await policy({ resolutionMinutes: 480 });
  const { id } = await openAt(berlin('2026-03-02T10:00'));
  clock.set(berlin('2026-03-02T12:00'));
  await setBusinessHours(ctx, owner.branchId, {
    windows: [{ weekdays: ['monday', 'tuesday'], from: '15:00', to: '18:00' }],
  });
  expect(await ticketOf(id)).toMatchObject({
    consumedMs: 7_200_000,
    resolutionDueAt: berlin('2026-03-03T18:00'),
  });
});

it('follows the service level of another queue after an assignment, with the consumed time', async () => {
  const queue = await createTicketQueue(ctx, { name: 'Repairs' });
  await policy({ resolutionMinutes: 240 });
  const repairs = await createSlaPolicy(ctx, {
    name: 'Repairs',
    queueId: queue.id,
    targets: [{ priority: 'normal', resolutionMinutes: 960 }],
  });
  const { id } = await openAt(berlin('2026-03-02T10:00'));
  clock.set(berlin('2026-03-02T11:00'));
  const moved = await assignTicket(ctx, id, { queueId: queue.id });
  // 15 hours remain: 6 on Monday, 8 on Tuesday, 1 on Wednesday.
  expect(moved).toMatchObject({ resolutionDueAt: berlin('2026-03-04T10:00') });
  await deleteSlaPolicy(ctx, repairs.id);
  expect(await ticketOf(id)).toMatchObject({ resolutionDueAt: berlin('2026-03-02T14:00') });
});

it('answers each later message of the customer within its own target', async () => {
  await policy({ firstResponseMinutes: 60, nextResponseMinutes: 120 });
  const { id } = await openAt(berlin('2026-03-02T09:00'));
  clock.set(berlin('2026-03-02T09:30'));
  await replyToTicket(ctx, id, { body: 'Which model?' });
  expect(await ticketOf(id)).toMatchObject({ nextResponseDueAt: null });
  clock.set(berlin('2026-03-02T16:00'));
  await replyToTicket(ctx, id, { kind: 'customer', body: 'The red one.' });
  expect(await ticketOf(id)).toMatchObject({ nextResponseDueAt: berlin('2026-03-03T10:00') });
  clock.set(berlin('2026-03-03T11:00'));
  await replyToTicket(ctx, id, { body: 'We have it.' });
  expect(await missed(id)).toEqual([['next_response', berlin('2026-03-03T10:00')]]);
});

it('a worker records what was missed, once, and takes each step of escalation once, in business hours', async () => {
  const queue = await createTicketQueue(ctx, { name: 'Second level' });
  await policy(
    { resolutionMinutes: 480 },
    {
      escalations: [
        { metric: 'resolution', percent: 50, priority: 'normal', assigneeId: owner.user.id },
        { metric: 'resolution', percent: 150, queueId: queue.id },
      ],
    },
  );
  const { id } = await openAt(berlin('2026-03-06T15:00'));
  // Half of it: 2 hours on Friday, 2 on Monday.
  expect(await ticketOf(id)).toMatchObject({ nextCheckAt: berlin('2026-03-09T11:00') });
  clock.set(berlin('2026-03-08T12:00'));
  await checkTickets(db.services);
  expect(await ticketOf(id)).toMatchObject({ assigneeId: null });
  clock.set(berlin('2026-03-09T11:00'));
  await Promise.all([checkTickets(db.services), checkTickets(db.services)]);
  expect(await ticketOf(id)).toMatchObject({
    assigneeId: owner.user.id,
    nextCheckAt: berlin('2026-03-09T15:00'),
  });
  clock.set(berlin('2026-03-09T15:00'));
  await checkTickets(db.services);
  expect(await missed(id)).toEqual([['resolution', berlin('2026-03-09T15:00')]]);
  expect(await ticketOf(id)).toMatchObject({ nextCheckAt: berlin('2026-03-10T11:00') });
  clock.set(berlin('2026-03-10T11:00'));
  await checkTickets(db.services);
  await checkTickets(db.services);
  expect(await ticketOf(id)).toMatchObject({ queueId: queue.id, nextCheckAt: null });
  expect((await eventsOf('ticket.escalated')).map(({ payload }) => payload.percent)).toEqual([50, 150]);
  expect(await eventsOf('ticket.breached')).toHaveLength(1);
});

it('a solution ends the clock; a ticket that is reopened continues it', async () => {
  await policy({ resolutionMinutes: 240 });
  const { id } = await openAt(berlin('2026-03-02T10:00'));
  await statusAt(berlin('2026-03-02T13:00'), id, 'resolved');
  clock.set(berlin('2026-03-04T10:00'));
  await checkTickets(db.services);
  expect(await missed(id)).toEqual([]);
  await replyToTicket(ctx, id, { kind: 'customer', body: 'No.' });
  expect(await ticketOf(id)).toMatchObject({ resolutionDueAt: berlin('2026-03-04T11:00') });
});

it('closes resolved tickets after the set days, or never', async () => {
  const [first, second] = [
    await openAt(berlin('2026-03-02T10:00')),
    await openAt(berlin('2026-03-02T10:00')),
  ];
  for (const { id } of [first, second]) await statusAt(berlin('2026-03-02T10:00'), id, 'resolved');
  clock.set(berlin('2026-03-16T09:59'));
  await checkTickets(db.services);
  expect(await ticketOf(first.id)).toMatchObject({ status: 'resolved' });
  await updateSupportSettings(ctx, { closeDays: 15 });
  clock.set(berlin('2026-03-16T10:00'));
  await checkTickets(db.services);
  expect(await ticketOf(first.id)).toMatchObject({
    status: 'resolved',
    nextCheckAt: berlin('2026-03-17T10:00'),
  });
  clock.set(berlin('2026-03-17T10:00'));
  await checkTickets(db.services);
  expect(await ticketOf(second.id)).toMatchObject({
    status: 'closed',
    closedAt: clock.now(),
    nextCheckAt: null,
  });
  await updateSupportSettings(ctx, { closeDays: 0 });
  const { id } = await openAt(berlin('2026-03-18T10:00'));
  expect(await statusAt(berlin('2026-03-18T11:00'), id, 'resolved')).toMatchObject({ nextCheckAt: null });
});

it('checks service levels and hours by field', async () => {
  expect(
    await issuesOf(
      createSlaPolicy(ctx, {
        name: 'x',
        targets: [
          { priority: 'low', firstResponseMinutes: 0 },
          { priority: 'low', resolutionMinutes: 525_601 },
        ],
        escalations: [
          { metric: 'resolution', percent: 501 },
          { metric: 'resolution', percent: 501 },
        ],
      }),
    ),
  ).toEqual([
    'targets.0.firstResponseMinutes OUT_OF_RANGE',
    'targets.1.resolutionMinutes OUT_OF_RANGE',
    'targets.1.priority DUPLICATE',
    'escalations.0.percent OUT_OF_RANGE',
    'escalations.1.percent OUT_OF_RANGE',
    'escalations.1.percent DUPLICATE',
  ]);
  expect(
    await issuesOf(
      policy(
        {},
        {
          queueId: owner.branchId,
          escalations: [{ metric: 'resolution', percent: 1, assigneeId: owner.branchId }],
        },
      ),
    ),
  ).toEqual(['queueId NOT_FOUND', 'escalations.0.assigneeId NOT_FOUND']);
  await policy({});
  expect(await issuesOf(createSlaPolicy(ctx, { name: 'standard', targets: [] }))).toEqual(['name TAKEN']);
  expect(await issuesOf(createSlaPolicy(ctx, { name: 'Other', targets: [] }))).toEqual(['queueId TAKEN']);
  const windows = [
    { weekdays: [], from: '9:00', to: '25:00' },
    { weekdays: ['monday' as const], from: '12:00', to: '12:00' },
  ];
  expect(await issuesOf(setBusinessHours(ctx, owner.branchId, { windows }))).toEqual([
    'windows.0.weekdays REQUIRED',
    'windows.0.from INVALID',
    'windows.0.to INVALID',
    'windows.1.to RANGE',
  ]);
  const stranger = await createOwner(db);
  expect(await codeOf(setBusinessHours(ctx, stranger.branchId, { windows: [] }))).toBe('NOT_FOUND');
  await expectError('CONFLICT', setBusinessHours(ctx, owner.branchId, { windows: [], version: 7 }));
  expect(await businessHoursOf(ctx.db, owner.branchId)).toMatchObject({ version: 1 });
});

it('imports whole days of a calendar: yearly ones for five years, each once, and names what it skips', async () => {
  clock.set(berlin('2026-01-10T12:00'));
  const text = [
    'BEGIN:VCALENDAR',
    ...event(
      'SUMMARY:Christmas',
      'DTSTART;VALUE=DATE:20151225',
      'DTEND;VALUE=DATE:20151227',
      'RRULE:FREQ=YEARLY',
    ),
    ...event('SUMMARY:Good', ' Friday', 'DTSTART;VALUE=DATE:20260403'),
    ...event('SUMMARY:Meeting', 'DTSTART:20260403T100000Z', 'DTEND:20260403T110000Z'),
    ...event('SUMMARY:Mondays', 'DTSTART;VALUE=DATE:20260105', 'RRULE:FREQ=WEEKLY'),
    ...event('SUMMARY:For years', 'DTSTART;VALUE=DATE:20260105', 'DTEND;VALUE=DATE:20280105'),
    'END:VCALENDAR',
    '',
  ].join('\r\n');
  const first = await importHolidays(ctx, { text });
  expect(first).toEqual({
    // 2015 to 2030, two days each, and one more.
    created: 16 * 2 + 1,
    unchanged: 0,
    skipped: [
      { name: 'Meeting', reason: 'It does not last whole days.' },
      { name: 'Mondays', reason: 'It is repeated, but not yearly.' },
      { name: 'For years', reason: 'It lasts more than 60 days.' },
    ],
  });
  expect(await importHolidays(ctx, { text })).toMatchObject({ created: 0, unchanged: 33 });
  const listed = await listHolidays(ctx.db, { from: '2026-01-01', to: '2026-12-31' });
  expect(listed.items.map(({ date, name, source }) => [date, name, source])).toEqual([
    ['2026-04-03', 'GoodFriday', 'ical'],
    ['2026-12-25', 'Christmas', 'ical'],
    ['2026-12-26', 'Christmas', 'ical'],
  ]);
  expect(await issuesOf(importHolidays(ctx, { text: 'BEGIN:VCARD\r\nEND:VCARD' }))).toEqual(['file FORMAT']);
  expect(await issuesOf(importHolidays(ctx, { text: 'hello' }))).toEqual(['file FORMAT']);
  expect(await issuesOf(importHolidays(ctx, {}))).toEqual(['text REQUIRED']);
  expect(await codeOf(importHolidays(ctx, { text: 'x'.repeat(1024 * 1024 + 1) }))).toBe('PAYLOAD_TOO_LARGE');
});

const event = (...lines: string[]) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'];

const STEP = fc.record({
  hours: fc.integer({ min: 1, max: 60 }),
  step: fc.constantFrom(
    'open',
    'pending_customer',
    'pending_internal',
    'note',
    'customer',
    'reply',
    'low',
    'normal',
  ),
});

it('whatever happens to a ticket, used and remaining time add up to the target, and no deadline is missed unrecorded', async () => {
  await createSlaPolicy(ctx, {
    name: 'Both',
    targets: [
      { priority: 'normal', resolutionMinutes: 20 * 60 },
      { priority: 'low', resolutionMinutes: 30 * 60 },
    ],
  });
  const { windows } = await businessHoursOf(ctx.db, owner.branchId);
  const calendar = openingHours('Europe/Berlin', windows, []);
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 1, maxLength: 8 }), async (steps) => {
      const { id } = await openAt(berlin('2026-03-02T10:00'));
      for (const { hours, step } of steps) {
        clock.advance(hours * 3_600_000);
        if (step === 'low' || step === 'normal') await updateTicket(ctx, id, { priority: step });
        else if (step === 'note' || step === 'customer' || step === 'reply')
          await replyToTicket(ctx, id, { kind: step, body: 'x' });
        else await updateTicketStatus(ctx, id, { status: step });
        const { consumedMs, clockFrom, pausedAt, resolutionDueAt, priority } = await ticketOf(id);
        const targetMs = (priority === 'low' ? 30 : 20) * 3_600_000;
        if (pausedAt) expect(resolutionDueAt).toBeNull();
        else if (consumedMs < targetMs)
          expect(consumedMs + businessTimeBetween(calendar, clockFrom, resolutionDueAt!)).toBe(targetMs);
        else expect(resolutionDueAt!.getTime()).toBeLessThanOrEqual(clock.now().getTime());
      }
      const before = await missed(id);
      const { resolutionDueAt } = await ticketOf(id);
      await checkTickets(db.services);
      const isOverdue = resolutionDueAt !== null && resolutionDueAt <= clock.now();
      expect(await missed(id)).toHaveLength(isOverdue ? 1 : before.length);
    }),
    { numRuns: 25 },
  );
});
