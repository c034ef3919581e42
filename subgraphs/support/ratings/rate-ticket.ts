import { emptyToNull, cleanText } from '#kernel/clean-text.rules';
import { createContext, type RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { invalid } from '#kernel/errors';
import { rangeErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import type { RateTicketInput } from '../inputs.generated';
import { assertRatable, ticketNumber } from '../tickets/ticket-states.rules';
import { changeTicket, lockTicket } from '../tickets/write-ticket';
import { ratedTicketId } from './rating-link';

const MAX_RATING = 5;
const MAX_NOTE = 1_000;

/** A rating as its customer sees it: nothing else of the ticket is shown. */
export interface TicketRating {
  readonly ticketNumber: string;
  readonly rating: number;
  readonly note: string | null;
  readonly ratedAt: Date;
}

/**
 * Rates a ticket for the holder of its link, who has no login. Emits "ticket.changed".
 * @throws PosProError 409 ILLEGAL_STATE for a ticket that is not resolved, that is merged or that has a rating; 422 by field.
 */
export async function rateTicket(
  ctx: RequestContext,
  { token, rating, note }: RateTicketInput,
): Promise<TicketRating> {
  throwFieldErrors([
    ...rangeErrors('rating', rating, 1, MAX_RATING),
    ...textErrors('note', note, { max: MAX_NOTE }),
  ]);
  const id = ratedTicketId(ctx.config, token);
  const found =
    id === undefined
      ? undefined
      : await ctx.database.system.maybeOne<{ organizationId: string }>(
          sql`select organization_id from tickets where id = ${id}::uuid`,
        );
  if (id === undefined || !found) throw invalid('token', 'The link is invalid.', 'TOKEN_INVALID');
  const { organizationId } = found;
  const customer = createContext(ctx, { kind: 'system', organizationId, branchId: undefined }, ctx.request);
  return transact(customer, async (tx) => {
    const before = await lockTicket(tx, id);
    assertRatable(before);
    const satisfactionNote = emptyToNull(note == null ? null : cleanText(note));
    const changes = { satisfaction: rating, satisfactionNote, ratedAt: tx.now };
    const { number } = await changeTicket(tx, customer, before, changes, 'rated');
    return { ticketNumber: ticketNumber(number), rating, note: satisfactionNote, ratedAt: tx.now };
  });
}
