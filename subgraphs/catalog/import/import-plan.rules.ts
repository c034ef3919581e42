/** Plans a batch of rows: new products, changes, and errors for the other rows. */
import { barcodesAfter } from '../barcodes/barcode-candidates.rules';
import { canonicalBarcode } from '../barcodes/normalize-barcode.rules';
import type { Change, VariantFields } from '../products/update-products';
import type { ProductGroups } from '../products/product-groups';
import type { ImportKind, RowError, SeenKeys } from '#kernel/import/importer';
import { isReadable, keysOf, type RowDraft } from './import-rows.rules';
import type { WarehouseError } from '../products/initial-stock';
import { FieldErrors } from '#kernel/validation';
import { skuKey } from '../normalize.rules';
import { GIFT_CARD_VENDOR, UNKNOWN_VENDOR } from '../products/product-validators.rules';
import { matchedOptions, type ProductOption } from '../products/options.rules';

/** The part of a variant that an import needs. */
export interface KnownVariant {
  readonly id: string;
  readonly productId: string;
  readonly sku: string;
  readonly isDefault: boolean;
  readonly barcodes: readonly string[];
}

/** Everything in the catalogue that a batch names. */
export interface KnownCatalogue {
  readonly groups: ProductGroups;
  /** The products that are gift cards, if a row names a vendor. */
  readonly giftCards: ReadonlySet<string>;
  readonly bySku: ReadonlyMap<string, KnownVariant>;
  /** The options of the products that the batch names, by product. */
  readonly options: ReadonlyMap<string, readonly ProductOption[]>;
  /** By canonical code. */
  readonly byCode: ReadonlyMap<string, KnownVariant>;
  readonly byId: ReadonlyMap<string, KnownVariant>;
  /** The default variants. */
  readonly byProduct: ReadonlyMap<string, KnownVariant>;
  /** Warehouses that rows name and that cannot receive stock, with the reason. */
  readonly warehouses: ReadonlyMap<string | null, WarehouseError>;
}

/** A row that becomes a new product. */
export interface PlannedProduct {
  readonly draft: RowDraft;
  readonly taxClassId: string | null;
}

/** A row that becomes a variant of an existing product, or of one that the same batch creates. */
export interface PlannedVariant {
  readonly draft: RowDraft;
  /** The product; undefined if the same batch creates it with `parentSku`. */
  readonly productId: string | undefined;
}

/** A row that changes a product. */
export interface PlannedChange {
  readonly draft: RowDraft;
  readonly change: Change;
}

export interface Plan {
  readonly creates: readonly PlannedProduct[];
  readonly additions: readonly PlannedVariant[];
  readonly changes: readonly PlannedChange[];
  readonly faults: readonly RowError[];
}

/** Plans a batch. Rows are planned in their order: if two rows claim the same code, the first gets it. */
export function planRows(
  kind: ImportKind,
  drafts: readonly RowDraft[],
  known: KnownCatalogue,
  seen: SeenKeys,
): Plan {
  const planner = new Planner(kind, known, seen);
  for (const draft of drafts) planner.add(draft);
  return planner;
}

class Planner implements Plan {
  readonly creates: PlannedProduct[] = [];
  readonly additions: PlannedVariant[] = [];
  readonly changes: PlannedChange[] = [];
  readonly faults: RowError[] = [];
  /** Rows by the keys that they have claimed in this batch: of rows, variants and barcodes. */
  private readonly taken = new Map<string, number>();
  /** The options of products that this batch creates, by SKU. */
  private readonly created = new Map<string, readonly ProductOption[]>();

  constructor(
    private readonly kind: ImportKind,
    private readonly known: KnownCatalogue,
    private readonly seen: SeenKeys,
  ) {}

