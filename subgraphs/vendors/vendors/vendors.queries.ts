import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { containsWords, listPage, type Page, type PageArgs } from '#kernel/paging';
import { listProducts } from '#subgraphs/catalog/index';
import type { QueryVendorsArgs } from '../inputs.generated';
import { vendors, type VendorRow } from '../tables.generated';

/** A page of the organization's vendors, by name. */
export function listVendors(db: Queryable, filter: QueryVendorsArgs): Promise<Page<VendorRow>> {
  const { search, status } = filter;
  const list = {
    select: vendors.select('v'),
    from: sql`vendors v`,
    where: [
      ...containsWords(sql`v.name_key`, search),
      ...(status == null ? [] : [sql`v.status = ${status}`]),
    ],
    sorts: { name: sql`v.name`, createdAt: sql`v.created_at`, updatedAt: sql`v.updated_at` },
    updatedAt: sql`v.updated_at`,
    defaultSort: 'name',
    id: sql`v.id`,
  };
  return listPage<VendorRow>(db, list, filter);
}

/** Vendors by their ids. */
export function vendorsByIds(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, VendorRow>> {
  return rowsByIds(db, vendors, ids);
}

/** The vendor with an id. @throws PosProError 404. */
export function requireVendor(db: Queryable, id: string): Promise<VendorRow> {
  return requireRow(db, vendors, 'vendor', id);
}

/** A page of the products of a vendor. @throws PosProError 404; as listPage. */
export async function listVendorProducts(
  ctx: RequestContext,
  id: string,
  filter: PageArgs & { active?: boolean | null; search?: string | null },
): Promise<Page<{ id: string }>> {
  const vendor = await requireVendor(ctx.db, id);
  return listProducts(ctx.db, { ...filter, vendorId: vendor.id }, ctx.clock.now());
}
