import { sql, type Queryable } from '#kernel/db/database';
import { containsWords, listPage, type Page } from '#kernel/paging';
import type { QueryBrandsArgs } from '../inputs.generated';
import { rowsById } from '../rows-by-id';
import { brands, type BrandRow } from '../tables.generated';

export async function brandsById(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, BrandRow>> {
  return rowsById<BrandRow>(
    db,
    ids,
    (uuids) => sql`
    select ${brands.select('b')} from brands b where b.id = any(${uuids}::uuid[])`,
  );
}

export function listBrands(db: Queryable, filter: QueryBrandsArgs): Promise<Page<BrandRow>> {
  const where = containsWords(sql`b.name_key`, filter.search);
  const sorts = { name: sql`b.name`, createdAt: sql`b.created_at` };
  const list = {
    select: brands.select('b'),
    from: sql`brands b`,
    where,
    sorts,
    updatedAt: sql`b.updated_at`,
    defaultSort: 'name',
    id: sql`b.id`,
  };
  return listPage<BrandRow>(db, list, filter);
}
