/** Holidays: entered by hand, deleted and listed. */
import type { RequestContext } from '#kernel/context';
import { cleanName } from '#kernel/clean-text.rules';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { alreadyExists } from '#kernel/db/unique-violations';
import { notFound } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { isUuid } from '#kernel/ids';
import { listPage, type Page } from '#kernel/paging';
import { nameErrors, throwFieldErrors } from '#kernel/validation';
import { sellingTerms } from '#subgraphs/auth/index';
import { businessHoursChanged } from '../events';
import type { CreateHolidayInput, QueryHolidaysArgs } from '../inputs.generated';
import { holidays, type HolidayRow } from '../tables.generated';
import { reclockTickets } from './reclock-tickets';

/** Adds a holiday. Emits "business_hours.changed". @param id Optional; defaults to a new one. @throws PosProError 404 for an unknown branch; 409 for a day that is one already; 422. */
export async function createHoliday(
  ctx: RequestContext,
  { branchId, date, name }: CreateHolidayInput,
  id = ctx.ids.next(),
): Promise<HolidayRow> {
  throwFieldErrors(nameErrors('name', name, { min: 1, max: 100 }));
  return transact(ctx, async (tx) => {
    const branch = branchId == null ? null : (await sellingTerms(tx, branchId)).branchId;
    const [holiday] = await insertHolidays(tx, ctx, branch, 'manual', [{ id, date, name: cleanName(name) }]);
    if (!holiday) throw alreadyExists([{ field: 'date', message: 'The day is a holiday already.' }]);
    return holiday;
  });
}

/** Inserts those of the days that are not holidays of the branch yet. Emits "business_hours.changed" if there are any. */
export async function insertHolidays(
  tx: Transaction,
  ctx: RequestContext,
  branchId: string | null,
  source: HolidayRow['source'],
  days: readonly (Pick<HolidayRow, 'date' | 'name'> & { readonly id?: string })[],
): Promise<HolidayRow[]> {
  const shared = { organizationId: tx.organizationId, branchId, source, createdAt: tx.now };
  const rows = days.map((day) => ({ id: ctx.ids.next(), ...shared, ...day }));
  const inserted = await reclockTickets(tx, ctx, ticketsOf(branchId), () =>
    tx.many<HolidayRow>(sql`
      ${holidays.insertMany(rows)} on conflict (organization_id, branch_id, date) do nothing returning ${holidays.columns}`),
  );
  if (inserted.length > 0) emitChanged(tx, branchId);
  return inserted;
}

/** Deletes a holiday. Emits "business_hours.changed". @throws PosProError 404. */
export async function deleteHoliday(ctx: RequestContext, id: string): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const holiday = isUuid(id) ? await tx.prisma.holiday.findUnique({ where: { id } }) : null;
    if (!holiday) throw notFound('holiday', id);
    await reclockTickets(tx, ctx, ticketsOf(holiday.branchId), () =>
      tx.prisma.holiday.delete({ where: { id: holiday.id } }),
    );
    emitChanged(tx, holiday.branchId);
    return deletionOf(holiday.id);
  });
}

function ticketsOf(branchId: string | null): Sql {
  return branchId === null ? sql`true` : sql`t.branch_id = ${branchId}`;
}

function emitChanged(tx: Transaction, branchId: string | null): void {
  tx.emit(
    businessHoursChanged({
      key: branchId ?? tx.organizationId,
      ...(branchId !== null && { branchId }),
      payload: { branchId },
    }),
  );
}

/** A page of holidays, the earliest first. */
export function listHolidays(
  db: Queryable,
  { branchId, from, to, ...page }: QueryHolidaysArgs,
): Promise<Page<HolidayRow>> {
  const where: Sql[] = [];
  if (branchId != null)
    where.push(isUuid(branchId) ? sql`(h.branch_id is null or h.branch_id = ${branchId}::uuid)` : sql`false`);
  if (from != null) where.push(sql`h.date >= ${from}::date`);
  if (to != null) where.push(sql`h.date <= ${to}::date`);
  const list = {
    select: holidays.select('h'),
    from: sql`holidays h`,
    where,
    sorts: { date: sql`h.date` },
    defaultSort: 'date',
    id: sql`h.id`,
  };
  return listPage<HolidayRow>(db, list, page);
}
