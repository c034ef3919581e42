/** Creates, updates and deletes single products and variants. */
import type { RequestContext } from '#kernel/context';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion, type Target } from '#kernel/db/versions';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { barcodesAfter } from '../barcodes/barcode-candidates.rules';
import {
  applyChanges,
  emitChanged,
  lockProducts,
  refreshSearchText,
  touchProducts,
  type ProductFields,
} from './update-products';
import { FieldErrors } from '#kernel/validation';
import { checkedUnit } from './units.rules';
import { mapUniqueViolations } from '../unique-violations';
import { requireGroups } from './product-groups';
import { forgetImages } from '../images/images';
import { postInitialStock, type InitialStock, type InitialStockRow } from './initial-stock';
import type {
  AddVariantInput,
  CreateProductInput,
  UpdateProductInput,
  UpdateVariantInput,
} from '../inputs.generated';
import { insertProducts, insertVariants, type NewVariant } from './insert-products';
import {
  productFields,
  variantDraft,
  variantDrafts,
  variantFields,
  type VariantDraft,
} from './product-input.rules';
import { matchedOptions, type ProductOption } from './options.rules';
import { productById, productsById, variantOfProduct, variantsOfProducts } from './products.queries';
import type { ProductRow, VariantRow } from '../model';
import { generateSkus, assertCodesFree } from './code-uniqueness';
import { ownPlaces } from './units';
import { withKnownVendor } from './vendor-reference';

/**
 * Creates a product with its variants, and posts the stock it starts with in the same transaction.
 * Emits "product.changed". Under an idempotency key a retry gets the same product.
 * @throws PosProError 422 by field; 409 ALREADY_EXISTS for a SKU or barcode that another variant has.
 */
export async function createProduct(
  ctx: RequestContext,
  input: CreateProductInput,
  stock: InitialStock,
): Promise<ProductRow> {
  const faults = new FieldErrors();
  const units = await ownPlaces(ctx, input.unit == null ? [] : [input.unit]);
  const fields = productFields(faults, input, units);
  const drafts = matchedDrafts(faults, fields.options ?? [], variantDrafts(faults, input));
  const created = await mapViolations(() =>
    transact(
      ctx,
      async (tx) => {
        const groups = await resolveGroups(tx, faults, input, fields);
        faults.throwIfAny();
        const variants = await newVariants(tx, ctx, drafts);
        const id = ctx.ids.next();
        const measure = checkedUnit(faults, 'unit', input.unit, input.quantityPlaces, units);
        await insertProducts(tx, ctx, [
          { id, ...measure, ...fields, ...groups, name: fields.name!, variants },
        ]);
        await postInitialStock(tx, ctx, stock, stockRows(id, drafts, variants));
        emitChanged(tx, [id], 'created');
        return { id };
      },
      { idempotent: { operation: 'createProduct', input } },
    ),
  );
  return (await productsById(ctx.db, [created.id], ctx.clock.now())).get(created.id)!;
}

/** Runs work that writes a product. @throws PosProError 409 ALREADY_EXISTS for a taken value; 422 for an unknown vendor. */
function mapViolations<Result>(work: () => Promise<Result>): Promise<Result> {
  return mapUniqueViolations(() => withKnownVendor(work));
}

/** Looks up what the product names. A new product that names no tax class gets the default one. */
async function resolveGroups(
  tx: Transaction,
  faults: FieldErrors,
  input: UpdateProductInput,
  fields: ProductFields,
  isNew = true,
): Promise<Pick<ProductFields, 'taxClassId'>> {
  const { categoryId = null, brandId = null } = fields;
  const taxClass = input.taxClass?.trim() ?? '';
  if (!isNew && [categoryId, brandId, input.taxClass].every((named) => named == null)) {
    return input.taxClass === null ? { taxClassId: null } : {};
  }
  const groups = await requireGroups(tx, faults, { categoryId, brandId, taxClass });
  if (taxClass !== '') return { taxClassId: groups.taxClassId(taxClass) ?? null };
  // Null or "" means none. If omitted, a new product gets the default, an existing one keeps its own.
  if (input.taxClass !== undefined) return { taxClassId: null };
  return isNew ? { taxClassId: groups.defaultTaxClassId } : {};
}

