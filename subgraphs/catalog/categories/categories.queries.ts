import { sql, type Queryable } from '#kernel/db/database';
import { isUuid } from '#kernel/ids';
import { containsWords, listPage, sameId, type Page } from '#kernel/paging';
import type { QueryCategoriesArgs } from '../inputs.generated';
import { rowsById } from '../rows-by-id';
import { categories, type CategoryRow } from '../tables.generated';

export async function categoriesById(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CategoryRow>> {
  return rowsById<CategoryRow>(
    db,
    ids,
    (uuids) => sql`
    select ${categories.select('c')} from categories c where c.id = any(${uuids}::uuid[])`,
  );
}

/** A page of categories, by default in the order of the tree. */
export function listCategories(db: Queryable, filter: QueryCategoriesArgs): Promise<Page<CategoryRow>> {
  const where = [
    ...containsWords(sql`c.path_key`, filter.search),
    ...sameId(sql`c.parent_id`, filter.parentId),
  ];
  const sorts = { path: sql`c.path`, name: sql`c.name`, createdAt: sql`c.created_at` };
  const list = {
    select: categories.select('c'),
    from: sql`categories c`,
    where,
    sorts,
    updatedAt: sql`c.updated_at`,
    defaultSort: 'path',
    id: sql`c.id`,
  };
  return listPage<CategoryRow>(db, list, filter);
}

/** For each category, its id and those of the categories below it. One statement, and none for no categories. */
export async function categoriesBelow(
  db: Queryable,
  categoryIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (categoryIds.length === 0) return new Map();
  const rows = await db.many<{ root: string; ids: string[] }>(sql`
    with recursive tree as (
      select c.id as root, c.id from categories c where c.id = any(${categoryIds.filter(isUuid)}::uuid[])
      union select tree.root, c.id from categories c join tree on c.parent_id = tree.id)
    select tree.root, array_agg(tree.id) as ids from tree group by tree.root`);
  return new Map(rows.map(({ root, ids }) => [root, ids]));
}

/** The category of each product and those above it, by the product's id; products without one are absent. One statement. */
export async function categoriesOfProducts(
  db: Queryable,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await db.many<{ productId: string; ids: string[] }>(sql`
    with recursive above as (
      select p.id as product_id, p.category_id as id from products p
      where p.id = any(${[...new Set(productIds)]}::uuid[]) and p.category_id is not null
      union select above.product_id, c.parent_id from categories c join above on c.id = above.id where c.parent_id is not null)
    select above.product_id, array_agg(above.id) as ids from above group by above.product_id`);
  return new Map(rows.map(({ productId, ids }) => [productId, ids]));
}

/** The stocked variants of products in some categories and those below them, without deleted ones. One statement. */
export function variantsInCategories(
  db: Queryable,
  categoryIds: readonly string[],
): Promise<{ variantId: string; productId: string; sku: string }[]> {
  if (categoryIds.length === 0) return Promise.resolve([]);
  return db.many(sql`
    with recursive tree as (
      select c.id from categories c where c.id = any(${categoryIds.filter(isUuid)}::uuid[])
      union select c.id from categories c join tree on c.parent_id = tree.id)
    select v.id as variant_id, v.product_id, v.sku from variants v join products p on p.id = v.product_id
    where p.category_id in (select tree.id from tree) and p.track_stock and v.deleted_at is null and p.deleted_at is null`);
}
