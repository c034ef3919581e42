import { systemClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { isUuid } from '#kernel/ids';
import { containsWords, listPage, type Page } from '#kernel/paging';
import type { QueryTaxClassesArgs } from '../inputs.generated';
import { rowsById } from '../rows-by-id';
import { taxClasses, type TaxClassRow, type TaxRateRow } from '../tables.generated';
import { rateAt } from './tax-rate-at';

const UNDATED_TAX_CLASS = taxClasses.omit('rate');

/** Columns of a tax class, with its rate at a moment. */
const taxClassColumns = (at: Date): Sql =>
  sql`${UNDATED_TAX_CLASS.select('t')}, ${rateAt(sql`${at}::timestamptz`)} as rate`;

export async function taxClassesById(
  db: Queryable,
  ids: readonly string[],
  at = systemClock.now(),
): Promise<ReadonlyMap<string, TaxClassRow>> {
  return rowsById<TaxClassRow>(
    db,
    ids,
    (uuids) => sql`
    select ${taxClassColumns(at)} from tax_classes t where t.id = any(${uuids}::uuid[])`,
  );
}

export function listTaxClasses(
  db: Queryable,
  filter: QueryTaxClassesArgs,
  at = systemClock.now(),
): Promise<Page<TaxClassRow>> {
  const where = containsWords(sql`t.name_key`, filter.search);
  const sorts = { name: sql`t.name`, rate: sql`t.rate`, code: sql`t.code`, createdAt: sql`t.created_at` };
  const select = taxClassColumns(at);
  const list = {
    select,
    from: sql`tax_classes t`,
    where,
    sorts,
    updatedAt: sql`t.updated_at`,
    defaultSort: 'name',
    id: sql`t.id`,
  };
  return listPage<TaxClassRow>(db, list, filter);
}

/** The dated rates of tax classes, the earliest first. */
export async function ratesOfClasses(
  { prisma }: Pick<RequestContext, 'prisma'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TaxRateRow[]>> {
  const where = { taxClassId: { in: ids.filter(isUuid) } };
  const rows = await prisma.taxRate.findMany({ where, orderBy: { validFrom: 'asc' } });
  const ratesById = new Map<string, TaxRateRow[]>(ids.map((id) => [id, []]));
  for (const row of rows) ratesById.get(row.taxClassId)?.push(row);
  return ratesById;
}
