/** Canned answers: created, changed, deleted and listed. */
import { cleanText } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { requireRow } from '#kernel/db/rows-by-id';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { checkedNames } from '#kernel/named-values';
import { containsWords, listPage, type Page } from '#kernel/paging';
import { FieldErrors } from '#kernel/validation';
import { canonicalLanguage } from '#kernel/messages/language-tags.rules';
import { cannedAnswerChanged } from '../events';
import type {
  CreateCannedAnswerInput,
  QueryCannedAnswersArgs,
  UpdateCannedAnswerInput,
} from '../inputs.generated';
import { cannedAnswers, type CannedAnswerRow } from '../tables.generated';
import { withFreeName } from '../taken-names';
import { checkedBody } from '../tickets/ticket-input.rules';
import { placeholderErrors } from './placeholders.rules';

/**
 * Creates a canned answer. Emits "canned_answer.changed".
 * @param id Optional; defaults to a new one.
 * @throws PosProError 422 by field; 409 ALREADY_EXISTS for a name that its language has.
 */
export async function createCannedAnswer(
  ctx: RequestContext,
  input: CreateCannedAnswerInput,
  id = ctx.ids.next(),
): Promise<CannedAnswerRow> {
  const values = checkedAnswer(input);
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const { organizationId, now } = tx;
      const data = { id, organizationId, ...values, createdAt: now, updatedAt: now };
      const answer = await tx.prisma.cannedAnswer.create({ data });
      tx.emit(cannedAnswerChanged({ key: id, payload: { name: answer.name, change: 'created' } }));
      return answer;
    }),
  );
}

/** An answer as it is stored. @throws PosProError 422 by field. */
function checkedAnswer(input: CreateCannedAnswerInput) {
  const { name, nameKey } = checkedNames({ name: input.name });
  const errors = new FieldErrors();
  const body = checkedBody(errors, input.body);
  errors.take(placeholderErrors('body', body));
  const language = input.language == null ? null : canonicalLanguage(input.language);
  if (language === undefined)
    errors.add('language', 'Is not a language tag of BCP 47, such as "de" or "pt-BR".');
  errors.throwIfAny();
  return { name, nameKey, body: cleanText(body), language: language ?? null };
}

/**
 * Changes a canned answer. Emits "canned_answer.changed".
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a name that its language has, and CONFLICT for another version.
 */
export async function updateCannedAnswer(
  ctx: RequestContext,
  id: string,
  { version, language, name, body }: UpdateCannedAnswerInput,
): Promise<CannedAnswerRow> {
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, cannedAnswers, 'canned answer', { id, version });
      const values = checkedAnswer({
        name: name ?? before.name,
        body: body ?? before.body,
        language: language === undefined ? before.language : language,
      });
      const data = { ...values, updatedAt: tx.now };
      const after = await tx.prisma.cannedAnswer.update({ where: { id: before.id }, data });
      if (isChanged(before, after))
        tx.emit(cannedAnswerChanged({ key: after.id, payload: { name: after.name, change: 'updated' } }));
      return after;
    }),
  );
}

/** Deletes a canned answer. Emits "canned_answer.changed". @throws PosProError 404; 409 CONFLICT for another version. */
export async function deleteCannedAnswer(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const answer = await lockVersion(tx, cannedAnswers, 'canned answer', { id, version });
    await tx.prisma.cannedAnswer.delete({ where: { id: answer.id } });
    tx.emit(cannedAnswerChanged({ key: answer.id, payload: { name: answer.name, change: 'deleted' } }));
    return deletionOf(answer.id);
  });
}

/** A page of the organization's canned answers, by name. */
export function listCannedAnswers(
  db: Queryable,
  filter: QueryCannedAnswersArgs,
): Promise<Page<CannedAnswerRow>> {
  const { search, language } = filter;
  const tag = language == null ? undefined : (canonicalLanguage(language) ?? language);
  const list = {
    select: cannedAnswers.select('a'),
    from: sql`canned_answers a`,
    where: [
      ...containsWords(sql`a.name_key`, search),
      ...(tag === undefined ? [] : [sql`(a.language = ${tag} or a.language is null)`]),
    ],
    sorts: { name: sql`a.name`, createdAt: sql`a.created_at` },
    updatedAt: sql`a.updated_at`,
    defaultSort: 'name',
    id: sql`a.id`,
  };
  return listPage<CannedAnswerRow>(db, list, filter);
}

/** The canned answer with an id. @throws PosProError 404. */
export function requireCannedAnswer(db: Queryable, id: string): Promise<CannedAnswerRow> {
  return requireRow(db, cannedAnswers, 'canned answer', id);
}
