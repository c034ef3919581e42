/** Tickets, queues, service levels, ratings and canned answers over REST: each status that OpenAPI documents. */
import {
  commonStatuses,
  fieldsOf,
  operationsAt,
  startStatusTrial,
  UNKNOWN_ID,
  type StatusTrial,
  type ValidRequest,
} from '#test/harness/documented-statuses';

const OPERATIONS = operationsAt(/^\/support\//);
const IMPORT = 'POST /support/holidays/import';
const UPLOAD = 'POST /support/tickets/{id}/attachments';
const RATE = 'POST /support/ratings';
const CALENDAR = [
  'BEGIN:VCALENDAR',
  'BEGIN:VEVENT',
  'UID:1',
  'SUMMARY:New Year',
  'DTSTART;VALUE=DATE:20270101',
  'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n');
const HOURS = { windows: [{ weekdays: ['monday'], from: '09:00', to: '17:00' }] };

let trial: StatusTrial;
let ticket: string;
let other: string;
let rating: string;
let queue: string;
let policy: string;
let holiday: string;
let answer: string;
let serial = 0;
const unique = (name: string) => `${name} ${(serial += 1)}`;
const newTicket = () => ({ subject: unique('Kettle'), body: 'It leaks.' });
const newPolicy = async () => ({
  name: unique('Level'),
  queue_id: await made('/support/queues', { name: unique('Queue') }),
  targets: [{ priority: 'high', resolution_minutes: 60 }],
});
const newHoliday = () => ({ date: `2027-02-${10 + ((serial += 1) % 18)}`, name: 'Stocktaking' });

async function made(path: string, body: object): Promise<string> {
  const created = await trial.send(`POST ${path}`, [path, body]);
  expect([created.status, created.text.slice(0, 300)]).toEqual([201, expect.anything()]);
  return (created.body as { id: string }).id;
}

beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  ticket = await made('/support/tickets', newTicket());
  other = await made('/support/tickets', newTicket());
  const done = await made('/support/tickets', newTicket());
  const status = 'PUT /support/tickets/{id}/status';
  await trial.send(status, [`/support/tickets/${done}/status`, { status: 'resolved' }]);
  rating = await ratingToken(done);
  queue = await made('/support/queues', { name: 'Repairs' });
  policy = await made('/support/sla-policies', await newPolicy());
  holiday = await made('/support/holidays', { date: '2027-01-02', name: 'Closed' });
  answer = await made('/support/canned-answers', { name: 'Model', body: 'Which model?' });
}, 120_000);
afterAll(() => trial.stop());

/** A valid request to each operation. */
const requests = (): Record<string, ValidRequest> => {
  const { branchId } = trial.owner;
  return {
    'GET /support/tickets': ['/support/tickets'],
    'POST /support/tickets': ['/support/tickets', newTicket()],
    'GET /support/tickets/{id}': [`/support/tickets/${ticket}`],
    'PUT /support/tickets/{id}': [`/support/tickets/${ticket}`, { subject: unique('Lid') }],
    'POST /support/tickets/{id}/reply': [`/support/tickets/${ticket}/reply`, { body: 'Bring it.' }],
    'PUT /support/tickets/{id}/status': [`/support/tickets/${ticket}/status`, { status: 'open' }],
    'POST /support/tickets/{id}/assign': [`/support/tickets/${ticket}/assign`, { assignee_id: null }],
    'POST /support/tickets/{id}/merge': [`/support/tickets/${ticket}/merge`, { into_id: other }],
    'GET /support/tickets/{id}/canned-answers/{answer_id}': [
      `/support/tickets/${ticket}/canned-answers/${answer}`,
    ],
    [UPLOAD]: [`/support/tickets/${ticket}/attachments`, { data: 'b25l', filename: 'one.txt' }],
    [RATE]: ['/support/ratings', { token: rating, rating: 5 }],
    'GET /support/canned-answers': ['/support/canned-answers'],
    'POST /support/canned-answers': ['/support/canned-answers', { name: unique('Answer'), body: 'Yes.' }],
    'GET /support/canned-answers/{id}': [`/support/canned-answers/${answer}`],
    'PUT /support/canned-answers/{id}': [`/support/canned-answers/${answer}`, { body: 'Which one?' }],
    'DELETE /support/canned-answers/{id}': [`/support/canned-answers/${answer}`],
    'GET /support/queues': ['/support/queues'],
    'POST /support/queues': ['/support/queues', { name: unique('Queue') }],
    'GET /support/queues/{id}': [`/support/queues/${queue}`],
    'PUT /support/queues/{id}': [`/support/queues/${queue}`, { description: unique('Team') }],
    'DELETE /support/queues/{id}': [`/support/queues/${queue}`],
    'GET /support/mail-settings': ['/support/mail-settings'],
    'PUT /support/mail-settings': ['/support/mail-settings', { address: 'help@shop.example' }],
    'GET /support/settings': ['/support/settings'],
    'PUT /support/settings': ['/support/settings', { reopen_days: 14 }],
    'GET /support/sla-policies': ['/support/sla-policies'],
    'POST /support/sla-policies': ['/support/sla-policies', { name: unique('Level'), targets: [] }],
    'GET /support/sla-policies/{id}': [`/support/sla-policies/${policy}`],
    'PUT /support/sla-policies/{id}': [`/support/sla-policies/${policy}`, { name: unique('Level') }],
    'DELETE /support/sla-policies/{id}': [`/support/sla-policies/${policy}`],
    'GET /support/business-hours/{branch_id}': [`/support/business-hours/${branchId}`],
    'PUT /support/business-hours/{branch_id}': [`/support/business-hours/${branchId}`, HOURS],
    'GET /support/holidays': ['/support/holidays'],
    'POST /support/holidays': ['/support/holidays', newHoliday()],
    'DELETE /support/holidays/{id}': [`/support/holidays/${holiday}`],
    [IMPORT]: ['/support/holidays/import', { text: CALENDAR }],
  };
};