  add(given: RowDraft): void {
    const draft = given.fromSystem ? this.adapted(given) : given;
    const before = this.faults.length;
    for (const error of draft.errors) this.faults.push({ row: draft.row, ...error });
    if (!isReadable(draft)) return;
    // A cell that could not be read is already an error; that its value is missing would only repeat it.
    const unread = new Set(draft.errors.map(({ field }) => field));
    const fail: Fail = (field, message, code) => {
      if (!unread.has(field)) this.faults.push({ row: draft.row, field, message, code });
    };
    const target = this.target(draft);
    this.checkGroups(draft, target, fail);
    this.checkPrice(draft, unread, fail);
    if (isNamed(draft, unread)) {
      this.checkTarget(draft, target, fail);
      this.checkFree(draft, target, fail);
      if (!target) this.checkStock(draft, fail);
    }
    const options = unread.has('productOptions') ? undefined : this.checkOptions(draft, target, fail);
    if (this.faults.length > before) return;
    this.take(draft, target);
    this.plan(
      withOwnActive(
        options === undefined ? draft : { ...draft, variant: { ...draft.variant, options } },
        target,
      ),
      target,
    );
  }

  private plan(sound: RowDraft, target: KnownVariant | undefined): void {
    const taxClassId =
      sound.taxClass === undefined ? undefined : this.known.groups.taxClassId(sound.taxClass)!;
    if (target) this.changes.push({ draft: sound, change: this.change(sound, target, taxClassId) });
    else if (sound.parentSku !== undefined) {
      this.additions.push({
        draft: sound,
        productId: this.known.bySku.get(skuKey(sound.parentSku))?.productId,
      });
    } else {
      this.creates.push({ draft: sound, taxClassId: taxClassId ?? this.known.groups.defaultTaxClassId });
      if (sound.sku !== undefined) this.created.set(skuKey(sound.sku), sound.product.options ?? []);
    }
  }

  /** Unknown tax classes and warehouses of another system are ignored with a warning; in PosPro's own columns they are errors. */
  private adapted(draft: RowDraft): RowDraft {
    const { taxClass, stock } = draft;
    const warnings = [...draft.warnings];
    const isKnown = taxClass === undefined || this.known.groups.taxClassId(taxClass) !== undefined;
    if (!isKnown) {
      const message = `There is no tax class "${taxClass}"; a new product gets the default one.`;
      warnings.push({ field: 'taxClass', message, code: 'NOT_FOUND' });
    }
    const posted = stock.filter(({ warehouse, quantity }) => {
      const fault = quantity.isZero() ? undefined : this.known.warehouses.get(warehouse);
      const place = warehouse === null ? '' : ` of "${warehouse}"`;
      if (fault)
        warnings.push({
          ...fault,
          field: 'warehouse',
          message: `The stock${place} (${quantity.toFixed()}) is not posted: ${fault.message}`,
        });
      return !fault;
    });
    return { ...draft, taxClass: isKnown ? taxClass : undefined, stock: posted, warnings };
  }

  /** The variant of a row, by the variant's id, the product's id, the SKU or a barcode, in this order. */
  private target(draft: RowDraft): KnownVariant | undefined {
    const { variantId, productId, sku, barcodes } = draft;
    if (variantId !== undefined) return this.known.byId.get(variantId);
    if (productId !== undefined) return this.known.byProduct.get(productId);
    if (sku !== undefined) return this.known.bySku.get(skuKey(sku));
    const owners = (barcodes?.texts ?? []).flatMap(
      (text) => this.known.byCode.get(canonicalBarcode(text)) ?? [],
    );
    return owners[0];
  }

