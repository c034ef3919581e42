/** The traces that a change leaves behind: the version of its row, its events, and its entries in the audit trail. */
import { raw, sql } from '#kernel/db/database';
import type { Update } from './edited';
import { shop } from './edited-shop';

interface Trace {
  readonly version: number;
  readonly updatedAt: Date | null;
  readonly events: number;
  readonly changes: number;
}

/** The traces of an update; a row that does not exist yet has version 0. Changes by the platform itself are not counted. */
export async function traceOf({ table, event }: Pick<Update, 'table' | 'event'>, id: string): Promise<Trace> {
  const isSettings =
    table.endsWith('_settings') ||
    ['business_hours', 'languages', 'loyalty_programs', 'payment_method_branches'].includes(table);
  const row = sql`${raw(table)} where ${raw(isSettings ? 'organization_id' : 'id')} = ${id}::uuid`;
  return shop.platform.services.database.system.one<Trace>(sql`
    select coalesce((select version from ${row}), 0) as version, (select updated_at from ${row}) as updated_at,
      (select count(*) from outbox_events where type = ${event}) as events,
      (select count(*) from audit_changes c join audit_entries e on e.id = c.entry_id
        where e.organization_id = ${shop.owner.organizationId} and e.actor_kind = 'user') as changes`);
}