/** The drafts with their options in the product's spelling. Two drafts with the same options are an error. */
function matchedDrafts(
  faults: FieldErrors,
  options: readonly ProductOption[],
  drafts: readonly VariantDraft[],
): VariantDraft[] {
  const seen = new Set<string>();
  return drafts.map((draft) => {
    const matched = matchedOptions(faults, `${draft.path}options`, options, draft.options);
    const key = JSON.stringify(Object.entries(matched).sort());
    if (key !== '[]' && seen.has(key))
      faults.add(`${draft.path}options`, 'Another variant has the same options.', 'ALREADY_EXISTS');
    seen.add(key);
    return { ...draft, options: matched };
  });
}

/** The options of a product may only be changed to what fits its variants. */
async function requireMatching(
  tx: Transaction,
  faults: FieldErrors,
  productId: string,
  options: readonly ProductOption[],
): Promise<void> {
  const variants = (await variantsOfProducts(tx, [productId])).get(productId) ?? [];
  for (const { sku, options: values } of variants) {
    const misfits = new FieldErrors();
    matchedOptions(misfits, 'options', options, values);
    for (const { field, message, code } of misfits.errors)
      faults.add(field, `The variant ${sku} does not fit: ${message}`, code);
  }
}

/** Gives the drafts their ids, and SKUs to those without. @throws PosProError ALREADY_EXISTS */
async function newVariants(
  tx: Transaction,
  ctx: RequestContext,
  drafts: readonly VariantDraft[],
): Promise<NewVariant[]> {
  await assertCodesFree(tx, tx.organizationId, drafts);
  const skus = await generateSkus(tx, drafts.filter((draft) => draft.sku === undefined).length);
  return drafts.map((draft) => ({ ...draft, id: ctx.ids.next(), sku: draft.sku ?? skus.shift()! }));
}

function stockRows(
  productId: string,
  drafts: readonly VariantDraft[],
  variants: readonly NewVariant[],
): InitialStockRow[] {
  return drafts.flatMap(({ path, cost, initialStock }, index) =>
    initialStock.map(({ warehouseId, quantity }, place) => {
      const { id: variantId, sku } = variants[index]!;
      const warehouse = warehouseId ?? null;
      return {
        productId,
        variantId,
        sku,
        warehouse,
        quantity,
        unitCost: cost,
        path: `${path}initialStock.${place}`,
      };
    }),
  );
}

/** Locks a product. @throws PosProError NOT_FOUND; 409 and 412 for another version. */
async function lockProduct(tx: Transaction, { id, version }: Target): Promise<string> {
  const [known] = isUuid(id) ? await lockProducts(tx, [id]) : [];
  if (known === undefined) throw notFound('product', id);
  assertVersion(tx, 'product', known[1], version);
  return known[0];
}

/** Locks a product to which something is added, in whatever version. @throws PosProError NOT_FOUND */
async function lockOwner(tx: Transaction, id: string): Promise<string> {
  const [known] = isUuid(id) ? (await lockProducts(tx, [id])).keys() : [];
  if (known === undefined) throw notFound('product', id);
  return known;
}

/**
 * Changes a product; omitted fields keep their values, null clears optional ones. SKU, barcode, price and cost are those of the
 * default variant. Emits "product.changed".
 * @throws PosProError 404, 422 by field, 409 ALREADY_EXISTS for a taken SKU or barcode, and CONFLICT for another version.
 */
export async function updateProduct(
  ctx: RequestContext,
  id: string,
  input: UpdateProductInput,
): Promise<ProductRow> {
  const faults = new FieldErrors();
  const fields = productFields(faults, input, await ownPlaces(ctx, input.unit == null ? [] : [input.unit]));
  const { sku, barcode, barcodes: codes, price, cost } = input;
  const { variant, barcodes: given } = variantFields(faults, { sku, barcode, barcodes: codes, price, cost });
  return mapViolations(() =>
    transact(ctx, async (tx) => {
      const productId = await lockProduct(tx, { id, version: input.version });
      const groups = await resolveGroups(tx, faults, input, fields, false);
      if (fields.options) await requireMatching(tx, faults, productId, fields.options);
      faults.throwIfAny();
      const { defaultVariantId: variantId } = await productById(tx, productId);
      const barcodes =
        given && barcodesAfter((await variantOfProduct(tx, productId, variantId)).barcodes, given);
      await assertCodesFree(tx, tx.organizationId, [{ path: '', variantId, sku: variant.sku, barcodes }]);
      const change = { productId, variantId, product: { ...fields, ...groups }, variant, barcodes };
      emitChanged(tx, (await applyChanges(tx, ctx, [change])).productIds, 'updated');
      return productById(tx, productId, tx.now);
    }),
  );
}

