/** The customers of segments: a rule becomes conditions of SQL, for the list of customers and for one customer alike. */
import type { RequestContext } from '#kernel/context';
import { join, sql, type Queryable, type Sql } from '#kernel/db/database';
import { isUuid } from '#kernel/ids';
import type { CustomerSegmentRow } from '../tables.generated';
import { requireSegment } from './customer-segments';
import type { SegmentRule } from './segment-rule.rules';

/** The conditions of a rule on a row of customers, `c`; it must not be erased besides. */
function conditionsOf(rule: SegmentRule, now: Date): Sql[] {
  const inGroups = (ids: readonly string[]) => sql`exists (
    select from customer_group_members m where m.customer_id = c.id and m.group_id = any(${ids.filter(isUuid)}::uuid[]))`;
  const {
    groupIds,
    notGroupIds,
    tags,
    notTags,
    countries,
    newWithinDays,
    hasEmail,
    hasPhone,
    hasCard,
    hasCredit,
  } = rule;
  return [
    ...(groupIds ? [inGroups(groupIds)] : []),
    ...(notGroupIds ? [sql`not ${inGroups(notGroupIds)}`] : []),
    ...(tags ? [sql`c.tags && ${tags}::text[]`] : []),
    ...(notTags ? [sql`not c.tags && ${notTags}::text[]`] : []),
    ...(rule.consents ?? []).map(
      (purpose) => sql`coalesce((
        select k.granted from customer_consents k where k.customer_id = c.id and k.purpose = ${purpose}
        order by k.given_at desc, k.created_at desc limit 1), false)`,
    ),
    ...(countries
      ? [
          sql`exists (select from customer_addresses a where a.customer_id = c.id and a.country = any(${countries}::text[]))`,
        ]
      : []),
    ...(newWithinDays == null
      ? []
      : [sql`c.created_at > ${new Date(now.getTime() - newWithinDays * DAY_MS)}`]),
    ...(hasEmail == null ? [] : [sql`(c.email is not null) = ${hasEmail}`]),
    ...(hasPhone == null ? [] : [sql`(c.phone is not null) = ${hasPhone}`]),
    ...(hasCard == null
      ? []
      : [sql`exists (select from customer_cards d where d.customer_id = c.id) = ${hasCard}`]),
    ...(hasCredit == null ? [] : [sql`(c.credit_limit > 0) = ${hasCredit}`]),
  ];
}

const DAY_MS = 86_400_000;

/** The conditions of a segment on a row of customers, `c`. @throws PosProError 404 for an unknown segment. */
export async function conditionsOfSegment(ctx: RequestContext, id: string): Promise<Sql[]> {
  const { rule } = await requireSegment(ctx.db, id);
  return conditionsOf(rule, ctx.clock.now());
}

/** The groups and segments of a customer, by which campaigns choose. */
export interface Audience {
  readonly groupIds: readonly string[];
  readonly segmentIds: readonly string[];
}

/**
 * The groups of a customer, and those of the given segments whose rules apply to the customer now. An unknown or erased customer, and a
 * deleted segment, have none. Two statements, or one without segments.
 *
 * @param segmentIds the segments that matter to the caller.
 */
export async function audienceOf(
  db: Queryable,
  customerId: string,
  { segmentIds, now }: { segmentIds: readonly string[]; now: Date },
): Promise<Audience> {
  const [groups, segments] = await Promise.all([
    db.many<{ id: string }>(
      sql`select m.group_id as id from customer_group_members m where m.customer_id = ${customerId} order by m.group_id`,
    ),
    segmentsOf(db, customerId, { segmentIds, now }),
  ]);
  return { groupIds: groups.map(({ id }) => id), segmentIds: segments };
}

async function segmentsOf(
  db: Queryable,
  customerId: string,
  { segmentIds, now }: { segmentIds: readonly string[]; now: Date },
): Promise<string[]> {
  if (segmentIds.length === 0) return [];
  const segments = await db.many<Pick<CustomerSegmentRow, 'id' | 'rule'>>(sql`
    select s.id, s.rule from customer_segments s where s.id = any(${segmentIds.filter(isUuid)}::uuid[]) order by s.id`);
  if (segments.length === 0) return [];
  const matches = segments.map(
    ({ id, rule }) => sql`
      select ${id}::text as id from customers c
      where c.id = ${customerId} and c.erased_at is null and ${join(conditionsOf(rule, now), ' and ')}`,
  );
  const rows = await db.many<{ id: string }>(join(matches, ' union all '));
  return rows.map(({ id }) => id).sort();
}
