import { organizationOf } from '#kernel/auth/access';
import { ownBranch } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';

/** The state of a shop, as far as its steps to the first sale need it. A thing that does not exist is null. */
export interface SetupState {
  readonly organizationName: string;
  /** The caller's branch, or else the first one. */
  readonly branchId: string | null;
  readonly branchName: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** The selling warehouse of the branch. */
  readonly warehouseId: string | null;
  /** A register in use, of the branch if it has one. */
  readonly registerId: string | null;
  /** A register whose session is open, not for training. */
  readonly openRegisterId: string | null;
  /** The default tax class, or else the first one. */
  readonly taxClass: string | null;
  /** Its rate, in percent. */
  readonly taxRate: Decimal | null;
  /** SKU of the oldest product that can be sold and has a price and a tax class. */
  readonly sku: string | null;
  /** Whether this product needs no stock. */
  readonly sellsWithoutStock: boolean | null;
  readonly hasStock: boolean;
  readonly hasOrders: boolean;
  readonly hasColleagues: boolean;
  /** Number of products without a tax class; counted up to 1,000. */
  readonly productsWithoutTaxClass: number;
}

const MAX_COUNT = 1000;

/** Reads the state of the caller's shop in one statement. */
export function setupState(ctx: RequestContext): Promise<SetupState> {
  const branchId = ownBranch(ctx.actor) ?? null;
  return ctx.db.one<SetupState>(sql`
    select o.name as organization_name, b.id as branch_id, b.name as branch_name, b.country,
      (select w.id from warehouses w where w.branch_id = b.id and w.is_selling and w.active) as warehouse_id,
      (select r.id from registers r where r.active order by r.branch_id is distinct from b.id, r.id limit 1) as register_id,
      (select s.register_id from register_sessions s where s.status = 'open' and not s.training limit 1) as open_register_id,
      t.code as tax_class, t.rate as tax_rate, v.sku, not v.track_stock as sells_without_stock,
      exists (select from stock_levels l where l.on_hand > 0) as has_stock,
      exists (select from orders) as has_orders,
      (select count(*) from (select from users u where u.disabled_at is null limit 2) u) > 1 as has_colleagues,
      (select count(*) from (
        select from products p where p.tax_class_id is null and p.deleted_at is null limit ${MAX_COUNT}) p) as products_without_tax_class
    from organizations o
      left join lateral (
        select c.id, c.name, c.country from branches c order by c.id is distinct from ${branchId}::uuid, c.id limit 1) b on true
      left join lateral (
        select c.code, c.rate from tax_classes c order by c.is_default desc, c.id limit 1) t on true
      left join lateral (
        select x.sku, p.track_stock from variants x join products p on p.organization_id = x.organization_id and p.id = x.product_id
        where x.active and x.deleted_at is null and p.active and p.deleted_at is null and p.tax_class_id is not null and x.price > 0
        order by x.id limit 1) v on true
    where o.id = ${organizationOf(ctx)}::uuid`);
}
