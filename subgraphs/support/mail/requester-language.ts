import type { Queryable } from '#kernel/db/database';
import { documentLanguage } from '#kernel/messages/messages.rules';
import type { SellingTerms } from '#subgraphs/auth/index';
import { customerById } from '#subgraphs/customers/index';
import type { TicketRow } from '../tables.generated';

/** The language of the platform's texts to the person who asked: that of the customer, else of the branch, else of the organization. */
export async function requesterLanguage(
  db: Queryable,
  { customerId }: Pick<TicketRow, 'customerId'>,
  { language, defaultLanguage }: Pick<SellingTerms, 'language' | 'defaultLanguage'>,
): Promise<string> {
  const customer = customerId === null ? undefined : await customerById(db, customerId);
  return documentLanguage([customer?.language, language, defaultLanguage]);
}
