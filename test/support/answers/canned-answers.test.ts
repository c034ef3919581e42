/** Canned answers: texts with placeholders, which a reply fills from its ticket. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { RequestContext } from '#kernel/context';
import { createCustomer } from '#subgraphs/customers/customers';
import {
  createCannedAnswer,
  deleteCannedAnswer,
  listCannedAnswers,
  requireCannedAnswer,
  updateCannedAnswer,
} from '#subgraphs/support/answers/canned-answers';
import { filledAnswer } from '#subgraphs/support/answers/fill-answer';
import {
  fillPlaceholders,
  PLACEHOLDERS,
  placeholderErrors,
  type PlaceholderValues,
} from '#subgraphs/support/answers/placeholders.rules';
import { createTicket } from '#subgraphs/support/tickets/create-ticket';
import { replyToTicket } from '#subgraphs/support/tickets/reply-to-ticket';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { errorOf, expectError, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let owner: TestOwner;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  owner = await createOwner(db);
  ctx = owner.ctx;
});

const VALUES: PlaceholderValues = {
  'ticket.number': 'T-1',
  'ticket.subject': 'The {{agent.name}} kettle',
  'requester.name': null,
  'order.number': null,
  'agent.name': 'Robin',
  'branch.name': 'Main',
  'organization.name': 'Shop',
};

it('fills placeholders once: a value that looks like a placeholder stays as it is', () => {
  const text = 'Dear {{ requester.name | customer }}, {{ticket.subject}} ({{ticket.number}}). {{agent.name}}';
  expect(fillPlaceholders(text, VALUES)).toEqual({
    body: 'Dear  customer , The {{agent.name}} kettle (T-1). Robin',
    missing: [],
  });
  expect(fillPlaceholders('{{order.number}} {{order.number}} {{requester.name|}}!', VALUES)).toEqual({
    body: '{{order.number}} {{order.number}} !',
    missing: ['order.number'],
  });
});

it('finds unknown placeholders and loose braces', () => {
  for (const text of [
    '{{customer.card}}',
    '{{',
    'a }} b',
    '{{ticket.number',
    '{{Ticket.Number}}',
    '{{a|b|c}}',
  ])
    expect(placeholderErrors('body', text).map(({ code }) => code)).toEqual(['PLACEHOLDER']);
  expect(placeholderErrors('body', 'a { b } {{ticket.number}} {{agent.name|}}')).toEqual([]);
});

it('leaves a text without placeholders unchanged, and no placeholder that has a value (property)', () => {
  const known = fc.constantFrom(...PLACEHOLDERS).map((name) => `{{${name}|-}}`);
  const plain = fc.string().map((text) => text.replace(/[{}]/g, ''));
  fc.assert(
    fc.property(fc.array(fc.oneof(known, plain)), (parts) => {
      const text = parts.join('');
      const values = Object.fromEntries(PLACEHOLDERS.map((name) => [name, name])) as PlaceholderValues;
      expect(placeholderErrors('body', text)).toEqual([]);
      const expected = parts.map((part) => part.replace(/^\{\{(.*)\|-\}\}$/, '$1')).join('');
      expect(fillPlaceholders(text, values)).toEqual({ body: expected, missing: [] });
    }),
  );
});

it('replies with the values of the ticket, its customer and the user who sends it', async () => {
  const customer = await createCustomer(ctx, { name: 'Ada Lovelace' });
  const { id } = await createTicket(ctx, { subject: 'Lid', body: 'It leaks.', customerId: customer.id });
  const body = '{{requester.name}}: {{ticket.number}} {{ticket.subject}}, {{agent.name}}';
  const answer = await createCannedAnswer(ctx, { name: 'All', body });
  const { message } = await replyToTicket(ctx, id, { cannedAnswerId: answer.id });
  expect(message).toMatchObject({
    kind: 'reply',
    body: `Ada Lovelace: T-1 Lid, ${owner.user.name}`,
  });
  await updateCannedAnswer(ctx, answer.id, { body: 'Another text' });
  expect(message.body).toContain('Ada Lovelace');
});

it('rejects a reply whose answer lacks a value, and shows it before', async () => {
  const { id } = await createTicket(ctx, { subject: 'Lid', body: 'It leaks.' });
  const answer = await createCannedAnswer(ctx, { name: 'Order', body: 'Order {{order.number}}' });
  expect(await filledAnswer(ctx, id, answer.id)).toEqual({
    body: 'Order {{order.number}}',
    missing: ['order.number'],
  });
  const reply = (input: Parameters<typeof replyToTicket>[2]) => issuesOf(replyToTicket(ctx, id, input));
  expect(await reply({ cannedAnswerId: answer.id })).toEqual(['cannedAnswerId PLACEHOLDER']);
  expect(await reply({ cannedAnswerId: randomUUID() })).toEqual(['cannedAnswerId NOT_FOUND']);
  expect(await reply({ cannedAnswerId: answer.id, body: 'x' })).toEqual(['cannedAnswerId INVALID']);
  expect(await reply({})).toEqual(['body REQUIRED']);
  const stranger = await createOwner(db);
  const foreign = await createCannedAnswer(stranger.ctx, { name: 'x', body: 'x' });
  expect(await reply({ cannedAnswerId: foreign.id })).toEqual(['cannedAnswerId NOT_FOUND']);
  await expectError('NOT_FOUND', filledAnswer(ctx, id, foreign.id));
});

it('has one text for each name and language, and lists by name with those for any language', async () => {
  const input = { name: 'Model', body: 'Which model?' };
  const any = await createCannedAnswer(ctx, input);
  const german = await createCannedAnswer(ctx, { ...input, language: 'DE-at' });
  expect(german.language).toBe('de-AT');
  expect(await errorOf(createCannedAnswer(ctx, { ...input, name: 'MODEL' }))).toMatchObject({
    code: 'ALREADY_EXISTS',
    errors: [{ field: 'name', code: 'TAKEN' }],
  });
  expect(await issuesOf(createCannedAnswer(ctx, { name: 'x', language: 'no tag', body: '{{x}}' }))).toEqual([
    'body PLACEHOLDER',
    'language INVALID',
  ]);
  await createCannedAnswer(ctx, { name: 'Hours', language: 'en', body: '9 to 5' });
  const names = async (filter: Parameters<typeof listCannedAnswers>[1]) =>
    (await listCannedAnswers(ctx.db, filter)).items.map(({ name, language }) => `${name} ${language}`);
  expect(await names({ language: 'de-at' })).toEqual(['Model null', 'Model de-AT']);
  expect(await names({ search: 'hour' })).toEqual(['Hours en']);
  const changed = await updateCannedAnswer(ctx, german.id, { language: 'de', version: 1 });
  expect(changed).toMatchObject({ language: 'de', version: 2 });
  expect(await updateCannedAnswer(ctx, german.id, { name: ' Model ' })).toMatchObject({ version: 2 });
  await expectError('CONFLICT', deleteCannedAnswer(ctx, any.id, 7));
  await deleteCannedAnswer(ctx, any.id);
  await expectError('NOT_FOUND', requireCannedAnswer(ctx.db, any.id));
});