  private checkGroups(draft: RowDraft, target: KnownVariant | undefined, fail: Fail): void {
    const { groups, giftCards } = this.known;
    const { categoryId, brandId, vendorId } = draft.product;
    if (categoryId != null && !groups.categoryIds.has(categoryId))
      fail('categoryId', 'There is no such category.', 'NOT_FOUND');
    if (brandId != null && !groups.brandIds.has(brandId))
      fail('brandId', 'There is no such brand.', 'NOT_FOUND');
    if (vendorId != null && !groups.vendorIds.has(vendorId))
      fail(UNKNOWN_VENDOR.field, UNKNOWN_VENDOR.message, UNKNOWN_VENDOR.code);
    else if (vendorId != null && target && giftCards.has(target.productId))
      fail(GIFT_CARD_VENDOR.field, GIFT_CARD_VENDOR.message, GIFT_CARD_VENDOR.code);
    if (draft.taxClass !== undefined && groups.taxClassId(draft.taxClass) === undefined) {
      fail('taxClass', `There is no tax class "${draft.taxClass}".`, 'NOT_FOUND');
    }
  }

  private checkPrice({ variant }: RowDraft, unread: ReadonlySet<string>, fail: Fail): void {
    if (
      this.kind !== 'price' ||
      unread.has('cost') ||
      variant.price !== undefined ||
      variant.cost !== undefined
    )
      return;
    fail('price', 'Is missing.', 'REQUIRED');
  }

  /** Only new products have initial stock. */
  private checkStock({ stock }: RowDraft, fail: Fail): void {
    if (this.kind !== 'create') return;
    for (const { warehouse, quantity } of stock) {
      const fault = quantity.isZero() ? undefined : this.known.warehouses.get(warehouse);
      if (fault) fail('warehouse', fault.message, fault.code);
    }
  }

  private checkTarget(draft: RowDraft, target: KnownVariant | undefined, fail: Fail): void {
    const { variantId, productId, sku, barcodes } = draft;
    const byId = variantId ?? productId;
    if (target) return;
    if (byId !== undefined) {
      fail(
        variantId === undefined ? 'id' : 'variantId',
        `There is no product with the id "${byId}".`,
        'PRODUCT_NOT_FOUND',
      );
    } else if (this.kind === 'create') {
      this.checkNew(draft, fail);
    } else if (sku !== undefined) {
      fail('sku', `There is no product with the SKU "${sku}".`, 'PRODUCT_NOT_FOUND');
    } else if (barcodes !== undefined) {
      fail(
        'barcode',
        `There is no product with the barcode "${barcodes.texts.join(', ')}".`,
        'PRODUCT_NOT_FOUND',
      );
    } else {
      fail('sku', 'Name the product by id, variant_id, sku or barcode.', 'REQUIRED');
    }
  }

  private checkNew({ parentSku, product, variant }: RowDraft, fail: Fail): void {
    const parent = parentSku === undefined ? undefined : skuKey(parentSku);
    if (parent !== undefined && !this.known.bySku.has(parent) && !this.created.has(parent))
      fail('parentSku', `There is no product with the SKU "${parentSku}".`, 'PRODUCT_NOT_FOUND');
    if (parent === undefined && product.name === undefined)
      fail('name', 'Is missing, and a new product needs one.', 'REQUIRED');
    if (variant.price === undefined) fail('price', 'Is missing, and a new product needs one.', 'REQUIRED');
  }

  /** The options of a new or changed variant in its product's spelling; undefined if the row has nothing relevant. */
  private checkOptions(
    draft: RowDraft,
    target: KnownVariant | undefined,
    fail: Fail,
  ): Record<string, string> | undefined {
    const { parentSku, product, variant } = draft;
    if (target && variant.options === undefined) return undefined;
    const parent = parentSku === undefined ? undefined : skuKey(parentSku);
    const productId =
      target?.productId ?? (parent === undefined ? undefined : this.known.bySku.get(parent)?.productId);
    const known =
      productId === undefined
        ? parent === undefined
          ? undefined
          : this.created.get(parent)
        : this.known.options.get(productId);
    const faults = new FieldErrors();
    const matched = matchedOptions(
      faults,
      'options',
      (parent === undefined ? product.options : undefined) ?? known ?? [],
      variant.options ?? {},
    );
    for (const { field, message, code } of faults.errors) fail(field, message, code);
    return matched;
  }

