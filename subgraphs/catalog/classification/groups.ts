/** Categories, brands and tax classes: creating them, and finding those that a product names. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Decimal } from '#kernel/decimal';
import { isUuid } from '#kernel/ids';
import { Faults } from '#kernel/validation';
import { checkedLabel } from '../products/product-validators.rules';
import { mapUniqueViolations } from '../unique-violations';
import type { CreateBrandInput, CreateCategoryInput, CreateTaxClassInput } from '../inputs.generated';
import { insertBrands, insertCategories, insertTaxClasses } from './insert-groups';
import { nameKey, PATH_SEPARATOR } from '../normalize.rules';
import { brandsById, categoriesById, taxClassesById } from '../products/products.queries';
import type { BrandRow, CategoryRow, TaxClassRow } from '../tables.generated';
import { brandChanged, categoryChanged, taxClassChanged } from '../events';

/** Creates a category. @throws PosProError 422 for a parent that does not exist; 409 for a name that its parent already has. */
export async function createCategory(ctx: RequestContext, input: CreateCategoryInput): Promise<CategoryRow> {
  const faults = new Faults();
  const name = checkedLabel(faults, 'name', input.name, 100);
  if (name.includes(PATH_SEPARATOR.trim()))
    faults.add('name', 'Must not contain ">", which separates the names in a path.');
  const id = ctx.ids.next();
  const parentId = input.parentId ?? null;
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      if (parentId !== null && !(await categoriesById(tx, [parentId])).has(parentId.toLowerCase())) {
        faults.add('parentId', 'There is no such category.', 'NOT_FOUND');
      }
      faults.throwIfAny();
      await insertCategories(tx, [{ id, name, parentId: parentId?.toLowerCase() ?? null }]);
      tx.emit(categoryChanged({ key: id, payload: { name, change: 'created' } }));
      return (await categoriesById(tx, [id])).get(id)!;
    }),
  );
}

/** Creates a brand. @throws PosProError 409 for a taken name. */
export async function createBrand(ctx: RequestContext, input: CreateBrandInput): Promise<BrandRow> {
  const faults = new Faults();
  const name = checkedLabel(faults, 'name', input.name, 100);
  faults.throwIfAny();
  const id = ctx.ids.next();
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      await insertBrands(tx, [{ id, name }]);
      tx.emit(brandChanged({ key: id, payload: { name, change: 'created' } }));
      return (await brandsById(tx, [id])).get(id)!;
    }),
  );
}

/** Creates a tax class; a new default replaces the previous one. @throws PosProError 409 for a taken name or code. */
export async function createTaxClass(ctx: RequestContext, input: CreateTaxClassInput): Promise<TaxClassRow> {
  const faults = new Faults();
  const name = checkedLabel(faults, 'name', input.name, 100);
  const code = checkedLabel(faults, 'code', input.code ?? input.name, 100);
  const { rate, isDefault } = input;
  checkRate(faults, 'rate', rate);
  faults.throwIfAny();
  const id = ctx.ids.next();
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      if (isDefault)
        await tx.run(sql`update tax_classes set is_default = false, updated_at = ${tx.now} where is_default`);
      await insertTaxClasses(tx, [{ id, name, code, rate, isDefault: isDefault ?? false }]);
      tx.emit(taxClassChanged({ key: id, payload: { name, code, rate: rate.toFixed(), change: 'created' } }));
      return (await taxClassesById(tx, [id], tx.now)).get(id)!;
    }),
  );
}

/** Checks a tax rate: 0 to 1000 percent, with at most 4 decimal places. */
export function checkRate(faults: Faults, field: string, rate: Decimal): void {
  if (rate.isNegative() && !rate.isZero()) faults.add(field, 'Must not be negative.', 'NEGATIVE');
  else if (rate.greaterThan(1000)) faults.add(field, 'Must be at most 1000 percent.', 'RANGE');
  else if (rate.decimalPlaces() > 4) faults.add(field, 'Must have at most 4 decimal places.', 'PLACES');
}

/** Categories, brands and tax classes that products name. */
export interface WantedGroups {
  readonly categoryIds?: readonly string[];
  readonly brandIds?: readonly string[];
  /** Ids, codes or names. */
  readonly taxClasses?: readonly string[];
}

/** The existing ones of `WantedGroups`. */
export interface KnownGroups {
  readonly categoryIds: ReadonlySet<string>;
  readonly brandIds: ReadonlySet<string>;
  /** Tax class of new products that name none. */
  readonly defaultTaxClassId: string | null;
  /** Id of a tax class by its id, code or name. */
  taxClassId(named: string): string | undefined;
}

/** Finds the categories, brands and tax classes that products name: one statement for any number of products. */
export async function findGroups(
  db: Queryable,
  organizationId: string,
  wanted: WantedGroups,
): Promise<KnownGroups> {
  const { categoryIds = [], brandIds = [], taxClasses = [] } = wanted;
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
    select 'tax', t.id, t.code_key, t.name_key, t.is_default from tax_classes t
    where t.organization_id = ${organizationId}::uuid
      and (t.is_default or t.id::text = any(${keys}::text[]) or t.code_key = any(${keys}::text[]) or t.name_key = any(${keys}::text[]))`);
  const ofKind = (kind: string) => rows.filter((row) => row.kind === kind);
  const taxes = ofKind('tax');
  return {
    categoryIds: new Set(ofKind('category').map((row) => row.id)),
    brandIds: new Set(ofKind('brand').map((row) => row.id)),
    defaultTaxClassId: taxes.find((row) => row.isDefault)?.id ?? null,
    taxClassId: (named) => {
      const key = nameKey(named);
      const found =
        taxes.find((row) => row.id === key) ??
        taxes.find((row) => row.code === key) ??
        taxes.find((row) => row.name === key);
      return found?.id;
    },
  };
}

/** Finds what one product names, and adds an error for what does not exist. An empty tax class names none. */
export async function requireGroups(
  tx: Transaction,
  faults: Faults,
  named: { categoryId: string | null; brandId: string | null; taxClass: string },
): Promise<KnownGroups> {
  const { categoryId, brandId, taxClass } = named;
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