/** Activates or deactivates a product. Emits "product.changed". @throws PosProError 404; 409 for another version. */
export async function activateProduct(
  ctx: RequestContext,
  id: string,
  active: boolean,
  version?: number | null,
): Promise<ProductRow> {
  return updateProduct(ctx, id, { active, version });
}

/**
 * Deletes a product. Its row stays for the sales that refer to it, but searches no longer find it; its SKUs and barcodes are free again.
 * Emits "product.changed". @throws PosProError 404, also for one that was deleted before; 409 for another version.
 */
export async function deleteProduct(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const productId = await lockProduct(tx, { id, version });
    await deleteLocked(tx, [productId]);
    return deletionOf(productId);
  });
}

/** Deletes locked products. The next sweep removes the files of their images (orphaned-images.worker.ts). */
export async function deleteLocked(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await forgetImages(tx, ids);
  await tx.run(sql`
    delete from barcodes b using variants v where b.variant_id = v.id and v.product_id = any(${ids}::uuid[])`);
  await tx.run(sql`
    with gone as (
      update products p set deleted_at = ${tx.now}::timestamptz, updated_at = ${tx.now}::timestamptz, active = false
      where p.id = any(${ids}::uuid[]) returning p.id)
    update variants v set deleted_at = ${tx.now}::timestamptz, updated_at = ${tx.now}::timestamptz
    from gone where v.product_id = gone.id and v.deleted_at is null`);
  emitChanged(tx, ids, 'deleted');
}

/** Adds a variant to a product. Emits "product.changed". @throws PosProError 404, 422 by field, 409 ALREADY_EXISTS */
export async function addVariant(
  ctx: RequestContext,
  productId: string,
  input: AddVariantInput,
  stock: InitialStock,
): Promise<VariantRow> {
  const faults = new FieldErrors();
  const draft = variantDraft(faults, '', input);
  const created = await mapUniqueViolations(() =>
    transact(
      ctx,
      async (tx) => {
        const id = await lockOwner(tx, productId);
        const { options } = await productById(tx, id);
        const drafts = matchedDrafts(faults, options, [draft]);
        faults.throwIfAny();
        const variants = await newVariants(tx, ctx, drafts);
        if (input.isDefault) await removeDefault(tx, id);
        await insertVariants(tx, ctx, [
          { ...variants[0]!, productId: id, isDefault: input.isDefault ?? false },
        ]);
        await touchProducts(tx, [id]);
        await refreshSearchText(tx, [id]);
        await postInitialStock(tx, ctx, stock, stockRows(id, [draft], variants));
        emitChanged(tx, [id], 'updated');
        return { id: variants[0]!.id };
      },
      { idempotent: { operation: 'addVariant', input: { productId, input } } },
    ),
  );
  return variantOfProduct(ctx.db, productId, created.id);
}

/**
 * Updates a variant; omitted fields keep their values. Emits "product.changed".
 * @throws PosProError 404, 422 by field, 409 ALREADY_EXISTS, and CONFLICT for another version of the variant.
 */
export async function updateVariant(
  ctx: RequestContext,
  productId: string,
  variantId: string,
  input: UpdateVariantInput,
): Promise<VariantRow> {
  const faults = new FieldErrors();
  const { variant: given, barcodes: codes } = variantFields(faults, input);
  if (input.isDefault === false) faults.add('isDefault', 'Make another variant the default instead.');
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const id = await lockOwner(tx, productId);
      const before = await variantOfProduct(tx, id, variantId);
      assertVersion(tx, 'variant', before, input.version);
      const options =
        given.options &&
        matchedOptions(faults, 'options', (await productById(tx, id)).options, given.options);
      const isDefault = (input.isDefault ?? false) && !before.isDefault;
      const variant = { ...given, ...(options ? { options } : {}), ...(isDefault ? { isDefault } : {}) };
      faults.throwIfAny();
      const barcodes = barcodesAfter(before.barcodes, codes);
      await assertCodesFree(tx, tx.organizationId, [
        { path: '', variantId: before.id, sku: variant.sku, barcodes },
      ]);
      if (isDefault) await removeDefault(tx, id);
      const change = { productId: id, variantId: before.id, product: {}, variant, barcodes };
      emitChanged(tx, (await applyChanges(tx, ctx, [change])).productIds, 'updated');
      return variantOfProduct(tx, id, before.id);
    }),
  );
}

/** Removes the default variant before another one is set: the index that allows only one default is checked row by row. */
async function removeDefault(tx: Transaction, productId: string): Promise<void> {
  await tx.run(sql`
    update variants set is_default = false, updated_at = ${tx.now} where product_id = ${productId}::uuid and is_default`);
}
