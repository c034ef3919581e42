/** The category, brand, tax class and vendor that a product names. */
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { isUuid } from '#kernel/ids';
import type { FieldErrors } from '#kernel/validation';
import { nameKey } from '#kernel/fold-text.rules';

/** Categories, brands, tax classes and vendors that products name. */
export interface GroupReferences {
  readonly categoryIds?: readonly string[];
  readonly brandIds?: readonly string[];
  readonly vendorIds?: readonly string[];
  /** Ids, codes or names. */
  readonly taxClasses?: readonly string[];
}

/** The existing groups among `GroupReferences`. */
export interface ProductGroups {
  readonly categoryIds: ReadonlySet<string>;
  readonly brandIds: ReadonlySet<string>;
  readonly vendorIds: ReadonlySet<string>;
  /** Tax class of new products that name none. */
  readonly defaultTaxClassId: string | null;
  /** Id of a tax class by its id, code or name. */
  taxClassId(reference: string): string | undefined;
}

/** Finds the categories, brands, tax classes and vendors that products name: one statement for any number of products. */
export async function findGroups(
  db: Queryable,
  organizationId: string,
  references: GroupReferences,
): Promise<ProductGroups> {
  const { categoryIds = [], brandIds = [], vendorIds = [], taxClasses = [] } = references;
  const keys = taxClasses.map(nameKey);
  const rows = await db.many<{
    kind: string;
    id: string;
    code: string | null;
    name: string | null;
    isDefault: boolean;
  }>(sql`
    select 'category' as kind, c.id, null as code, null as name, false as is_default
    from categories c where c.id = any(${categoryIds.filter(isUuid)}::uuid[])
    union all
    select 'brand', b.id, null, null, false from brands b where b.id = any(${brandIds.filter(isUuid)}::uuid[])
    union all
    select 'vendor', v.id, null, null, false from vendors v where v.id = any(${vendorIds.filter(isUuid)}::uuid[])
    union all
    select 'tax', t.id, t.code_key, t.name_key, t.is_default from tax_classes t
    where t.organization_id = ${organizationId}::uuid
      and (t.is_default or t.id::text = any(${keys}::text[]) or t.code_key = any(${keys}::text[]) or t.name_key = any(${keys}::text[]))`);
  const ofKind = (kind: string) => rows.filter((row) => row.kind === kind);
  const taxes = ofKind('tax');
  return {
    categoryIds: new Set(ofKind('category').map((row) => row.id)),
    brandIds: new Set(ofKind('brand').map((row) => row.id)),
    vendorIds: new Set(ofKind('vendor').map((row) => row.id)),
    defaultTaxClassId: taxes.find((row) => row.isDefault)?.id ?? null,
    taxClassId: (reference) => {
      const key = nameKey(reference);
      const row =
        taxes.find((tax) => tax.id === key) ??
        taxes.find((tax) => tax.code === key) ??
        taxes.find((tax) => tax.name === key);
      return row?.id;
    },
  };
}

/** Finds the groups that one product names, and adds an error for each that does not exist. An empty tax class names none. */
export async function requireGroups(
  tx: Transaction,
  faults: FieldErrors,
  product: { categoryId: string | null; brandId: string | null; taxClass: string },
): Promise<ProductGroups> {
  const { categoryId, brandId, taxClass } = product;
  const groups = await findGroups(tx, tx.organizationId, {
    categoryIds: categoryId === null ? [] : [categoryId],
    brandIds: brandId === null ? [] : [brandId],
    taxClasses: taxClass === '' ? [] : [taxClass],
  });
  const absent = (field: string, what: string) => faults.add(field, `There is no such ${what}.`, 'NOT_FOUND');
  if (categoryId !== null && !groups.categoryIds.has(categoryId)) absent('categoryId', 'category');
  if (brandId !== null && !groups.brandIds.has(brandId)) absent('brandId', 'brand');
  if (taxClass !== '' && groups.taxClassId(taxClass) === undefined) absent('taxClass', 'tax class');
  return groups;
}
