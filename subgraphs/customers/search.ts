/** Finding customers: the list of the back office, and the quick search of the till. */
import { type RequestContext } from '../../kernel/context';
import { join, sql, type Sql } from '../../kernel/db/database';
import { organizationOf } from '../../kernel/auth/actor';
import { invalid } from '../../kernel/errors';
import { listPage, type Page, type PageArgs } from '../../kernel/paging';
import { CUSTOMER_COLUMNS, type CustomerRow } from './rows';
import { plain, searchPrefixes } from './search-keys';

export interface CustomerFilter extends PageArgs {
  /** Beginnings of words of the name, of the e-mail address, or digits of the phone number. */
  search?: string | null;
  tag?: string | null;
  marketingConsent?: boolean | null;
}

/** The organization's customers, by name. Erased ones are none. */
export async function listCustomers(ctx: RequestContext, filter: CustomerFilter): Promise<Page<CustomerRow>> {
  const where = [sql`c.erased_at is null`];
  if (filter.search != null && filter.search.trim() !== '') where.push(foundByPrefix(organizationOf(ctx), filter.search));
  if (filter.tag != null) where.push(sql`${filter.tag} = any(c.tags)`);
  if (filter.marketingConsent != null) where.push(sql`c.marketing_consent = ${filter.marketingConsent}`);
  return listPage<CustomerRow>(
    ctx.db,
    {
      select: CUSTOMER_COLUMNS,
      from: sql`customers c`,
      where,
      sorts: { name: sql`c.name`, createdAt: sql`c.created_at`, creditBalance: sql`c.credit_balance` },
      defaultSort: 'name',
      id: sql`c.id`,
    },
    filter,
  );
}

const MAX_HITS = 50;
/** Below this share of common trigrams a name is another name. */
const SIMILAR = 0.4;

/**
 * The till's search: who has words that begin so, an e-mail address that begins so, or a phone number that begins or ends so.
 * Where nobody has, the names that are spelled most like it.
 *
 * @param limit 1 to 50, 10 where left out.
 * @throws PosProError 422 for an empty text or a bad limit.
 */
export async function searchCustomers(ctx: RequestContext, text: string, limit = 10): Promise<CustomerRow[]> {
  if (text.trim() === '') throw invalid('q', 'Must not be empty.', 'REQUIRED');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_HITS) throw invalid('limit', `Must be 1 to ${MAX_HITS}.`);
  const organizationId = organizationOf(ctx);
  const exact = await ctx.db.many<CustomerRow>(sql`
    select ${CUSTOMER_COLUMNS} from customers c
    where c.erased_at is null and ${foundByPrefix(organizationId, text)}
    order by c.name, c.id limit ${limit}`);
  if (exact.length > 0) return exact;
  const wanted = plain(text.trim());
  return ctx.db.many<CustomerRow>(sql`
    select ${CUSTOMER_COLUMNS} from customers c, word_similarity(${wanted}, c.name) as likeness
    where c.organization_id = ${organizationId} and c.erased_at is null and likeness >= ${SIMILAR}
    order by likeness desc, c.name, c.id limit ${limit}`);
}

/** The highest character there is: a prefix with it behind is above every text with that prefix. */
const LAST = '\u{10FFFF}';

function foundByPrefix(organizationId: string, text: string): Sql {
  const alternatives = searchPrefixes(text).map((prefixes) => {
    const each = prefixes.map(
      (prefix) => sql`
        select k.customer_id from customer_keys k
        where k.organization_id = ${organizationId} and k.key collate "C" >= ${prefix} and k.key collate "C" < ${prefix + LAST}`,
    );
    return sql`c.id in (${join(each, ' intersect ')})`;
  });
  return alternatives.length === 0 ? sql`false` : sql`(${join(alternatives, ' or ')})`;
}