  private checkFree(draft: RowDraft, target: KnownVariant | undefined, fail: Fail): void {
    const twin = this.twinOf(draft, target);
    if (twin !== undefined) {
      fail(
        draft.sku === undefined ? 'barcode' : 'sku',
        `The same item is already in row ${twin}.`,
        'ALREADY_EXISTS',
      );
    }
    const owner = draft.sku === undefined ? undefined : this.known.bySku.get(skuKey(draft.sku));
    if (owner && owner.id !== target?.id)
      fail('sku', `The SKU "${draft.sku}" belongs to the product ${owner.productId}.`, 'ALREADY_EXISTS');
    for (const text of draft.barcodes?.texts ?? []) {
      const holder = this.holderOf(canonicalBarcode(text), target, twin);
      if (holder !== undefined)
        fail('barcode', `The barcode "${text}" belongs to ${holder}.`, 'ALREADY_EXISTS');
    }
  }

  /** The earlier row of the file with the same item. */
  private twinOf(draft: RowDraft, target: KnownVariant | undefined): number | undefined {
    const keys = [...keysOf(draft), ...(target ? [`variant ${target.id}`] : [])];
    return keys.map((key) => this.seen.get(key) ?? this.taken.get(key)).find((row) => row !== undefined);
  }

  /** The other owner of a barcode, in words; the same item in an earlier row is not another owner. */
  private holderOf(
    code: string,
    target: KnownVariant | undefined,
    twin: number | undefined,
  ): string | undefined {
    const holder = this.known.byCode.get(code);
    if (holder && holder.id !== target?.id) return `the product with the SKU "${holder.sku}"`;
    const row = this.taken.get(`code ${code}`);
    return row === undefined || row === twin ? undefined : `row ${row}`;
  }

  private take(draft: RowDraft, target: KnownVariant | undefined): void {
    const codes = (draft.barcodes?.texts ?? []).map((text) => `code ${canonicalBarcode(text)}`);
    for (const key of [...keysOf(draft), ...codes, ...(target ? [`variant ${target.id}`] : [])])
      this.taken.set(key, draft.row);
  }

  private change(draft: RowDraft, target: KnownVariant, taxClassId: string | undefined): Change {
    const { id: variantId, productId } = target;
    if (this.kind === 'price') return { productId, variantId, product: {}, variant: pricesOf(draft.variant) };
    const renamed = draft.sku !== undefined && skuKey(draft.sku) !== skuKey(target.sku);
    return {
      productId,
      variantId,
      product: { ...draft.product, ...(taxClassId === undefined ? {} : { taxClassId }) },
      variant: { ...draft.variant, ...(renamed ? { sku: draft.sku } : {}) },
      barcodes: barcodesAfter(target.barcodes, draft.barcodes),
    };
  }
}

/** An import of prices ignores all other columns. */
function pricesOf({ price, cost }: VariantFields): VariantFields {
  return { ...(price === undefined ? {} : { price }), ...(cost === undefined ? {} : { cost }) };
}

/** `active` refers to the product; in the row of a variant that is not the default, it refers to the variant. */
function withOwnActive(draft: RowDraft, target: KnownVariant | undefined): RowDraft {
  const { active, ...product } = draft.product;
  const ofProduct = target ? target.isDefault : draft.parentSku === undefined;
  if (ofProduct || active === undefined) return draft;
  return { ...draft, product, variant: { active, ...draft.variant } };
}

/** Whether it is certain which product a row means, or that it means a new one. */
function isNamed({ sku }: RowDraft, unread: ReadonlySet<string>): boolean {
  const ids = ['id', 'productId', 'variantId', 'parentSku'];
  return ![...ids, ...(sku === undefined ? ['sku', 'barcode', 'barcodes'] : [])].some((column) =>
    unread.has(column),
  );
}

type Fail = (field: string, message: string, code: string) => void;
