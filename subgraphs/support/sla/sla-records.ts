/** Missed targets and escalations of tickets: each is recorded once. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { groupBy } from '#kernel/collections';
import { ticketBreached, ticketEscalated } from '../events';
import {
  ticketBreaches,
  ticketEscalations,
  type TicketBreachRow,
  type TicketEscalationRow,
  type TicketRow,
} from '../tables.generated';
import { ticketNumber } from '../tickets/ticket-states.rules';
import { slaMoments, type SlaMoment, type SlaTerms } from './sla-clock.rules';
import type { SlaEscalation } from './sla-model';

/**
 * Records the targets that a ticket has missed. Emits "ticket.breached" for each.
 * @param ticket as it is before the change of this transaction, which may end the wait.
 */
export async function recordBreaches(
  tx: Transaction,
  ctx: RequestContext,
  ticket: TicketRow,
  terms: SlaTerms,
): Promise<void> {
  const missed = slaMoments(ticket, terms).filter(({ at, escalation }) => !escalation && at <= tx.now);
  for (const { metric, since, at } of missed) {
    const recorded = await tx.maybeOne<TicketBreachRow>(sql`
      ${ticketBreaches.insert({
        id: ctx.ids.next(),
        organizationId: tx.organizationId,
        ticketId: ticket.id,
        metric,
        policyId: terms.policyId!,
        since,
        dueAt: at,
        createdAt: tx.now,
      })} on conflict (organization_id, ticket_id, metric, since) do nothing returning id`);
    if (recorded)
      tx.emit(
        ticketBreached({ key: ticket.id, branchId: ticket.branchId, payload: payloadOf(ticket, metric, at) }),
      );
  }
}

/** Records the steps of escalation that are due. Emits "ticket.escalated" for each. @returns the steps, in the order of their moments. */
export async function recordEscalations(
  tx: Transaction,
  ctx: RequestContext,
  ticket: TicketRow,
  terms: SlaTerms,
): Promise<SlaEscalation[]> {
  const taken: SlaEscalation[] = [];
  for (const { metric, percent, since, at, escalation } of slaMoments(ticket, terms)) {
    if (!escalation || at > tx.now) continue;
    const recorded = await tx.maybeOne<TicketEscalationRow>(sql`
      ${ticketEscalations.insert({
        id: ctx.ids.next(),
        organizationId: tx.organizationId,
        ticketId: ticket.id,
        metric,
        percent,
        since,
        dueAt: at,
        createdAt: tx.now,
      })} on conflict (organization_id, ticket_id, metric, percent, since) do nothing returning id`);
    if (!recorded) continue;
    taken.push(escalation);
    const payload = { ...payloadOf(ticket, metric, at), percent };
    tx.emit(ticketEscalated({ key: ticket.id, branchId: ticket.branchId, payload }));
  }
  return taken;
}

function payloadOf(ticket: TicketRow, metric: SlaMoment['metric'], at: Date) {
  return { ticketId: ticket.id, number: ticketNumber(ticket.number), metric, dueAt: at.toISOString() };
}

/** The earliest moment of a ticket that is not recorded yet; null if there is none. */
export async function nextMoment(db: Queryable, ticket: TicketRow, terms: SlaTerms): Promise<Date | null> {
  const moments = slaMoments(ticket, terms);
  if (moments.length === 0) return null;
  const rows = await db.many<{ metric: string; percent: number | null; since: Date }>(sql`
    select b.metric, null::integer as percent, b.since from ticket_breaches b where b.ticket_id = ${ticket.id}
    union all select e.metric, e.percent, e.since from ticket_escalations e where e.ticket_id = ${ticket.id}`);
  const keyOf = (metric: string, percent: number | null, since: Date) =>
    `${metric} ${percent} ${since.getTime()}`;
  const recorded = new Set(rows.map(({ metric, percent, since }) => keyOf(metric, percent, since)));
  const next = moments.find(
    ({ metric, percent, since, escalation }) =>
      !recorded.has(keyOf(metric, escalation ? percent : null, since)),
  );
  return next?.at ?? null;
}

/** The missed targets of tickets, in the order of their deadlines. */
export async function breachesOf(
  db: Queryable,
  ticketIds: readonly string[],
): Promise<ReadonlyMap<string, TicketBreachRow[]>> {
  const rows = await db.many<TicketBreachRow>(sql`
    select ${ticketBreaches.select('b')} from ticket_breaches b
    where b.ticket_id = any(${ticketIds}::uuid[]) order by b.ticket_id, b.due_at, b.id`);
  return groupBy(rows, ({ ticketId }) => ticketId);
}
