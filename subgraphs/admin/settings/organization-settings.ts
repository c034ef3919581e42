/** Settings of the administration itself: one row of an organization, which is made by the first change. */
import type { RequestContext } from '#kernel/context';
import { withoutNull } from '#kernel/collections';
import { sql, type Queryable } from '#kernel/db/database';
import { inputText } from '#kernel/db/idempotency';
import type { Table } from '#kernel/db/table';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { lockOrganization } from '#subgraphs/auth/index';

interface SettingsRow {
  readonly organizationId: string;
  readonly updatedAt: Date;
  readonly version: number;
}

/** The settings of a row; never changed ones have version 0 and no moment. */
type Stored<Row extends SettingsRow> = Omit<Row, 'organizationId' | 'updatedAt'> & {
  readonly updatedAt: Date | null;
};

interface Definition<Row extends SettingsRow> {
  /** As errors name them. */
  readonly title: string;
  readonly table: Table<Row, never>;
  readonly read: (db: Queryable) => Promise<Stored<Row>>;
  /** The event of a change, for caches. Optional. */
  readonly event?: string;
}

/** Changes the settings; omitted ones do not change. @throws PosProError 409 or 412 for another version. */
export function updateOrganizationSettings<Row extends SettingsRow>(
  ctx: RequestContext,
  { title, table, read, event }: Definition<Row>,
  { version, ...input }: { readonly version?: number | null | undefined },
): Promise<Stored<Row>> {
  return transact(ctx, async (tx) => {
    // The settings may have no row yet that could be locked.
    await lockOrganization(tx);
    const before = await read(tx);
    assertVersion(tx, title, before, version);
    const after = { ...before, ...withoutNull(input) };
    if (inputText(after) === inputText(before)) return before;
    const { organizationId } = tx;
    const row = { ...after, organizationId, updatedAt: tx.now, version: 1 };
    const stored = await tx.one<Row>(sql`
      ${table.insert(row as never)}
      on conflict (organization_id) do update set ${table.omit('organizationId', 'version').excluded}
      returning ${table.select(table.name)}`);
    if (event !== undefined) tx.emit({ type: event, key: organizationId, payload: {} });
    return stored;
  });
}
