/** The support of the demo shop: queues, a service level, business hours, and tickets in every state. */
import { SettableClock } from '#kernel/clock';
import type { RequestContext, Services } from '#kernel/context';
import {
  assignTicket,
  checkTickets,
  createCannedAnswer,
  createHoliday,
  createSlaPolicy,
  createTicket,
  createTicketQueue,
  replyToTicket,
  setBusinessHours,
  updateTicketStatus,
} from '#subgraphs/support/index';
import { demoId } from './ids';
import { demoContext } from './shop';

/** The things that the examples of the API delete. */
const SPARE = 99;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Age of the oldest ticket, in days. */
const OLDEST_DAYS = 6;

const QUEUES = [
  [1, 'Customer service', 'Everything that has no queue of its own.'],
  [2, 'Repairs', 'Broken goods and their guarantees.'],
  [3, 'Deliveries', null],
  [SPARE, 'Old website', null],
] as const;

const ANSWERS = [
  [
    1,
    'Which model?',
    'en',
    'Hello {{requester.name|customer}}, which model do you have? {{agent.name|Your team}}',
  ],
  [
    2,
    'Which model?',
    'de',
    'Guten Tag {{requester.name|}}, welches Modell haben Sie? {{agent.name|Ihr Team}}',
  ],
  [3, 'Order received', null, '{{order.number}}: {{organization.name}}, {{branch.name}}'],
  [SPARE, 'Old greeting', null, 'Hello!'],
] as const;

const WORKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;

export async function seedSupport(services: Services): Promise<void> {
  const ctx = demoContext(services, 1);
  for (const [number, name, description] of QUEUES)
    await createTicketQueue(ctx, { name, description }, demoId.ticketQueue(number));
  await setBusinessHours(ctx, demoId.branch(1), {
    windows: [
      { weekdays: WORKDAYS, from: '08:00', to: '12:30' },
      { weekdays: WORKDAYS, from: '13:30', to: '18:00' },
      { weekdays: ['saturday'], from: '09:00', to: '13:00' },
    ],
  });
  await createHoliday(ctx, { date: '2026-12-25', name: 'Christmas Day' }, demoId.holiday(1));
  await createHoliday(ctx, { date: '2026-12-31', name: 'Stocktaking' }, demoId.holiday(SPARE));
  await seedPolicies(ctx);
  for (const [number, name, language, body] of ANSWERS)
    await createCannedAnswer(ctx, { name, language, body }, demoId.cannedAnswer(number));
  await seedTickets(services);
}

async function seedPolicies(ctx: RequestContext): Promise<void> {
  const hours = (firstResponse: number, resolution: number) => ({
    firstResponseMinutes: firstResponse * 60,
    nextResponseMinutes: firstResponse * 60,
    resolutionMinutes: resolution * 60,
  });
  await createSlaPolicy(
    ctx,
    {
      name: 'Standard',
      targets: [
        { priority: 'urgent', ...hours(1, 8) },
        { priority: 'high', ...hours(4, 16) },
        { priority: 'normal', ...hours(8, 40) },
        { priority: 'low', ...hours(16, 80) },
      ],
      escalations: [{ metric: 'resolution', percent: 80, assigneeId: demoId.user(2) }],
    },
    demoId.slaPolicy(1),
  );
  const targets = [{ priority: 'normal' as const, resolutionMinutes: 24 * 60 }];
  const deliveries = { name: 'Deliveries', queueId: demoId.ticketQueue(3), targets };
  await createSlaPolicy(ctx, { ...deliveries, hours: 'always' }, demoId.slaPolicy(SPARE));
}

/** The tickets came in during the last days, so that the deadline of one of them was missed. */
async function seedTickets(services: Services): Promise<void> {
  const clock = new SettableClock(new Date(services.clock.now().getTime() - OLDEST_DAYS * DAY_MS));
  const past = { ...services, clock };
  const ctx = demoContext(past, 1);
  const open = (number: number, input: Omit<Parameters<typeof createTicket>[1], 'branchId'>) =>
    createTicket(ctx, input, demoId.ticket(number));
  await open(5, {
    subject: 'Invoice with the wrong address',
    body: 'Please send the invoice again, with our new address.',
    channel: 'email',
    priority: 'urgent',
    customerId: demoId.customer(3),
  });
  clock.advance(2 * DAY_MS);
  await checkTickets(past);
  await replyToTicket(ctx, demoId.ticket(5), {
    body: 'Here it is. Please excuse the delay.',
    status: 'resolved',
  });
  await updateTicketStatus(ctx, demoId.ticket(5), { status: 'closed' });
  clock.advance(2 * DAY_MS);
  await open(4, {
    subject: 'Opening hours on holidays',
    body: 'Are you open on Christmas Eve?',
    channel: 'web',
    priority: 'low',
    requesterName: 'Lena Vogel',
    requesterEmail: 'lena.vogel@mail.example',
  });
  await replyToTicket(ctx, demoId.ticket(4), { body: 'Yes, until noon.', status: 'resolved' });
  clock.set(services.clock.now());
  await open(3, {
    subject: 'The grinder stops after a minute',
    body: 'It worked for a week.',
    channel: 'shop',
    queueId: demoId.ticketQueue(2),
    customerId: demoId.customer(4),
    tags: ['guarantee'],
  });
  await replyToTicket(ctx, demoId.ticket(3), {
    kind: 'note',
    body: 'Sent to the manufacturer.',
    status: 'pending_internal',
  });
  await open(2, {
    subject: 'Which filter fits?',
    body: 'I need filters for my machine.',
    channel: 'phone',
    customerId: demoId.customer(2),
  });
  await replyToTicket(ctx, demoId.ticket(2), {
    body: 'Which machine do you have?',
    status: 'pending_customer',
  });
  await open(1, {
    subject: 'A parcel is missing',
    body: 'I ordered two parcels, and one came.',
    channel: 'email',
    priority: 'high',
    orderId: demoId.order(1),
  });
  await assignTicket(ctx, demoId.ticket(1), { queueId: demoId.ticketQueue(1) });
  await open(6, {
    subject: 'Where is my second parcel?',
    body: 'I wrote yesterday, too.',
    channel: 'web',
    orderId: demoId.order(1),
  });
}
