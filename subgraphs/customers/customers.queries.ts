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
      // The first condition is that of every list.
      from:
        search === undefined
          ? CUSTOMERS
          : foundCustomers(organizationOf(ctx), search, where.length === 1 ? MAX_FOUND : ALL),
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

/**
 * The customers that match a search, with their rank: 1 for a prefix, 2 for a text inside. Each part has its own index. Each finds at most
 * `most` customers.
 */
function foundCustomers(organizationId: string, search: string, most: number): Sql {
  return sql`(
    select m.id, min(m.rank) as rank from (
      select p.id, 1 as rank from (${prefixMatches(organizationId, search, most)}) p (id)
      union all select i.customer_id, 2 from ${matchesInside(search, most, most)} i
    ) m group by m.id
  ) f join customers c on c.id = f.id`;
}

/** Customers that a search of the list finds: of a text that more have, the first ones. */
const MAX_FOUND = 1_000;
/** For a search within a group, a segment and the like, whose members may be any of those who match. */
const ALL = 2_147_483_647;

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
  const byPrefix = await ctx.db.many<CustomerRow>(
    firstByName(prefixMatches(organizationId, text, MAX_CANDIDATES), size, []),
  );
  if (byPrefix.length === size) return byPrefix;
  const ids = byPrefix.map(({ id }) => id);
  // Those who match by a prefix may be among the first ones that match inside.
  const insideIds = sql`select i.customer_id from ${matchesInside(text, size + ids.length, MAX_CANDIDATES)} i`;
  const inside = await ctx.db.many<CustomerRow>(firstByName(insideIds, size - ids.length, ids));
  if (byPrefix.length + inside.length > 0) return [...byPrefix, ...inside];
  return ctx.db.many<CustomerRow>(sql`
    select ${customerColumns.select('c')} from customers c
    join customers_similar(${searchTerm(text)?.similarGrams ?? null}, ${size}::integer) s on s.customer_id = c.id
    order by s.likeness desc, c.name, c.id`);
}

/** The highest character: a prefix followed by it sorts after every text with the prefix. */
const LAST_CHARACTER = '\u{10FFFF}';

/** Matches of a prefix among which the till's search chooses the first by name. */
const MAX_CANDIDATES = 200;
/** Matches of one word that are compared with the other words. */
const MAX_COMPARED = 2_000;

/** The first customers by name of some ids, which may be repeated, without those already found. */
function firstByName(ids: Sql, size: number, without: readonly string[]): Sql {
  // A lateral subquery with an OFFSET is read by index for each id, whatever the planner estimates.
  return sql`
    select c.* from (select distinct m.id from (${ids}) m (id) where not m.id = any(${without}::uuid[])) found
    cross join lateral (
      select ${customerColumns.select('c')} from customers c where c.id = found.id and c.erased_at is null offset 0) c
    order by c.name, c.id limit ${size}`;
}

/**
 * A query for the ids of customers with keys that begin with each word of a text, in any of its readings: for each reading at most `most`, the
 * first by their keys. Of several words, the longest is read, and the others are looked up.
 */
function prefixMatches(organizationId: string, text: string, most: number): Sql {
  const isPrefixed = (key: Sql, prefix: string) =>
    sql`${key} collate "C" >= ${prefix} and ${key} collate "C" < ${prefix + LAST_CHARACTER}`;
  const alternatives = searchPrefixes(text).map((prefixes) => {
    const [longest, ...others] = prefixes.toSorted((a, b) => b.length - a.length) as [string, ...string[]];
    const matches = (limit: number) => sql`
      select k.customer_id from customer_keys k
      where k.organization_id = ${organizationId} and ${isPrefixed(sql`k.key`, longest)}
      order by k.key collate "C", k.customer_id limit ${limit}`;
    if (others.length === 0) return sql`(${matches(most)})`;
    const each = others.map(
      (prefix) =>
        sql`exists (select from customer_keys o where o.customer_id = k.customer_id and ${isPrefixed(sql`o.key`, prefix)})`,
    );
    return sql`(
      select k.customer_id from (${matches(Math.max(MAX_COMPARED, most))}) k where ${join(each, ' and ')} limit ${most})`;
  });
  return alternatives.length === 0 ? sql`select null::uuid` : join(alternatives, ' union all ');
}

/** Under row-level security LIKE would read every customer; this function uses the index (prisma/sql/customers.sql). */
function matchesInside(text: string, enough: number, most: number): Sql {
  const { insideGrams, inside } = searchTerm(text) ?? { insideGrams: [], inside: [] };
  return sql`customers_inside(${insideGrams}::text[], ${inside}::text[], ${enough}::integer, ${most}::integer)`;
}
