/** Writes a batch of rows in one transaction: a fixed number of statements for any number of rows. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { QUANTITY_PLACES } from '#kernel/money';
import {
  applyChanges,
  emitChanged,
  lockProducts,
  refreshSearchText,
  touchProducts,
  type Change,
} from '../products/update-products';
import { findGroups } from '../products/product-groups';
import { planRows, type KnownCatalogue, type KnownVariant, type Plan } from './import-plan.rules';
import type { BatchResult, ImportKind, RowError, SeenKeys } from '#kernel/import/importer';
import { nameKey } from '#kernel/fold-text.rules';
import { isReadable, keysOf, type RowDraft } from './import-rows.rules';
import {
  missingWarehouses,
  postInitialStock,
  type InitialStock,
  type InitialStockRow,
  type WarehouseError,
} from '../products/initial-stock';
import { ensureBrands } from '../brands/insert-brands';
import { ensureCategories } from '../categories/insert-categories';
import {
  insertProducts,
  insertVariants,
  type NewProduct,
  type NewVariant,
} from '../products/insert-products';
import { canonicalBarcode } from '../barcodes/normalize-barcode.rules';
import { barcodeWarnings } from '../barcodes/barcode-warnings.rules';
import { pathKey, skuKey } from '../normalize.rules';
import type { ProductOption } from '../products/options.rules';
import { deleteLocked } from '../products/products';
import { takenCodes, variantsById } from '../products/products.queries';
import { generateSkus } from '../products/code-uniqueness';

/** The task of an import. Only an import that creates products posts initial stock. */
export type ImportTask =
  { kind: 'create'; stock: InitialStock } | { kind: Exclude<ImportKind, 'create'>; stock?: undefined };

/** Writes the valid rows of a batch; the others are returned as errors. */
export async function writeBatch(
  tx: Transaction,
  ctx: RequestContext,
  task: ImportTask,
  drafts: readonly RowDraft[],
  seen: SeenKeys,
): Promise<BatchResult> {
  const { kind, stock } = task;
  const known = await knownCatalogue(tx, ctx, stock, drafts.filter(isReadable));
  const plan = planRows(kind, drafts, known, seen);
  const parents = plan.additions.flatMap(({ productId }) => productId ?? []);
  const locked = await lockProducts(tx, [...plan.changes.map(({ change }) => change.productId), ...parents]);
  const additions = plan.additions.filter(
    ({ productId }) => productId === undefined || locked.has(productId),
  );
  const changes = plan.changes.filter(({ change }) => locked.has(change.productId));
  const vanished = plan.changes
    .filter(({ change }) => !locked.has(change.productId))
    .map(({ draft }) => vanishedFault(draft.row));
  let unchanged = 0;
  if (kind === 'delete') {
    await deleteLocked(tx, [...locked.keys()]);
  } else {
    const named = await ensureGroups(tx, ctx, { ...plan, changes });
    const updates = changes.map(({ draft, change }): Change => ({
      ...change,
      product: { ...change.product, ...named(draft) },
    }));
    const applied = await applyChanges(tx, ctx, updates);
    unchanged = applied.unchanged.length;
    emitChanged(tx, applied.productIds, 'updated');
    if (stock) await createPlanned(tx, ctx, stock, { ...plan, additions }, named);
  }
  const orphans = plan.additions
    .filter((addition) => !additions.includes(addition))
    .map(({ draft }) => vanishedFault(draft.row));
  const taken = [...plan.creates, ...additions, ...changes].map(({ draft }) => draft);
  return {
    created: plan.creates.length + additions.length,
    updated: kind === 'delete' ? 0 : changes.length,
    unchanged,
    deleted: kind === 'delete' ? locked.size : 0,
    faults: [...plan.faults, ...vanished, ...orphans],
    oddities: taken.flatMap((draft) => odditiesOf(kind, draft)),
    taken: taken.flatMap((draft) => keysOf(draft).map((key) => ({ key, row: draft.row }))),
    notes: [
      ...(changes.some(({ draft }) => draft.stock.length > 0) ? [STOCK_PASSED_OVER] : []),
      // Once, and not in each row: the default tax class is missing, and not the column.
      ...(plan.creates.some(({ taxClassId }) => taxClassId === null) ? [NO_TAX_CLASS] : []),
    ],
  };
}

