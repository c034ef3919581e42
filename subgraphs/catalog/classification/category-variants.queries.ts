import { sql, type Queryable } from '#kernel/db/database';
import { isUuid } from '#kernel/ids';

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
