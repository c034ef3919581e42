/** Changes of the terms of tickets that are not resolved: what has passed is counted by the old terms, what follows by the new ones. */
import type { RequestContext } from '#kernel/context';
import { sql, type Sql, type Transaction } from '#kernel/db/database';
import { tickets, type TicketRow } from '../tables.generated';
import { changedClock, type SlaTerms } from './sla-clock.rules';
import { nextMoment, recordBreaches } from './sla-records';
import { readSlaTerms } from './sla-terms';

/** Tickets in one statement. */
const BATCH = 1_000;

const CLOCK = tickets.pick(
  'id',
  'slaPolicyId',
  'firstResponseDueAt',
  'nextResponseDueAt',
  'resolutionDueAt',
  'consumedMs',
  'clockFrom',
  'nextCheckAt',
);

/**
 * Runs a change of terms, with the tickets that it may concern. Their updates raise no version and emit no event: no person changed them.
 * @param concerned the condition on the tickets `t`.
 */
export async function reclockTickets<Result>(
  tx: Transaction,
  ctx: RequestContext,
  concerned: Sql,
  change: () => Promise<Result>,
): Promise<Result> {
  const rows = await lockConcerned(tx, concerned);
  const termsBefore = await readSlaTerms(tx, rows);
  const before = new Map<string, SlaTerms>();
  for (const ticket of rows) {
    const terms = termsBefore(ticket);
    before.set(ticket.id, terms);
    await recordBreaches(tx, ctx, ticket, terms);
  }
  const result = await change();
  const termsAfter = await readSlaTerms(tx, rows);
  for (let start = 0; start < rows.length; start += BATCH) {
    const clocks = [];
    for (const ticket of rows.slice(start, start + BATCH)) {
      const terms = { before: before.get(ticket.id)!, after: termsAfter(ticket) };
      const clocked = { ...ticket, ...changedClock(ticket, ticket, terms, tx.now) };
      clocks.push({ ...clocked, nextCheckAt: await nextMoment(tx, clocked, terms.after) });
    }
    await writeClocks(tx, clocks);
  }
  return result;
}

function lockConcerned(tx: Transaction, concerned: Sql): Promise<TicketRow[]> {
  return tx.many<TicketRow>(sql`
    select ${tickets.select('t')} from tickets t
    where t.organization_id = ${tx.organizationId}::uuid and t.status in ('open', 'pending_customer', 'pending_internal') and ${concerned}
    order by t.id for no key update`);
}

async function writeClocks(tx: Transaction, clocks: readonly TicketRow[]): Promise<void> {
  await tx.run(sql`
    update tickets t set sla_policy_id = c."slaPolicyId", first_response_due_at = c."firstResponseDueAt",
      next_response_due_at = c."nextResponseDueAt", resolution_due_at = c."resolutionDueAt", consumed_ms = c."consumedMs",
      clock_from = c."clockFrom", next_check_at = c."nextCheckAt"
    from jsonb_to_recordset(${JSON.stringify(clocks)}::jsonb) as c (${CLOCK.definitions}) where t.id = c.id`);
}