const STOCK_PASSED_OVER =
  'Initial stock is only posted for new products; for those that exist, adjust the stock instead.';

const NO_TAX_CLASS =
  'New products have no tax class, so they are sold without tax: fill the column of tax classes, or make a tax class the default.';

function vanishedFault(row: number): RowError {
  return {
    row,
    field: 'id',
    message: 'The product was deleted at the same moment.',
    code: 'PRODUCT_NOT_FOUND',
  };
}

/** The warnings of a row, with those of its barcodes if the import stores them. */
function odditiesOf(kind: ImportKind, { row, barcodes, warnings }: RowDraft): RowError[] {
  const texts = kind === 'create' || kind === 'update' ? (barcodes?.texts ?? []) : [];
  const ofCodes = barcodeWarnings(texts).map(({ message, code }) => ({ field: 'barcode', message, code }));
  return [...warnings, ...ofCodes].map((warning) => ({ row, ...warning }));
}

/** Reads everything that the rows name: four statements. */
async function knownCatalogue(
  tx: Transaction,
  ctx: RequestContext,
  stock: InitialStock | undefined,
  drafts: readonly RowDraft[],
): Promise<KnownCatalogue> {
  const groups = await findGroups(tx, tx.organizationId, {
    categoryIds: drafts.flatMap((draft) => draft.product.categoryId ?? []),
    brandIds: drafts.flatMap((draft) => draft.product.brandId ?? []),
    vendorIds: drafts.flatMap((draft) => draft.product.vendorId ?? []),
    taxClasses: [...new Set(drafts.flatMap((draft) => draft.taxClass ?? []))],
  });
  const codes = await takenCodes(tx, tx.organizationId, {
    skuKeys: [
      ...new Set(
        drafts.flatMap((draft) =>
          [draft.sku, draft.parentSku].flatMap((sku) => (sku === undefined ? [] : skuKey(sku))),
        ),
      ),
    ],
    codes: drafts.flatMap((draft) => (draft.barcodes?.texts ?? []).map(canonicalBarcode)),
  });
  const named = await namedVariants(tx, drafts);
  const ids = [...new Set([...codes.map((code) => code.variantId), ...named.map((variant) => variant.id)])];
  const byId = await variantsById(tx, ids);
  const found = (kind: string): ReadonlyMap<string, KnownVariant> =>
    new Map(codes.filter((code) => code.kind === kind).map((code) => [code.key, byId.get(code.variantId)!]));
  const alive = new Map(named.map(({ id }) => [id, byId.get(id)!]));
  const byProduct = new Map(
    named.filter((variant) => variant.isDefault).map(({ id, productId }) => [productId, byId.get(id)!]),
  );
  const options = await optionsOfProducts(
    tx,
    drafts,
    [...byId.values()].map((variant) => variant.productId),
  );
  const giftCards = await giftCardsAmong(tx, drafts, [...byId.values()]);
  const places = drafts.flatMap((draft) => draft.stock.map(({ warehouse }) => warehouse));
  const warehouses = stock
    ? await missingWarehouses(tx, ctx, stock, places)
    : new Map<string | null, WarehouseError>();
  return {
    groups,
    giftCards,
    options,
    warehouses,
    bySku: found('sku'),
    byCode: found('barcode'),
    byId: alive,
    byProduct,
  };
}

