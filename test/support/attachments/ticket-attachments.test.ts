/** Attachments: uploaded, named by a message, downloaded by the staff, and deleted with the texts of their customer. */
import { randomUUID } from 'node:crypto';
import { systemContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { storageOf } from '#kernel/storage/index';
import { exportCustomerData } from '#subgraphs/orders/customers/export-customer-data';
import { pruneAttachments } from '#subgraphs/support/attachments/prune-attachments.worker';
import { createColleagueOf, signedInOwner, signIn, type TestOwner } from '#test/harness/actors';
import { UNKNOWN_ID } from '#test/harness/documented-statuses';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

const DAY_MS = 24 * 3_600_000;
let platform: TestPlatform;
let owner: TestOwner;
let token: string;
let ticket: string;
beforeAll(async () => {
  platform = await startTestPlatform({ env: { RATE_LIMIT_PER_MINUTE: '0' } });
  ({ owner, token } = await signedInOwner(platform.services));
}, 120_000);
afterAll(() => platform.stop());
beforeEach(async () => {
  ticket = await idOf(post('/support/tickets', { subject: 'Lid', body: 'It leaks.' }));
});

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}
const call = async (method: string, path: string, more: object = {}): Promise<Answer> => {
  const { status, body } = await platform.rest(method, `/api/v1${path}`, { token, ...more });
  return { status, body: body };
};
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call('POST', path, { body, headers });
const idOf = async (answer: Promise<Answer>) => (await answer).body.id as string;
const upload = (data: string | Buffer, filename = 'lid.txt', id = ticket) =>
  post(`/support/tickets/${id}/attachments`, { data: Buffer.from(data).toString('base64'), filename });
const reply = (body: object, id = ticket) => post(`/support/tickets/${id}/reply`, body);
const download = (id: string, bearer: string | null = token) =>
  fetch(`${platform.url}/api/v1/support/attachments/${id}`, {
    headers: bearer === null ? {} : { authorization: `Bearer ${bearer}` },
  });
async function attachmentsOf(id = ticket) {
  const query = `{ ticket(id: "${id}") { messages { items { kind attachments { filename } } } } }`;
  const { data } = await platform.graphql<{
    ticket: { messages: { items: { kind: string; attachments: { filename: string }[] }[] } };
  }>(query, {}, token);
  return data.ticket.messages.items.map(({ kind, attachments }) => [
    kind,
    attachments.map(({ filename }) => filename),
  ]);
}
async function storedKeys(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storageOf(platform.services.config).list(`support/${owner.organizationId}`))
    keys.push(key);
  return keys;
}

it('goes in as a form, as the file itself and as JSON, and out as a download that no browser shows', async () => {
  const bytes = Buffer.from('%PDF-1.7 Größe');
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)], { type: 'text/html' }), 'Größe.html');
  const path = `/support/tickets/${ticket}/attachments`;
  const answers = [
    await post(path, form),
    await post(path, new Uint8Array(bytes), { 'content-type': 'application/pdf' }),
    await upload(bytes, 'offer.pdf'),
  ];
  expect(answers.map(({ status, body }) => [status, body.content_type, body.size])).toEqual(
    answers.map(() => [201, 'application/pdf', bytes.length]),
  );
  const { body } = answers[0]!;
  expect(body).toMatchObject({ ticket_id: ticket, message_id: null, filename: 'Größe.html.pdf' });
  const file = await download(body.id as string);
  expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
  const header = (name: string) => file.headers.get(name);
  expect([file.status, header('content-type'), header('x-content-type-options')]).toEqual([
    200,
    'application/pdf',
    'nosniff',
  ]);
  expect(header('content-disposition')).toBe(
    `attachment; filename="Gr__e.html.pdf"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.html.pdf`,
  );
  expect(header('cache-control')).toBe('private, no-store');
  expect(header('content-security-policy')).toBe("default-src 'none'; sandbox");
});

