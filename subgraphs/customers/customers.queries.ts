/** Searches for customers: the list of the back office, and the quick search of tills. */
import { type RequestContext } from '#kernel/context';
import { join, sql, type Sql } from '#kernel/db/database';
import { organizationOf } from '#kernel/auth/access';
import { invalid } from '#kernel/errors';
import { searchTerm } from '#kernel/fold-text.rules';
import { listPage, sameId, type Page } from '#kernel/paging';
import type { QueryCustomersArgs } from './inputs.generated';
import { customerColumns, type CustomerRow } from './model';
import { conditionsOfSegment } from './segments/segment-members';
import { searchPrefixes } from './search-keys.rules';

const CUSTOMERS = sql`customers c`;

/** A page of the organization's customers, without erased ones: by name, or the best matches of a search first. */
export async function listCustomers(
  ctx: RequestContext,
  filter: QueryCustomersArgs,
): Promise<Page<CustomerRow>> {
  const where = [sql`c.erased_at is null`];
  const search = filter.search != null && filter.search.trim() !== '' ? filter.search : undefined;
  if (filter.tag != null) where.push(sql`${filter.tag} = any(c.tags)`);
  if (filter.groupId != null)
    where.push(sql`exists (
      select from customer_group_members g where g.customer_id = c.id and ${join(sameId(sql`g.group_id`, filter.groupId))})`);
  if (filter.segmentId != null) where.push(...(await conditionsOfSegment(ctx, filter.segmentId)));
  if (filter.marketingConsent != null) where.push(sql`c.marketing_consent = ${filter.marketingConsent}`);
  return listPage<CustomerRow>(
    ctx.db,
    {
      select: customerColumns.select('c'),
      from: search === undefined ? CUSTOMERS : foundCustomers(organizationOf(ctx), search),
      rows: CUSTOMERS,
      countedWithPage: search !== undefined,
      where,
      sorts: {
        ...(search !== undefined && { relevance: sql`(f.rank || c.name)` }),
        name: sql`c.name`,
        createdAt: sql`c.created_at`,
        creditBalance: sql`c.credit_balance`,
      },
      updatedAt: sql`c.updated_at`,
      defaultSort: search === undefined ? 'name' : 'relevance',
      id: sql`c.id`,
    },
    filter,
  );
}

/** The customers that match a search, with their rank: 1 for a prefix, 2 for a text inside. Each part has its own index. */
function foundCustomers(organizationId: string, search: string): Sql {
  return sql`(
    select m.id, min(m.rank) as rank from (
      select p.id, 1 as rank from (${prefixMatches(organizationId, search)}) p (id)
      union all select i.customer_id, 2 from ${matchesInside(search)} i
    ) m group by m.id
  ) f join customers c on c.id = f.id`;
}

const MAX_MATCHES = 50;

/**
 * Searches customers for a till. First come customers with a word of the name or an e-mail address that begins with the text, or a
 * phone number that begins or ends with it; then customers with the text inside the name or the address. If there are none, the
 * customers with the most similar names.
 *
 * @param size 1 to 50. Defaults to 10.
 * @throws PosProError 422 for an empty text or an invalid size.
 */
export async function searchCustomers(ctx: RequestContext, text: string, size = 10): Promise<CustomerRow[]> {
  if (text.trim() === '') throw invalid('search', 'Must not be empty.', 'REQUIRED');
  if (!Number.isInteger(size) || size < 1 || size > MAX_MATCHES)
    throw invalid('size', `Must be 1 to ${MAX_MATCHES}.`);
  const organizationId = organizationOf(ctx);
  const byPrefix = await ctx.db.many<CustomerRow>(sql`
    select ${customerColumns.select('c')} from customers c
    where c.erased_at is null and c.id in (${prefixMatches(organizationId, text)})
    order by c.name, c.id limit ${size}`);
  if (byPrefix.length === size) return byPrefix;
  const inside = await ctx.db.many<CustomerRow>(sql`
    select ${customerColumns.select('c')} from customers c join ${matchesInside(text)} i on i.customer_id = c.id
    where not c.id = any(${byPrefix.map(({ id }) => id)}::uuid[])
    order by c.name, c.id limit ${size - byPrefix.length}`);
  if (byPrefix.length + inside.length > 0) return [...byPrefix, ...inside];
  return ctx.db.many<CustomerRow>(sql`
    select ${customerColumns.select('c')} from customers c
    join customers_similar(${searchTerm(text)?.similarGrams ?? null}, ${size}::integer) s on s.customer_id = c.id
    order by s.likeness desc, c.name, c.id`);
}

/** The highest character: a prefix followed by it sorts after every text with the prefix. */
const LAST_CHARACTER = '\u{10FFFF}';

/** A query for the ids of the customers with keys that begin with each word of a text, in any of its readings. */
function prefixMatches(organizationId: string, text: string): Sql {
  const alternatives = searchPrefixes(text).map((prefixes) => {
    const each = prefixes.map(
      (prefix) => sql`
        select k.customer_id from customer_keys k
        where k.organization_id = ${organizationId} and k.key collate "C" >= ${prefix} and k.key collate "C" < ${prefix + LAST_CHARACTER}`,
    );
    return sql`(${join(each, ' intersect ')})`;
  });
  return alternatives.length === 0 ? sql`select null::uuid` : join(alternatives, ' union all ');
}

/** Under row-level security LIKE would read every customer; this function uses the index (prisma/sql/customers.sql). */
function matchesInside(text: string): Sql {
  const { insideGrams, inside } = searchTerm(text) ?? { insideGrams: [], inside: [] };
  return sql`customers_inside(${insideGrams}::text[], ${inside}::text[])`;
}
