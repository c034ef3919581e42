/** Mails out and in: replies in one thread, and messages of real MIME texts, each once. */
import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import { createMailer, type Mailer } from '#kernel/mail/mailer';
import { sendTicketMails } from '#subgraphs/support/mail/send-mails.worker';
import { signatureHeader } from '#kernel/webhook-signature.rules';
import { startMailServer, type TestMailServer } from '#test/auth/mail/mail-server';
import { signedInOwner, type TestOwner } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

const OWN = 'help@shop.example';
const SECRET = 'a-secret-of-the-mail-server';
let platform: TestPlatform;
let server: TestMailServer;
let mailer: Mailer;
let owner: TestOwner;
let token: string;
beforeAll(async () => {
  server = await startMailServer();
  const SMTP_URL = `smtp://127.0.0.1:${server.port}`;
  platform = await startTestPlatform({ env: { RATE_LIMIT_PER_MINUTE: '0', SMTP_URL } });
  mailer = createMailer(platform.services);
}, 120_000);
afterAll(async () => {
  mailer.close();
  await platform.stop();
  await server.close();
});
beforeEach(async () => {
  ({ owner, token } = await signedInOwner(platform.services));
  server.received.length = 0;
});

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}
const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
  const answer = await platform.rest(method, `/api/v1${path}`, { token, body });
  return { status: answer.status, body: answer.body };
};
const settings = (body: object) => call('PUT', '/support/mail-settings', body);
const mailOn = () => settings({ address: OWN, secret: SECRET });
const ticketWith = async (input: object = {}) =>
  (await call('POST', '/support/tickets', { subject: 'Lid', body: 'It leaks.', ...input })).body.id as string;
/** The worker of the platform sends, too, but looks only every 5 seconds. */
const sendAll = () => sendTicketMails(platform.services, mailer);
/** As after a time: mails are due by the clock of the database. */
const bringForward = (seconds: number) =>
  platform.services.database.system.run(
    sql`update ticket_mails set due_at = due_at - make_interval(secs => ${seconds})`,
  );

