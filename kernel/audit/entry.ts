/** The audit entry of a transaction, writtenSignal in it: who did what, from where. */
import type { Actor } from '../auth/actor';
import type { RequestContext } from '../context';
import { sql, type Sql, type Transaction } from '../db/database';
import { auditEntries, type AuditEntryRow } from '../db/tables.generated';
import { createSignal } from '../database-signal';
import { recordedInput } from './recorded-input';

const writtenSignal = createSignal();

/** Signals the sealer of this process that a transaction with an entry was committed. */
export const signalEntry = writtenSignal.notify;

/** @returns a function that unsubscribes. */
export const onEntryWritten = writtenSignal.listen;

/** The operation name of the platform's own work. */
const PLATFORM = 'platform';
const MAX_USER_AGENT = 300;

/**
 * The id of the audit entry for a transaction of this context; undefined without an entry: for side effects of
 * queries, the platform's own bookkeeping, and the demo shop's history.
 */
export function newEntryId(ctx: RequestContext): string | undefined {
  const { operation, recorded = true } = ctx.request;
  if (!recorded || ctx.actor.kind === 'anonymous') return undefined;
  return operation !== undefined || ctx.actor.kind === 'system' ? ctx.ids.next() : undefined;
}

/** The parts of a statement that write the entry, and its row among the pending ones; none without an entry. */
export function entryParts(tx: Transaction, ctx: RequestContext, entryId: string | undefined): Sql[] {
  if (entryId === undefined) return [];
  const { operation, address, userAgent, requestId } = ctx.request;
  const entry = auditEntries.insert({
    id: entryId,
    organizationId: tx.organizationId,
    at: tx.now,
    ...whoIs(ctx.actor),
    operation: operation?.name ?? PLATFORM,
    input: operation ? recordedInput(operation.name, operation.input) : {},
    address: printable(address, 100),
    userAgent: userAgent === undefined ? null : printable(userAgent, MAX_USER_AGENT),
    requestId: printable(requestId, 200),
  });
  return [
    sql`audit_entry as (${entry})`,
    sql`audit_wait as (
      insert into audit_pending (organization_id, entry_id) values (${tx.organizationId}::uuid, ${entryId}::uuid))`,
  ];
}

function whoIs(actor: Actor): Pick<AuditEntryRow, 'actorKind' | 'userId' | 'role' | 'sessionId'> {
  const person = actor.kind === 'system' ? actor.person : undefined;
  const caller = actor.kind === 'user' || actor.kind === 'apiKey' ? actor : person;
  if (!caller) return { actorKind: 'platform', userId: null, role: null, sessionId: null };
  const { kind, userId, role, sessionId } = caller;
  return { actorKind: kind === 'apiKey' ? 'api_key' : kind, userId, role, sessionId };
}

/** Headers may contain any character; PostgreSQL's text cannot store NUL. */
function printable(text: string, max: number): string {
  return text.replaceAll('\0', '').slice(0, max);
}
