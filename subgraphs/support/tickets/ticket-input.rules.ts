/** Checks of the input of tickets. Pure. */
import { cleanName, cleanText, emptyToNull } from '#kernel/clean-text.rules';
import type { FieldError } from '#kernel/errors';
import { emailErrors, nameErrors, textErrors, type FieldErrors } from '#kernel/validation';
import type { CreateTicketInput, UpdateTicketInput } from '../inputs.generated';
import type { TicketRow } from '../tables.generated';

const MAX_SUBJECT = 200;
/** Characters of a message. */
export const MAX_BODY = 20_000;
const MAX_NAME = 200;
const MAX_TAGS = 20;
const MAX_TAG = 50;

type Texts = Partial<Pick<TicketRow, 'subject' | 'requesterName' | 'requesterEmail' | 'tags'>>;

/** The texts of a ticket as they are stored; those that the input omits are omitted. */
export function checkedTexts(
  errors: FieldErrors,
  input: Pick<CreateTicketInput | UpdateTicketInput, 'subject' | 'requesterName' | 'requesterEmail' | 'tags'>,
): Texts {
  const { subject, requesterName, requesterEmail, tags } = input;
  if (subject != null) errors.take(nameErrors('subject', subject, { min: 1, max: MAX_SUBJECT }));
  errors.take(nameErrors('requesterName', requesterName ?? '', { max: MAX_NAME }));
  errors.take(emailErrors('requesterEmail', requesterEmail));
  errors.take(tagErrors(tags ?? []));
  const optional = (text: string | null) => emptyToNull(text === null ? null : cleanName(text));
  return {
    ...(subject != null && { subject: cleanName(subject) }),
    ...(requesterName !== undefined && { requesterName: optional(requesterName) }),
    ...(requesterEmail !== undefined && { requesterEmail: optional(requesterEmail) }),
    ...(tags != null && { tags: [...new Set(tags.map(cleanName))] }),
  };
}

function tagErrors(tags: readonly string[]): FieldError[] {
  if (tags.length > MAX_TAGS)
    return [{ field: 'tags', message: `Name at most ${MAX_TAGS}.`, code: 'LENGTH' }];
  return tags.flatMap((tag, index) => nameErrors(`tags.${index}`, tag, { min: 1, max: MAX_TAG }));
}

/** The text of a message as it is stored. */
export function checkedBody(errors: FieldErrors, body: string): string {
  errors.take(textErrors('body', body, { min: 1, max: MAX_BODY }));
  return cleanText(body);
}