async function receive(
  lines: readonly string[] | Buffer,
  more: { secret?: string; organization?: string } = {},
) {
  const mail = Buffer.isBuffer(lines) ? lines : Buffer.from(lines.join('\r\n'));
  const { secret = SECRET, organization = owner.organizationId } = more;
  const response = await fetch(`${platform.url}/api/v1/support/mail/${organization}`, {
    method: 'POST',
    headers: {
      'content-type': 'message/rfc822',
      'pospro-signature': signatureHeader(mail, [secret], platform.services.clock.now()),
    },
    body: new Uint8Array(mail),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const mailsOf = async (column: 'address' | 'attempts' | 'status') => {
  const rows = await platform.services.database.system.many<Record<string, unknown>>(sql`
    select address, attempts, status from ticket_mails where organization_id = ${owner.organizationId} and direction = 'out'`);
  return rows.map((row) => row[column]);
};
const headersOf = (text: string) => text.split('\r\n\r\n')[0]!.replace(/\r\n[ \t]+/g, ' ');
const messagesOf = async (number: string) => {
  const query = `{ tickets(search: "${number}") { items { status channel subject requesterEmail requesterName customerId
    messages { items { kind body attachments { filename contentType } mailStatus } } } } }`;
  const { data } = await platform.graphql<{ tickets: { items: Record<string, unknown>[] } }>(
    query,
    {},
    token,
  );
  const [{ messages, ...ticket }] = data.tickets.items as [
    { messages: { items: Record<string, unknown>[] } },
  ];
  return { ...ticket, messages: messages.items };
};

const question = (id: string, more: readonly string[] = [], from = 'Ada <ada@mail.example>') => [
  `From: ${from}`,
  `To: ${OWN}`,
  `Message-ID: <${id}>`,
  ...more,
  'Subject: The kettle leaks',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Water drips.',
];

it('answers 401 without a secret, for a wrong signature and for an unknown organization, and 422 for what is not a mail', async () => {
  expect((await receive(question('a@x'))).status).toBe(401);
  await mailOn();
  expect((await receive(question('a@x'), { secret: 'x'.repeat(20) })).status).toBe(401);
  expect((await receive(question('a@x'), { organization: randomUUID() })).status).toBe(401);
  expect((await receive(question('a@x'), { organization: 'x' })).status).toBe(401);
  expect((await receive(['no mail'])).status).toBe(422);
  const { body } = await call('GET', '/support/mail-settings');
  expect(body).toMatchObject({ address: OWN, has_secret: true, version: 1 });
  expect(JSON.stringify(body)).not.toContain(SECRET);
});

it('makes a ticket of a mail with encoded words, latin-1 and attachments, and names the files that it does not store', async () => {
  await mailOn();
  const mail = Buffer.concat([
    Buffer.from(
      [
        'From: =?iso-8859-1?Q?J=F6rg_Wei=DF?= <Joerg@Mail.example>',
        `To: ${OWN}`,
        'Message-ID: <first@mail.example>',
        'Subject: =?utf-8?B?QVc6IERlciBUb3BmIGzDpHVmdA==?= aus',
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary="m"',
        '',
        '--m',
        'Content-Type: multipart/alternative; boundary="a"',
        '',
        '--a',
        'Content-Type: text/plain; charset=iso-8859-1',
        'Content-Transfer-Encoding: 8bit',
        '',
        '',
      ].join('\r\n'),
    ),
    Buffer.from('Gr\xfc\xdfe vom Topf', 'latin1'),
    Buffer.from(
      [
        '',
        '--a',
        'Content-Type: text/html; charset=utf-8',
        '',
        '<b>not read</b>',
        '--a--',
        '--m',
        'Content-Type: text/html',
        "Content-Disposition: attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf",
        'Content-Transfer-Encoding: base64',
        '',
        Buffer.from('%PDF-1.7 x').toString('base64'),
        '--m',
        'Content-Type: image/png',
        'Content-Disposition: attachment; filename="evil.png"',
        'Content-Transfer-Encoding: base64',
        '',
        Buffer.from('MZ\x00\x01').toString('base64'),
        '--m--',
      ].join('\r\n'),
    ),
  ]);
  expect(await receive(mail)).toEqual({ status: 200, body: { received: true, ticket: 'T-1' } });
  expect(await messagesOf('T-1')).toMatchObject({
    status: 'open',
    channel: 'email',
    subject: 'Der Topf läuft aus',
    requesterName: 'Jörg Weiß',
    requesterEmail: 'joerg@mail.example',
    messages: [
      {
        kind: 'customer',
        body: 'Grüße vom Topf',
        attachments: [{ filename: 'Größe.pdf', contentType: 'application/pdf' }],
      },
      { kind: 'system', body: expect.stringMatching(/^1 of 2 files/) as string },
      { kind: 'reply', body: expect.stringContaining('Its number is T-1') as string },
    ],
  });
  // The same mail once more changes nothing, and is confirmed once.
  expect((await receive(mail)).body).toEqual({ received: true, ignored: 'duplicate' });
  expect((await messagesOf('T-1')).messages).toHaveLength(3);
  expect(await mailsOf('address')).toEqual(['joerg@mail.example']);
});

it('sends a public reply in the thread of the question, with its files, and takes the answer into the same ticket', async () => {
  await mailOn();
  const customer = (await call('POST', '/customers', { name: 'Ada', email: 'ada@mail.example' })).body.id;
  await receive(question('q@mail.example'));
  const { items } = (await call('GET', '/support/tickets')).body as {
    items: { id: string; customer_id: string }[];
  };
  const { id, customer_id: known } = items[0]!;
  expect(known).toBe(customer);
  const data = Buffer.from('Manual').toString('base64');
  const file = await call('POST', `/support/tickets/${id}/attachments`, { data, filename: 'manual.txt' });
  const secret = await call('POST', `/support/tickets/${id}/attachments`, { data, filename: 'secret.txt' });
  await call('POST', `/support/tickets/${id}/reply`, {
    kind: 'note',
    body: 'Internal',
    attachment_ids: [secret.body.id],
  });
  await call('POST', `/support/tickets/${id}/reply`, {
    ...{ body: 'Please bring it.', attachment_ids: [file.body.id], status: 'pending_customer' },
  });
  await sendAll();
  const { text } = await server.mailTo('ada@mail.example', /Please bring it\./);
  const head = headersOf(text);
  expect(head).toContain(`<${OWN}>`);
  expect(head).toMatch(/^Subject: \[T-1\] The kettle leaks$/m);
  // The mails before it: the question, and its confirmation.
  expect(head).toMatch(/^In-Reply-To: <.*@shop\.example>$/m);
  expect(head).toMatch(/^References: <q@mail\.example> <.*@shop\.example>$/m);
  expect(head).toMatch(new RegExp(`^X-Loop: ${OWN}$`, 'm'));
  expect(head).not.toMatch(/^(Auto-Submitted|Content-Language)/m);
  expect(text).toContain('Please bring it.');
  expect(text).toContain('manual.txt');
  expect(text).not.toMatch(/Internal|secret\.txt/);
  const sentId = /^Message-ID: (<.*@shop\.example>)$/m.exec(head)![1]!;
  // A colleague of the customer answers: the ids of the thread are enough.
  const body = ['I will.', '', 'On Mon, 2 Mar 2026 Shop wrote:', '> Please bring it.'];
  const reply = question('r@work.example', [`In-Reply-To: ${sentId}`], 'bob@work.example').slice(0, -1);
  expect((await receive([...reply, ...body])).body).toEqual({ received: true, ticket: 'T-1' });
  const { messages, status } = (await messagesOf('T-1')) as unknown as { messages: object[]; status: string };
  expect(status).toBe('open');
  expect(messages.at(-1)).toMatchObject({ kind: 'customer', body: 'I will.' });
  expect(messages[3]).toMatchObject({ kind: 'reply', mailStatus: 'sent' });
});

describe('the confirmation of a new ticket', () => {
  it('answers the mail in the language of the customer, in its thread, and is not a response', async () => {
    await mailOn();
    await call('POST', '/customers', { name: 'Ada', email: 'ada@mail.example', language: 'de-AT' });
    await receive(question('q@mail.example'));
    await sendAll();
    const { text } = await server.mailTo('ada@mail.example', /T-1/);
    const head = headersOf(text);
    expect(head).toMatch(/^Subject: \[T-1\] The kettle leaks$/m);
    expect(head).toMatch(/^In-Reply-To: <q@mail\.example>$/m);
    expect(head).toMatch(/^References: <q@mail\.example>$/m);
    expect(head).toMatch(/^Auto-Submitted: auto-replied$/m);
    expect(head).toMatch(/^Content-Language: de-AT$/m);
    expect((await messagesOf('T-1')).messages).toMatchObject([
      { kind: 'customer', mailStatus: null },
      {
        kind: 'reply',
        body: expect.stringMatching(/^Wir haben Ihre Nachricht erhalten .* Nummer T-1: /) as string,
        mailStatus: 'sent',
      },
    ]);
    const stored = await platform.services.database.system.many(sql`
      select t.first_responded_at, t.awaiting_since is not null as awaits from tickets t where t.organization_id = ${owner.organizationId}`);
    expect(stored).toEqual([{ firstRespondedAt: null, awaits: true }]);
  });

  it('is sent once for a mail that arrives twice, and not for an answer in its ticket', async () => {
    await mailOn();
    await Promise.all([receive(question('same@x')), receive(question('same@x'))]);
    await receive(question('next@x', ['In-Reply-To: <same@x>']));
    expect(await mailsOf('address')).toEqual(['ada@mail.example']);
  });

  it('is sent again for an answer that comes too late, because the ticket is a new one', async () => {
    await mailOn();
    await receive(question('q@x'));
    const { items } = (await call('GET', '/support/tickets')).body as { items: { id: string }[] };
    await call('PUT', `/support/tickets/${items[0]!.id}/status`, { status: 'closed' });
    expect((await receive(question('late@x', ['In-Reply-To: <q@x>']))).body.ticket).toBe('T-2');
    expect((await messagesOf('T-2')).messages).toMatchObject([
      { kind: 'customer' },
      { kind: 'reply', body: expect.stringContaining('T-2') as string },
    ]);
  });

  it('is sent for a web form, once for a request that is repeated, and not for what the staff enters', async () => {
    await mailOn();
    const body = { subject: 'Lid', body: 'It leaks.', requester_email: 'ada@mail.example' };
    const form = () =>
      platform.rest('POST', '/api/v1/support/tickets', {
        ...{ token, body: { ...body, channel: 'web' } },
        headers: { 'idempotency-key': 'form-1' },
      });
    const [first, second] = [await form(), await form()];
    expect(first.body).toMatchObject({ number: 'T-1', status: 'open', messages_count: 2 });
    expect(second.body).toEqual(first.body);
    for (const channel of ['phone', 'shop', 'email']) await ticketWith({ ...body, channel });
    expect(await mailsOf('address')).toEqual(['ada@mail.example']);
    await sendAll();
    const { text } = await server.mailTo('ada@mail.example', /\[T-1\] Lid/);
    expect(headersOf(text)).not.toMatch(/^In-Reply-To/m);
  });

  it('is not sent without the address of the support or of the customer, nor while mail of tickets is switched off', async () => {
    const form = { channel: 'web', requester_email: 'ada@mail.example' };
    await ticketWith(form);
    await mailOn();
    await ticketWith({ channel: 'web' });
    await call('PUT', '/admin/features', { support_mail: false });
    await ticketWith(form);
    const { body } = await call('GET', '/support/tickets?sort=number');
    expect(body).toMatchObject({ items: [1, 2, 3].map(() => ({ messages_count: 1 })) });
    expect(await mailsOf('address')).toEqual([]);
  });
});

it('adds a link for the rating to a reply that resolves the ticket, and sends nothing without an address', async () => {
  const silent = await ticketWith({ requester_email: 'ada@mail.example' });
  await call('POST', `/support/tickets/${silent}/reply`, { body: 'Yes.' });
  await mailOn();
  await call('POST', `/support/tickets/${await ticketWith()}/reply`, { body: 'To nobody.' });
  const id = await ticketWith({ requester_email: 'ada@mail.example' });
  await call('POST', `/support/tickets/${id}/reply`, { body: 'Done.', status: 'resolved' });
  await sendAll();
  expect(await mailsOf('address')).toEqual(['ada@mail.example']);
  const { text } = await server.mailTo('ada@mail.example', /T-3/);
  expect(text).toContain('/rate-ticket?token=ticket_');
});

it('tries a mail again that the server did not take', async () => {
  await mailOn();
  const id = await ticketWith({ requester_email: 'ada@mail.example' });
  server.refuse(1);
  await call('POST', `/support/tickets/${id}/reply`, { body: 'Yes.' });
  await sendAll();
  for (let look = 0; look < 100 && (await mailsOf('attempts'))[0] === 0; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await mailsOf('status')).toEqual(['queued']);
  await bringForward(31);
  await sendAll();
  expect(await mailsOf('status')).toEqual(['sent']);
});

describe('a feature that is switched off', () => {
  const features = (body: object) => call('PUT', '/admin/features', body);
  const disabled = (name: string) => ({
    status: 403,
    body: expect.objectContaining({
      code: 'FEATURE_DISABLED',
      details: { setting: `features.${name}` },
    }) as object,
  });

  it('is mail of tickets: mails are rejected once their signature is verified, and replies are kept without a mail', async () => {
    await mailOn();
    const id = await ticketWith({ requester_email: 'ada@mail.example' });
    server.refuse(1);
    await call('POST', `/support/tickets/${id}/reply`, { body: 'Queued before.' });
    await sendAll();
    while ((await mailsOf('attempts'))[0] === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await features({ support_mail: false })).status).toBe(200);
    expect((await receive(question('a@x'), { secret: 'x'.repeat(20) })).status).toBe(401);
    expect(await receive(question('a@x'))).toEqual(disabled('support_mail'));
    expect((await call('POST', `/support/tickets/${id}/reply`, { body: 'Kept.' })).status).toBe(201);
    await bringForward(31);
    await sendAll();
    expect(server.received).toEqual([]);
    expect((await messagesOf('T-1')).messages).toMatchObject([
      { kind: 'customer' },
      { body: 'Queued before.', mailStatus: 'failed' },
      { body: 'Kept.', mailStatus: null },
    ]);
    await features({ support_mail: true });
    expect((await receive(question('a@x'))).body).toEqual({ received: true, ticket: 'T-2' });
  });

  it('is support: a mail opens no ticket, and an answer to an open one arrives', async () => {
    await mailOn();
    await receive(question('q@mail.example'));
    await features({ support: false });
    expect(await receive(question('r@mail.example'))).toEqual(disabled('support'));
    const answer = question('s@mail.example', ['In-Reply-To: <q@mail.example>']);
    expect((await receive(answer)).body).toEqual({ received: true, ticket: 'T-1' });
  });
});

it('uses the number in a subject only for the person who asked, and opens a ticket for everyone else', async () => {
  await mailOn();
  await ticketWith({ requester_email: 'ada@mail.example' });
  const named = (id: string, from: string) =>
    question(id, [], from).map((line) => line.replace('Subject: The', 'Subject: Re: [T-1] The'));
  expect((await receive(named('1@x', 'ADA@mail.example'))).body.ticket).toBe('T-1');
  expect((await receive(named('2@x', 'eve@mail.example'))).body.ticket).toBe('T-2');
});

it('opens no ticket for an automatic mail, a list, its own mail or a bounce, and notes a bounce of a reply in its ticket', async () => {
  await mailOn();
  const ignored = async (mail: readonly string[]) => (await receive(mail)).body.ignored;
  expect(await ignored(question('1@x', ['Auto-Submitted: auto-replied']))).toBe('automatic');
  expect(await ignored(question('2@x', ['Precedence: bulk']))).toBe('list');
  expect(await ignored(question('3@x', [`X-Loop: ${OWN}`]))).toBe('own');
  expect(await ignored(question('4@x', ['Return-Path: <>']))).toBe('bounce');
  expect((await call('GET', '/support/tickets')).body).toMatchObject({ total: 0 });
  expect(await mailsOf('address')).toEqual([]);
  const id = await ticketWith({ requester_email: 'gone@mail.example' });
  const reply = await call('POST', `/support/tickets/${id}/reply`, { body: 'Yes.' });
  await sendAll();
  await server.mailTo('gone@mail.example', /T-1/);
  const original = `<${reply.body.message_id as string}@shop.example>`;
  const bounce = question(
    '5@x',
    ['Content-Type: multipart/report; boundary="b"'],
    'MAILER-DAEMON@mx.example',
  );
  for (let times = 0; times < 2; times += 1) await receive([...bounce, '', `Message-ID: ${original}`]);
  expect(((await messagesOf('T-1')) as { messages: object[] }).messages).toMatchObject([
    { kind: 'customer' },
    { kind: 'reply', mailStatus: 'failed' },
    { kind: 'system' },
  ]);
});

it('takes 20 mails of one sender in an hour, and one of a mail that arrives twice at once', async () => {
  await mailOn();
  const twice = await Promise.all([receive(question('same@x')), receive(question('same@x'))]);
  expect(twice.map(({ body }) => body.ignored ?? 'ticket').sort()).toEqual(['duplicate', 'ticket']);
  for (let count = 1; count < 20; count += 1) await receive(question(`${count}@x`));
  expect((await receive(question('21@x'))).body).toEqual({ received: true, ignored: 'rate' });
  expect((await receive(question('22@x', [], 'bob@mail.example'))).body).toHaveProperty('ticket');
});

it('forgets the addresses of an erased customer', async () => {
  await mailOn();
  const { id } = (await call('POST', '/customers', { name: 'Ada', email: 'ada@mail.example' })).body;
  await receive(question('e@mail.example'));
  await call('DELETE', `/customers/${id as string}`);
  const left = await platform.services.database.system.many(sql`
    select 1 from ticket_mails where organization_id = ${owner.organizationId} and address is not null`);
  expect(left).toEqual([]);
});
