/**
 * Does what is due for tickets: records missed targets, takes steps of escalation, and closes resolved tickets. Several processes may run
 * this at once: none waits for another.
 */
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { supportSettings } from '../settings/support-settings';
import { tickets, type TicketRow } from '../tables.generated';
import { changeTicket } from '../tickets/write-ticket';
import { recordEscalations } from './sla-records';
import { readSlaTerms } from './sla-terms';

const INTERVAL_MS = 5_000;
/** Tickets of one round; the next round continues. */
const BATCH = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @returns the number of tickets that were due. */
export async function checkTickets(services: Services): Promise<number> {
  const due = await services.database.system.many<{ organizationId: string; id: string }>(sql`
    select organization_id, id from tickets where next_check_at <= ${services.clock.now()}::timestamptz
    order by next_check_at limit ${BATCH}`);
  for (const { organizationId, id } of due) {
    const ctx = systemContext(services, organizationId, { address: 'support' });
    try {
      await transact(ctx, (tx) => checkTicket(tx, ctx, id));
    } catch (error) {
      services.log.error({ err: error, ticket: id }, 'a ticket could not be checked; it is tried again');
    }
  }
  return due.length;
}

async function checkTicket(tx: Transaction, ctx: RequestContext, id: string): Promise<void> {
  const ticket = await tx.maybeOne<TicketRow>(sql`
    select ${tickets.select('t')} from tickets t where t.id = ${id} and t.next_check_at <= ${tx.now}::timestamptz
    for no key update skip locked`);
  if (!ticket) return;
  if (ticket.status === 'resolved') return closeResolved(tx, ctx, ticket);
  const terms = (await readSlaTerms(tx, [ticket]))(ticket);
  const changes: Partial<Pick<TicketRow, 'assigneeId' | 'queueId' | 'priority'>> = {};
  for (const { assigneeId, queueId, priority } of await recordEscalations(tx, ctx, ticket, terms)) {
    if (assigneeId !== null) changes.assigneeId = assigneeId;
    if (queueId !== null) changes.queueId = queueId;
    if (priority !== null) changes.priority = priority;
  }
  await changeTicket(tx, ctx, ticket, changes, 'assigned');
}

/** Settings may have changed since the ticket was resolved: writing it again finds its present moment. */
async function closeResolved(tx: Transaction, ctx: RequestContext, ticket: TicketRow): Promise<void> {
  const { closeDays } = await supportSettings(tx);
  const isDue = closeDays > 0 && ticket.resolvedAt!.getTime() + closeDays * DAY_MS <= tx.now.getTime();
  await changeTicket(tx, ctx, ticket, isDue ? { status: 'closed' } : {}, 'status');
}

/** Runs every 5 seconds until it is stopped. */
export function startTicketChecks(services: Services): Stop {
  const failure = 'tickets could not be checked; it is tried again';
  return startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () => checkTickets(services));
}
