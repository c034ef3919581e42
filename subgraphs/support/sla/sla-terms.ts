/** The terms by which the clocks of tickets run: policies, business hours and holidays. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { invariant } from '#kernel/errors';
import { loader } from '#kernel/graph/loader';
import { businessHours, slaPolicies, type SlaPolicyRow, type TicketRow } from '../tables.generated';
import { openingHours, type BusinessCalendar, type BusinessWindow } from './business-time.rules';
import type { SlaTerms } from './sla-clock.rules';

/** A place of tickets, which decides their terms. */
export type TicketPlace = Pick<TicketRow, 'branchId' | 'queueId'>;

/** The terms of a place. */
export type TermsOf = (place: TicketPlace) => SlaTerms;

/** Reads the terms of places: three statements for any number of them. */
export async function readSlaTerms(db: Queryable, places: readonly TicketPlace[]): Promise<TermsOf> {
  const branchIds = [...new Set(places.map(({ branchId }) => branchId))];
  const queueIds = [...new Set(places.flatMap(({ queueId }) => (queueId === null ? [] : [queueId])))];
  const policies = await db.many<SlaPolicyRow>(sql`
    select ${slaPolicies.select('p')} from sla_policies p
    where p.organization_id = ${db.organizationId}::uuid and (p.queue_id is null or p.queue_id = any(${queueIds}::uuid[]))`);
  const calendars = await readCalendars(db, branchIds);
  const byQueue = new Map(policies.map((policy) => [policy.queueId, policy]));
  return ({ branchId, queueId }) => {
    const policy = byQueue.get(queueId) ?? byQueue.get(null);
    const calendar = policy?.hours === 'always' ? 'always' : calendars(branchId);
    return {
      policyId: policy?.id ?? null,
      targets: policy?.targets ?? [],
      escalations: policy?.escalations ?? [],
      calendar,
    };
  };
}

/** The opening hours of branches; a branch without hours is always open. */
async function readCalendars(
  db: Queryable,
  branchIds: readonly string[],
): Promise<(branchId: string) => BusinessCalendar> {
  const hours = await db.many<{ branchId: string; windows: readonly BusinessWindow[]; timeZone: string }>(sql`
    select ${businessHours.pick('branchId', 'windows').select('h')}, b.time_zone from business_hours h
    join branches b on b.id = h.branch_id
    where h.organization_id = ${db.organizationId}::uuid and h.branch_id = any(${branchIds}::uuid[])`);
  const withHours = hours.filter(({ windows }) => windows.length > 0);
  if (withHours.length === 0) return () => 'always';
  const holidays = groupBy(
    await db.many<{ branchId: string | null; date: string }>(sql`
      select h.branch_id, h.date from holidays h
      where h.organization_id = ${db.organizationId}::uuid and (h.branch_id is null or h.branch_id = any(${branchIds}::uuid[]))`),
    ({ branchId }) => branchId,
  );
  const datesOf = (branchId: string | null) => (holidays.get(branchId) ?? []).map(({ date }) => date);
  const calendars = new Map(
    withHours.map(({ branchId, timeZone, windows }) => [
      branchId,
      openingHours(timeZone, windows, [...datesOf(null), ...datesOf(branchId)]),
    ]),
  );
  return (branchId) => calendars.get(branchId) ?? 'always';
}

/** The terms of a ticket: those of all places of a request are read together. */
export async function termsOfTickets(
  ctx: RequestContext,
  { branchId, queueId }: TicketPlace,
): Promise<SlaTerms> {
  const terms = await loader<SlaTerms>(ctx, 'support.slaTerms', async (keys) => {
    const places = keys.map((key) => JSON.parse(key) as TicketPlace);
    const termsOf = await readSlaTerms(ctx.db, places);
    return new Map(keys.map((key, index) => [key, termsOf(places[index]!)]));
  }).load(JSON.stringify({ branchId, queueId }));
  invariant(terms, 'each place has terms');
  return terms;
}
