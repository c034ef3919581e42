/** The history of a setting, from the audit trail: it records each change of the row that holds the setting. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { snake } from '#kernel/casing';
import { sql } from '#kernel/db/database';
import { revive, tag } from '#kernel/db/idempotency';
import { auditEntries, type AuditEntryRow } from '#kernel/db/tables.generated';
import { Decimal } from '#kernel/decimal';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import { currencyOf } from '#subgraphs/auth/index';
import type { Setting } from './settings';
import { shownValue } from './setting-values.rules';

/** A change of a setting, with the audit entry of the operation that made it. */
export interface SystemSettingChange extends AuditEntryRow {
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * A page of the changes of a setting, the newest first. The first change of a group writes the defaults of the others, which is not a
 * change of them.
 * @throws PosProError as listPage.
 */
export async function listSettingChanges(
  ctx: RequestContext,
  { group, type }: Setting,
  rowId: string,
  args: PageArgs,
): Promise<Page<SystemSettingChange>> {
  const organizationId = organizationOf(ctx);
  const currency = await currencyOf(ctx);
  const column = snake(type.field);
  const value = { before: sql`c.before -> ${column}::text`, after: sql`c.after -> ${column}::text` };
  const defaults = (await group.defaults(ctx))[type.field];
  const page = await listPage<SystemSettingChange>(
    ctx.db,
    {
      select: sql`${auditEntries.select('e')}, ${value.before} as before, ${value.after} as after`,
      from: sql`audit_changes c join audit_entries e on e.organization_id = c.organization_id and e.id = c.entry_id`,
      where: [
        sql`c.organization_id = ${organizationId}::uuid and c.entity = ${group.table} and c.entity_id = ${rowId}`,
        sql`${value.before} is distinct from ${value.after}`,
        sql`(c.before is not null or ${value.after} is distinct from ${storedJson(defaults)}::jsonb)`,
      ],
      // Ids are created in the order of time.
      sorts: { at: sql`e.id` },
      defaultSort: '-at',
      id: sql`e.id`,
    },
    args,
  );
  const shown = (json: unknown) => shownValue(type, revive(json), currency);
  return {
    ...page,
    items: page.items.map((change) => ({
      ...change,
      before: shown(change.before),
      after: shown(change.after),
    })),
  };
}

/** A default as the audit trail would record it: decimals are numbers there, in documents they are tagged. */
function storedJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return Decimal.isDecimal(value) ? value.toFixed() : JSON.stringify(tag(value));
}
