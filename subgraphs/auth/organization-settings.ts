/** Settings of an organization: one row, which is made by the first change. */
import type { RequestContext } from '#kernel/context';
import { raw, sql, type DomainEvent, type Queryable, type Transaction } from '#kernel/db/database';
import { inputText } from '#kernel/db/idempotency';
import type { Table } from '#kernel/db/table';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { lockOrganization } from './organizations';

interface SettingsRow {
  readonly organizationId: string;
  readonly updatedAt: Date;
  readonly version: number;
}

/** The settings of a row; version 0 for those that were never changed. */
export type SettingsOf<Row extends SettingsRow> = Omit<Row, 'organizationId' | 'updatedAt'> & {
  /** Null for settings that were never changed. */
  readonly updatedAt: Date | null;
};

interface Definition<Row extends SettingsRow> {
  /** As errors name them. */
  readonly title: string;
  readonly table: Table<Row, never>;
  /** The settings of an organization that never changed them. */
  readonly defaults: SettingsOf<Row>;
  /** The event of a change. Optional. */
  readonly event?: (settings: SettingsOf<Row>, organizationId: string) => DomainEvent;
}

/** New values of settings; those that are undefined do not change. */
type Changes<Row extends SettingsRow> = {
  readonly [Name in keyof SettingsOf<Row>]?: SettingsOf<Row>[Name] | undefined;
};

/**
 * Reads and changes the settings of a table.
 *
 * @example
 * const SETTINGS = organizationSettings({ title: 'support settings', table, defaults });
 * export const supportSettings = SETTINGS.read;
 * return SETTINGS.update(ctx, version, () => withoutNull(input));
 */
export function organizationSettings<Row extends SettingsRow>(definition: Definition<Row>) {
  const { title, table, defaults, event } = definition;
  const shown = table.omit('organizationId');
  const updated = table.omit('organizationId', 'version');
  /** The settings of the connection's organization. */
  const read = async (db: Queryable): Promise<SettingsOf<Row>> =>
    (await db.maybeOne<SettingsOf<Row>>(sql`select ${shown.select('s')} from ${raw(table.name)} s`)) ??
    defaults;
  /**
   * Changes the settings of the caller's organization.
   * @param version the expected one.
   * @param change makes the new values of the settings; undefined ones do not change. It may write further rows.
   * @throws PosProError 409 or 412 for another version, and the errors of the change.
   */
  const update = (
    ctx: RequestContext,
    version: number | null | undefined,
    change: (before: SettingsOf<Row>, tx: Transaction) => Changes<Row> | Promise<Changes<Row>>,
  ): Promise<SettingsOf<Row>> =>
    transact(ctx, async (tx) => {
      // The settings may have no row yet that could be locked.
      await lockOrganization(tx);
      const before = await read(tx);
      assertVersion(tx, title, before, version);
      const after = { ...before, ...withoutUndefined(await change(before, tx)) };
      if (inputText(after) === inputText(before)) return before;
      const { organizationId } = tx;
      const row = { ...after, organizationId, updatedAt: tx.now, version: 1 };
      const stored = await tx.one<SettingsOf<Row>>(sql`
        ${table.insert(row as never)} on conflict (organization_id) do update set ${updated.excluded}
        returning ${shown.select(table.name)}`);
      if (event) tx.emit(event(stored, organizationId));
      return stored;
    });
  return { read, update };
}

function withoutUndefined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;
}