it.each(OPERATIONS.filter((one) => ![IMPORT, UPLOAD].includes(one)))(
  '%s answers each status that does not depend on the operation',
  async (operation) => {
    expect(await trial.vary(operation, requests()[operation]!)).toEqual(commonStatuses(operation));
  },
);

it('answers each status of an upload, which may have any type', async () => {
  const expected = { ...commonStatuses(IMPORT), 415: [422, 'VALIDATION_FAILED'] };
  expect(await trial.vary(IMPORT, requests()[IMPORT]!)).toEqual(expected);
});

it('answers each status of an upload of an attachment, whose type is read from its bytes', async () => {
  const expected = { ...commonStatuses(UPLOAD), 415: [201, undefined] };
  expect(await trial.vary(UPLOAD, requests()[UPLOAD]!)).toEqual(expected);
  const program = Buffer.from('MZ\x00').toString('base64');
  const path = `/support/tickets/${ticket}/attachments`;
  expect(await trial.outcome(UPLOAD, [path, { data: program }])).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
});

it('answers 409 for a taken name, another version and an illegal step, and 200 for a change and a deletion', async () => {
  const illegal = async (operation: string, request: ValidRequest) =>
    expect(await trial.outcome(operation, request)).toEqual([409, 'ILLEGAL_STATE']);
  const named = { queues: { name: 'REPAIRS' }, 'canned-answers': { name: 'model', body: 'x' } };
  for (const [kind, body] of Object.entries(named))
    expect(await trial.outcome(`POST /support/${kind}`, [`/support/${kind}`, body])).toEqual([
      409,
      'ALREADY_EXISTS',
    ]);
  const level = { name: 'All', targets: [] };
  await trial.send('POST /support/sla-policies', ['/support/sla-policies', level]);
  expect(await trial.outcome('POST /support/sla-policies', ['/support/sla-policies', level])).toEqual([
    409,
    'ALREADY_EXISTS',
  ]);
  const spare = {
    queues: await made('/support/queues', { name: unique('Queue') }),
    'canned-answers': await made('/support/canned-answers', { name: unique('Answer'), body: 'x' }),
    'sla-policies': await made('/support/sla-policies', await newPolicy()),
  };
  for (const [kind, id] of Object.entries(spare)) {
    const path = `/support/${kind}/${id}`;
    const operation = `/support/${kind}/{id}`;
    const conflict = [409, 'CONFLICT'];
    expect(await trial.outcome(`PUT ${operation}`, [path, { name: 'Other', version: 9 }])).toEqual(conflict);
    expect(await trial.outcome(`DELETE ${operation}`, [`${path}?version=9`])).toEqual(conflict);
    expect((await trial.send(`PUT ${operation}`, [path, { name: unique('Other') }])).status).toBe(200);
    expect((await trial.send(`DELETE ${operation}`, [path])).body).toEqual({ id, deleted: true });
  }
  expect((await trial.send('DELETE /support/holidays/{id}', [`/support/holidays/${holiday}`])).status).toBe(
    200,
  );
  const target = await made('/support/tickets', newTicket());
  const at = `/support/tickets/${target}`;
  for (const [operation, path, body] of [
    ['PUT /support/tickets/{id}', at, { subject: 'x' }],
    ['PUT /support/tickets/{id}/status', `${at}/status`, { status: 'open' }],
    ['POST /support/tickets/{id}/assign', `${at}/assign`, { assignee_id: null }],
  ] as const) {
    expect(await trial.outcome(operation, [path, { ...body, version: 9 }])).toEqual([409, 'CONFLICT']);
    expect((await trial.send(operation, [path, body])).status).toBe(200);
  }
  const merge = 'POST /support/tickets/{id}/merge';
  const duplicate = await made('/support/tickets', newTicket());
  const merging: ValidRequest = [`/support/tickets/${duplicate}/merge`, { into_id: target }];
  const merged = await trial.send(merge, merging);
  expect([merged.status, merged.body]).toMatchObject([200, { id: target, messages_count: 3 }]);
  await illegal(merge, merging);
  await trial.send('PUT /support/tickets/{id}/status', [`${at}/status`, { status: 'closed' }]);
  await illegal('PUT /support/tickets/{id}/status', [`${at}/status`, { status: 'open' }]);
  await illegal('POST /support/tickets/{id}/reply', [`${at}/reply`, { body: 'x' }]);
  const ratings: ValidRequest = ['/support/ratings', { token: await ratingToken(target), rating: 5 }];
  const rated = await trial.send(RATE, ratings, { token: undefined });
  expect([rated.status, rated.body]).toMatchObject([201, { rating: 5, note: null }]);
  expect(await trial.outcome(RATE, ratings)).toEqual([409, 'ILLEGAL_STATE']);
  const settings: [path: string, body: object][] = [
    ['/support/settings', { reopen_days: 13 }],
    ['/support/mail-settings', { address: 'desk@shop.example' }],
    [`/support/business-hours/${trial.owner.branchId}`, HOURS],
  ];
  for (const [path, body] of settings) {
    const operation = path.replace(trial.owner.branchId, '{branch_id}');
    expect(await trial.outcome(`PUT ${operation}`, [path, { ...body, version: 9 }])).toEqual([
      409,
      'CONFLICT',
    ]);
    expect((await trial.send(`PUT ${operation}`, [path, body])).status).toBe(200);
  }
});

