/** Queries of the audit trail. It is written by kernel/db/transact.ts and sealed by kernel/audit. */
import { organizationOf } from '#kernel/auth/access';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import {
  auditEntries,
  type AuditChangeRow as StoredChange,
  type AuditEntryRow as StoredEntry,
} from '#kernel/db/tables.generated';
import { listPage, sameId, type Page } from '#kernel/paging';
import type { QueryAuditLogsArgs } from './inputs.generated';

export interface AuditEntryRow extends StoredEntry {
  /** Null until the entry is sealed. */
  sequence: number | null;
  /** In hex; null until the entry is sealed. */
  hash: string | null;
}

export type AuditChangeRow = Pick<StoredChange, 'entity' | 'entityId' | 'before' | 'after'>;

/** An entry's id is created some milliseconds before its time is taken, or after it if the request had to wait. */
const SLACK = sql`interval '1 minute'`;

/** The organization's entries, the newest first. */
export function listAuditEntries(
  ctx: RequestContext,
  filter: QueryAuditLogsArgs,
): Promise<Page<AuditEntryRow>> {
  return listPage<AuditEntryRow>(
    ctx.db,
    {
      select: sql`${auditEntries.select('e')}, s.sequence, encode(s.hash, 'hex') as hash`,
      from: sql`audit_entries e`,
      rows: sql`audit_entries e left join audit_seals s on s.organization_id = e.organization_id and s.entry_id = e.id`,
      where: conditions(organizationOf(ctx), filter),
      // Ids are created in the order of time, and the partitions of the table follow them.
      sorts: { at: sql`e.id` },
      defaultSort: '-at',
      id: sql`e.id`,
    },
    filter,
  );
}

function conditions(organizationId: string, filter: QueryAuditLogsArgs): Sql[] {
  const { userId, operation, entity, entityId, from, to, requestId } = filter;
  const where = [sql`e.organization_id = ${organizationId}::uuid`, ...sameId(sql`e.user_id`, userId)];
  if (operation != null) where.push(sql`e.operation = ${operation}`);
  if (requestId != null) where.push(sql`e.request_id = ${requestId}`);
  if (entity != null || entityId != null) {
    const table = entity == null ? sql`true` : sql`c.entity = ${entity}`;
    const row = entityId == null ? sql`true` : sql`c.entity_id = ${entityId}`;
    where.push(sql`e.id in (
      select c.entry_id from audit_changes c where c.organization_id = ${organizationId}::uuid and ${table} and ${row})`);
  }
  if (from) where.push(sql`e.at >= ${from} and e.id >= pospro_uuid_at(${from}::timestamptz - ${SLACK})`);
  if (to) where.push(sql`e.at < ${to} and e.id < pospro_uuid_at(${to}::timestamptz + ${SLACK})`);
  return where;
}

/** The changes of entries, by the entry's id, in their order. */
export async function changesOf(
  db: Queryable,
  organizationId: string,
  entryIds: readonly string[],
): Promise<ReadonlyMap<string, AuditChangeRow[]>> {
  const rows = await db.many<AuditChangeRow & { entryId: string }>(sql`
    select c.entry_id, c.entity, c.entity_id, pospro_audit_json(c.before) as before, pospro_audit_json(c.after) as after
    from audit_changes c
    where c.organization_id = ${organizationId}::uuid and c.entry_id = any(${entryIds}::uuid[])
    order by c.entry_id, c.sequence`);
  const byEntry = new Map<string, AuditChangeRow[]>();
  for (const { entryId, ...change } of rows) {
    const changes = byEntry.get(entryId);
    if (changes) changes.push(change);
    else byEntry.set(entryId, [change]);
  }
  return byEntry;
}
