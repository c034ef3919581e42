/** Finding customers: the list of the back office, and the quick search of the till. */
import { type RequestContext } from '#kernel/context';
import { join, sql, type Sql } from '#kernel/db/database';
import { organizationOf } from '#kernel/auth/access';
import { invalid } from '#kernel/errors';
import { searchTerm } from '#kernel/fold-text.rules';
import { listPage, type Page } from '#kernel/paging';
import type { QueryCustomersArgs } from './inputs.generated';
import { customerColumns, type CustomerRow } from './model';
import { searchPrefixes } from './search-keys.rules';

/** The organization's customers without erased ones, by name; those found by a search, the best first. */
export async function listCustomers(
  ctx: RequestContext,
  filter: QueryCustomersArgs,
): Promise<Page<CustomerRow>> {
  const where = [sql`c.erased_at is null`];
  const search = filter.search != null && filter.search.trim() !== '' ? filter.search : undefined;
  const begins = search === undefined ? sql`true` : foundByPrefix(organizationOf(ctx), search);
  if (search !== undefined)
    where.push(sql`(${begins} or c.id in (select i.customer_id from ${foundInside(search)} i))`);
  if (filter.tag != null) where.push(sql`${filter.tag} = any(c.tags)`);
  if (filter.marketingConsent != null) where.push(sql`c.marketing_consent = ${filter.marketingConsent}`);
  return listPage<CustomerRow>(
    ctx.db,
    {
      select: customerColumns.select('c'),
      from: sql`customers c`,
      where,
      sorts: {
        ...(search !== undefined && {
          relevance: sql`(case when ${begins} then '1' else '2' end || c.name)`,
        }),
        name: sql`c.name`,
        createdAt: sql`c.created_at`,
        creditBalance: sql`c.credit_balance`,
      },
      defaultSort: search === undefined ? 'name' : 'relevance',
      id: sql`c.id`,
    },
    filter,
  );
}

const MAX_HITS = 50;

/**
 * The till's search: customers with words that begin so, an e-mail address that begins so, or a phone number that begins or ends
 * so; below them those that have it inside of the name or the address. Where nobody has, the names that are spelled most like it.
 *
 * @param limit 1 to 50, 10 where left out.
 * @throws PosProError 422 for an empty text or a bad limit.
 */
export async function searchCustomers(ctx: RequestContext, text: string, limit = 10): Promise<CustomerRow[]> {
  if (text.trim() === '') throw invalid('q', 'Must not be empty.', 'REQUIRED');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_HITS)
    throw invalid('limit', `Must be 1 to ${MAX_HITS}.`);
  const organizationId = organizationOf(ctx);
  const best = await ctx.db.many<CustomerRow>(sql`
    select ${customerColumns.select('c')} from customers c
    where c.erased_at is null and ${foundByPrefix(organizationId, text)}
    order by c.name, c.id limit ${limit}`);
  if (best.length === limit) return best;
  const inside = await ctx.db.many<CustomerRow>(sql`
    select ${customerColumns.select('c')} from customers c join ${foundInside(text)} i on i.customer_id = c.id
    where not c.id = any(${best.map(({ id }) => id)}::uuid[])
    order by c.name, c.id limit ${limit - best.length}`);
  if (best.length + inside.length > 0) return [...best, ...inside];
  return ctx.db.many<CustomerRow>(sql`
    select ${customerColumns.select('c')} from customers c
    join customers_similar(${searchTerm(text)?.similarGrams ?? null}, ${limit}::integer) s on s.customer_id = c.id
    order by s.likeness desc, c.name, c.id`);
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

/** Under row-level security LIKE would read every customer; this function has the index (prisma/sql/customers.sql). */
function foundInside(text: string): Sql {
  const { insideGrams, inside } = searchTerm(text) ?? { insideGrams: [], inside: [] };
  return sql`customers_inside(${insideGrams}::text[], ${inside}::text[])`;
}