/** The options of products; none unless a row has options or makes a variant. */
async function optionsOfProducts(
  tx: Transaction,
  drafts: readonly RowDraft[],
  productIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ProductOption[]>> {
  const wanted = drafts.some(
    ({ variant, parentSku }) => variant.options !== undefined || parentSku !== undefined,
  );
  if (!wanted || productIds.length === 0) return new Map();
  const rows = await tx.many<{ id: string; options: ProductOption[] }>(sql`
    select p.id, p.options from products p where p.id = any(${productIds}::uuid[])`);
  return new Map(rows.map(({ id, options }) => [id, options]));
}

/** The gift cards among products; none unless a row names a vendor. */
async function giftCardsAmong(
  tx: Transaction,
  drafts: readonly RowDraft[],
  known: readonly KnownVariant[],
): Promise<ReadonlySet<string>> {
  if (known.length === 0 || drafts.every(({ product }) => product.vendorId == null)) return new Set();
  const ids = known.map(({ productId }) => productId);
  const rows = await tx.many<{ id: string }>(sql`
    select p.id from products p where p.id = any(${ids}::uuid[]) and p.gift_card_purpose is not null`);
  return new Set(rows.map(({ id }) => id));
}

/** The variants that rows name by id. */
async function namedVariants(
  tx: Transaction,
  drafts: readonly RowDraft[],
): Promise<{ id: string; productId: string; isDefault: boolean }[]> {
  const variantIds = drafts.flatMap((draft) => draft.variantId ?? []);
  const productIds = drafts.flatMap((draft) => draft.productId ?? []);
  if (variantIds.length + productIds.length === 0) return [];
  return tx.many(sql`
    select v.id, v.product_id, v.is_default from variants v
    where v.id = any(${variantIds}::uuid[]) and v.deleted_at is null
    union
    select v.id, v.product_id, v.is_default from variants v
    where v.product_id = any(${productIds}::uuid[]) and v.is_default and v.deleted_at is null`);
}

type NamedGroups = (draft: RowDraft) => { categoryId?: string; brandId?: string };

/** Creates the missing categories and brands that rows name. */
async function ensureGroups(tx: Transaction, ctx: RequestContext, plan: Plan): Promise<NamedGroups> {
  const drafts = [...plan.creates, ...plan.changes].map(({ draft }) => draft);
  const categories = await ensureCategories(tx, ctx, [
    ...new Set(drafts.flatMap((draft) => draft.category ?? [])),
  ]);
  const brands = await ensureBrands(tx, ctx, [...new Set(drafts.flatMap((draft) => draft.brand ?? []))]);
  return ({ category, brand }) => {
    const categoryId = category === undefined ? undefined : categories.get(pathKey(category));
    const brandId = brand === undefined ? undefined : brands.get(nameKey(brand));
    return {
      ...(categoryId === undefined ? {} : { categoryId }),
      ...(brandId === undefined ? {} : { brandId }),
    };
  };
}

async function createPlanned(
  tx: Transaction,
  ctx: RequestContext,
  initialStock: InitialStock,
  plan: Plan,
  named: NamedGroups,
): Promise<void> {
  const { creates, additions } = plan;
  if (creates.length + additions.length === 0) return;
  const skus = await generateSkus(
    tx,
    [...creates, ...additions].filter(({ draft }) => draft.sku === undefined).length,
  );
  const stock: InitialStockRow[] = [];
  const bySku = new Map<string, string>();
  const variantOf = (draft: RowDraft, productId: string): NewVariant => {
    const id = ctx.ids.next();
    const sku = draft.sku ?? skus.shift()!;
    const { price, cost = null, name = null, options, active, ...sizes } = draft.variant;
    for (const { warehouse, quantity } of draft.stock) {
      stock.push({ productId, variantId: id, sku, warehouse, quantity, unitCost: cost, path: '' });
    }
    const barcodes = draft.barcodes?.texts ?? [];
    return {
      ...sizes,
      id,
      sku,
      name,
      price: price!,
      cost,
      barcodes,
      active: active ?? true,
      ...(options ? { options } : {}),
    };
  };
  const products = creates.map(({ draft, taxClassId }): NewProduct => {
    const id = ctx.ids.next();
    const variant = variantOf(draft, id);
    bySku.set(skuKey(variant.sku), id);
    const variants = [variant];
    return {
      quantityPlaces: QUANTITY_PLACES,
      ...draft.product,
      ...named(draft),
      id,
      name: draft.product.name!,
      taxClassId,
      variants,
    };
  });
  await insertProducts(tx, ctx, products);
  const added = additions.map(({ draft, productId: known }) => {
    const productId = known ?? bySku.get(skuKey(draft.parentSku!))!;
    return { ...variantOf(draft, productId), productId, isDefault: false };
  });
  if (added.length > 0) {
    await insertVariants(tx, ctx, added);
    const owners = [...new Set(added.map(({ productId }) => productId))];
    await touchProducts(tx, owners);
    await refreshSearchText(tx, owners);
    emitChanged(tx, owners, 'updated');
  }
  await postInitialStock(tx, ctx, initialStock, stock);
  emitChanged(
    tx,
    products.map((product) => product.id),
    'created',
  );
}
