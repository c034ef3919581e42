/** What a movement must know of a variant besides its id, without asking the catalogue where the caller knows it. */
import { findSellables } from '#subgraphs/catalog/index';
import { sql, type Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';

/** Names that the caller of moveStock has at hand, by variant id. */
export interface MoveNames {
  productIds?: ReadonlyMap<string, string>;
  skus?: ReadonlyMap<string, string>;
  /** The branch whose catalogue answers for what is left out. */
  branchId?: string;
  /** Reservations that have ended with the moves: they come off their levels in the same statement, sold or not. */
  released?: readonly EndedPromise[];
}

/** What a reservation held, and holds no more. */
export interface EndedPromise extends NamedVariant {
  warehouseId: string;
  variantId: string;
  quantity: Decimal;
}

export interface NamedVariant {
  productId: string;
  sku: string;
}

/**
 * The product id and SKU of every variant: from the caller, from a level that the variant has, or from the catalogue.
 * @throws PosProError 404 PRODUCT_NOT_FOUND for a variant that none of them knows.
 */
export async function namesOf(
  tx: Transaction,
  variantIds: readonly string[],
  meta: MoveNames,
): Promise<ReadonlyMap<string, NamedVariant>> {
  const names = new Map<string, NamedVariant>();
  const unknown = new Set<string>();
  for (const variantId of variantIds) {
    const productId = meta.productIds?.get(variantId);
    const sku = meta.skus?.get(variantId);
    if (productId !== undefined && sku !== undefined) names.set(variantId, { productId, sku });
    else unknown.add(variantId);
  }
  if (unknown.size === 0) return names;
  const rows = await tx.many<NamedVariant & { variantId: string }>(sql`
    select distinct on (variant_id) variant_id, product_id, sku from stock_levels
    where organization_id = ${tx.organizationId}::uuid and variant_id = any(${[...unknown]}::uuid[])
    order by variant_id, updated_at desc`);
  for (const { variantId, productId, sku } of rows) {
    names.set(variantId, { productId, sku });
    unknown.delete(variantId);
  }
  if (unknown.size > 0) await askCatalogue(tx, [...unknown], meta.branchId, names);
  return names;
}

async function askCatalogue(
  tx: Transaction,
  variantIds: readonly string[],
  branchId: string | undefined,
  names: Map<string, NamedVariant>,
): Promise<void> {
  const references = variantIds.map((variantId) => ({ variantId }));
  const found = await findSellables(tx, tx.organizationId, references, branchId ?? '');
  for (const [index, variantId] of variantIds.entries()) {
    const item = found[index];
    if (!item)
      throw new PosProError('PRODUCT_NOT_FOUND', `There is no product variant with the id "${variantId}".`);
    names.set(variantId, { productId: item.productId, sku: item.sku });
  }
}