async function ratingToken(id: string): Promise<string> {
  const { body } = await trial.send('GET /support/tickets/{id}', [`/support/tickets/${id}`]);
  return new URL((body as { rating_url: string }).rating_url).searchParams.get('token')!;
}

it('answers 201 with a reply and an import, 200 for each read, 304 for what has not changed, and names the fields of a 422', async () => {
  const reply = await trial.send('POST /support/tickets/{id}/reply', [
    `/support/tickets/${ticket}/reply`,
    { canned_answer_id: answer },
  ]);
  expect([reply.status, reply.body]).toMatchObject([201, { ticket_id: ticket }]);
  expect((await trial.send(IMPORT, requests()[IMPORT]!)).status).toBeLessThan(300);
  for (const operation of OPERATIONS.filter((one) => one.startsWith('GET'))) {
    const { status, headers } = await trial.send(operation, requests()[operation]!);
    expect([operation, status]).toEqual([operation, 200]);
    const again = { headers: { 'if-none-match': headers.get('etag') ?? '"none"' } };
    await trial.send(operation, requests()[operation]!, again);
  }
  const wrong = await trial.send('POST /support/tickets', [
    '/support/tickets',
    { subject: '', body: '', requester_email: 'x' },
  ]);
  expect(fieldsOf(wrong)).toEqual(['subject REQUIRED', 'requester_email INVALID', 'body REQUIRED']);
  const branch: ValidRequest = ['/support/tickets', { ...newTicket(), branch_id: UNKNOWN_ID }];
  expect(await trial.outcome('POST /support/tickets', branch)).toEqual([404, 'NOT_FOUND']);
  const closed: ValidRequest = ['/support/holidays', { ...newHoliday(), branch_id: UNKNOWN_ID }];
  expect(await trial.outcome('POST /support/holidays', closed)).toEqual([404, 'NOT_FOUND']);
});

it('answers 409 while the first request with a key runs', async () => {
  const inUse = [409, 'IDEMPOTENCY_IN_PROGRESS'];
  const operations = ['POST /support/tickets', 'POST /support/tickets/{id}/reply', UPLOAD];
  for (const operation of operations)
    expect(await trial.repeat([[operation, requests()[operation]!]])).toEqual([inUse]);
});

it('has answered every documented status but those of a filter, a branch or a key that nothing here has', () => {
  expect(trial.missing()).toEqual({
    'DELETE /support/holidays/{id}': ['409'],
    'GET /support/canned-answers': ['404'],
    'GET /support/holidays': ['404'],
    'GET /support/mail-settings': ['409'],
    'GET /support/queues': ['404'],
    'GET /support/settings': ['409'],
    'GET /support/sla-policies': ['404'],
    'GET /support/tickets': ['404'],
    'POST /support/canned-answers': ['404'],
    'POST /support/holidays': ['409'],
    'POST /support/holidays/import': ['404', '409', '415'],
    'POST /support/queues': ['404'],
    'POST /support/sla-policies': ['404'],
    'PUT /support/mail-settings': ['404'],
    'PUT /support/settings': ['404'],
  });
});