it('answers 413 above 10 MB, 415 for another type, 404 for an unknown ticket, and 422 without bytes', async () => {
  const outcome = ({ status, body }: Answer) => [status, body.code];
  const big = await post(`/support/tickets/${ticket}/attachments`, new Uint8Array(10 * 1024 * 1024 + 1), {
    'content-type': 'application/pdf',
  });
  expect(outcome(big)).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  const before = (await storedKeys()).length;
  expect(outcome(await upload('MZ\x00\x01', 'lid.png'))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  expect(outcome(await upload('x', 'x.txt', UNKNOWN_ID))).toEqual([404, 'NOT_FOUND']);
  expect(outcome(await upload(''))).toEqual([422, 'VALIDATION_FAILED']);
  expect(await storedKeys()).toHaveLength(before);
});

it('is private: 401 and 403 without the permission, 404 for another organization, and no path of /media', async () => {
  const id = await idOf(upload('secret'));
  const colleague = await createColleagueOf(platform, owner, 'warehouse');
  const powerless = (await signIn(platform, colleague.email)).accessToken;
  const { token: stranger } = await signedInOwner(platform.services);
  const answers = [await download(id, null), await download(id, powerless), await download(id, stranger)];
  expect(answers.map(({ status }) => status)).toEqual([401, 403, 404]);
  expect((await download('no-id')).status).toBe(404);
  const [key] = await storedKeys();
  expect((await fetch(`${platform.url}/media/${key}`)).status).toBe(404);
});

it('belongs to one message: an unknown, foreign or used one is rejected, and the message is not written', async () => {
  const [first, second] = [await idOf(upload('one', 'one.txt')), await idOf(upload('two', 'two.txt'))];
  expect((await reply({ body: 'Here.', attachment_ids: [first, second, first] })).status).toBe(201);
  expect(await attachmentsOf()).toEqual([
    ['customer', []],
    ['reply', ['one.txt', 'two.txt']],
  ]);
  const other = await idOf(post('/support/tickets', { subject: 'Other', body: 'x' }));
  const foreign = await idOf(upload('x', 'x.txt', other));
  for (const id of [first, foreign, UNKNOWN_ID, 'x'])
    expect(await reply({ body: 'Again.', attachment_ids: [id] })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'attachment_ids', code: 'NOT_FOUND' }] },
    });
  const many = Array.from({ length: 11 }, () => randomUUID());
  expect((await reply({ body: 'Many.', attachment_ids: many })).body).toMatchObject({
    errors: [{ field: 'attachment_ids', code: 'LENGTH' }],
  });
  expect(await attachmentsOf()).toHaveLength(2);
});

it('has at most 20 files that wait for a message, and stores one of a request that is repeated', async () => {
  const path = `/support/tickets/${ticket}/attachments`;
  const before = (await storedKeys()).length;
  const body = { data: 'b25l', filename: 'one.txt' };
  const key = { 'idempotency-key': randomUUID() };
  const [first, again] = [await post(path, body, key), await post(path, body, key)];
  expect(again.body).toEqual(first.body);
  expect(await storedKeys()).toHaveLength(before + 1);
  for (let count = 1; count < 20; count += 1) expect((await upload(`${count}`)).status).toBe(201);
  expect((await upload('21')).body).toMatchObject({ errors: [{ field: 'file', code: 'LENGTH' }] });
  expect(await storedKeys()).toHaveLength(before + 20);
});

it('moves with the messages of a merged ticket, and with a message that makes a new ticket', async () => {
  const [sent, waiting] = [await idOf(upload('a', 'a.txt')), await idOf(upload('b', 'b.txt'))];
  await reply({ kind: 'customer', body: 'See there.', attachment_ids: [sent] });
  const target = await idOf(post('/support/tickets', { subject: 'Lid', body: 'x' }));
  await post(`/support/tickets/${ticket}/merge`, { into_id: target });
  expect((await reply({ body: 'Thanks.', attachment_ids: [waiting] })).body.ticket_id).toBe(target);
  const names = (await attachmentsOf(target)).map(([, filenames]) => filenames);
  expect(names).toEqual([[], [], ['a.txt'], [], ['b.txt']]);
  await call('PUT', `/support/tickets/${target}/status`, { body: { status: 'closed' } });
  const late = await idOf(upload('c', 'c.txt', target));
  const next = await reply({ kind: 'customer', body: 'Again.', attachment_ids: [late] }, target);
  expect(await attachmentsOf(next.body.ticket_id as string)).toEqual([['customer', ['c.txt']]]);
});

it('leaves those of notes out of the data of a customer, and is deleted when the customer is erased', async () => {
  const customer = await idOf(post('/customers', { name: 'Ada' }));
  const mine = await idOf(post('/support/tickets', { subject: 'x', body: 'x', customer_id: customer }));
  const [seen, hidden] = [
    await idOf(upload('seen', 'seen.txt', mine)),
    await idOf(upload('hidden', 'hidden.txt', mine)),
  ];
  await reply({ body: 'Here.', attachment_ids: [seen] }, mine);
  await reply({ kind: 'note', body: 'A difficult one.', attachment_ids: [hidden] }, mine);
  const ctx = systemContext(platform.services, owner.organizationId, { address: 'test' });
  const exported = JSON.stringify((await exportCustomerData(ctx, customer, {})).records);
  expect(exported).toContain('seen.txt');
  expect(exported).not.toMatch(/hidden\.txt|storage_?key/i);
  expect((await call('DELETE', `/customers/${customer}`)).status).toBeLessThan(300);
  expect([(await download(seen)).status, (await download(hidden)).status]).toEqual([404, 404]);
});

it('is pruned: files without a row, and rows that no message named, after a day', async () => {
  const [sent, waiting] = [await idOf(upload('a', 'a.txt')), await idOf(upload('b', 'b.txt'))];
  await reply({ body: 'Here.', attachment_ids: [sent] });
  const { services } = platform;
  expect(await pruneAttachments(services)).toBe(0);
  const clock = { now: () => new Date(services.clock.now().getTime() + DAY_MS + 60_000) };
  await pruneAttachments({ ...services, clock });
  expect([(await download(sent)).status, (await download(waiting)).status]).toEqual([200, 404]);
  const { count } = await services.database.system.one<{ count: number }>(
    sql`select count(*) as count from ticket_attachments`,
  );
  expect(await storedKeys()).toHaveLength(count);
});
