/** Inserts categories, brands and tax classes, any number at once. */
import { cleanName } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { invariant } from '#kernel/errors';
import { joinPath, nameKey, pathParts } from '../normalize.rules';
import * as tables from '../tables.generated';

/** Columns that the insert fills. */
type Written = 'organizationId' | 'createdAt' | 'updatedAt';

/** A new category, already checked. Its parent exists, or is before it in the same list. */
export type NewCategory = Omit<tables.NewCategory, Written | 'path' | 'pathKey' | 'depth'>;

export type NewBrand = Omit<tables.NewBrand, Written | 'nameKey'>;

export type NewTaxClass = Omit<tables.NewTaxClass, Written | 'nameKey' | 'codeKey'>;

type PlacedCategory = Omit<tables.CategoryRow, Written | 'version'>;

/** Inserts categories. @throws the database's unique violation for a path that exists. */
export async function insertCategories(tx: Transaction, categories: readonly NewCategory[]): Promise<void> {
  const parents = await parentPaths(tx, categories);
  const placed: PlacedCategory[] = [];
  for (const { id, name, parentId = null } of categories) {
    const parent = parentId === null ? undefined : parents.get(parentId);
    invariant(parentId === null || parent, `the parent of the category "${name}" does not exist`);
    const category = placedCategory(id, cleanName(name), parentId, parent?.path);
    parents.set(id, category);
    placed.push(category);
  }
  await insertPlaced(tx, placed, false);
}

function placedCategory(
  id: string,
  name: string,
  parentId: string | null,
  parentPath: string | undefined,
): PlacedCategory {
  const parts = [...(parentPath === undefined ? [] : pathParts(parentPath)), name];
  const path = joinPath(parts);
  return { id, parentId, name, path, pathKey: nameKey(path), depth: parts.length - 1 };
}

function written(tx: Transaction): Pick<tables.BrandRow, Written> {
  return { organizationId: tx.organizationId, createdAt: tx.now, updatedAt: tx.now };
}

async function parentPaths(
  tx: Transaction,
  categories: readonly NewCategory[],
): Promise<Map<string, { path: string }>> {
  const ids = new Set(categories.flatMap((category) => category.parentId ?? []));
  for (const { id } of categories) ids.delete(id);
  if (ids.size === 0) return new Map();
  const rows = await tx.many<{ id: string; path: string }>(sql`
    select c.id, c.path from categories c where c.id = any(${[...ids]}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row]));
}

async function insertPlaced(
  tx: Transaction,
  categories: readonly PlacedCategory[],
  orKeep: boolean,
): Promise<void> {
  if (categories.length === 0) return;
  const rows = categories.map((category) => tables.categories.complete({ ...category, ...written(tx) }));
  await tx.run(sql`
    insert into categories (${tables.categories.columns}) select ${tables.categories.values('x')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (${tables.categories.definitions})
    ${orKeep ? sql`on conflict (organization_id, path_key) do nothing` : sql``}`);
}

/**
 * Creates the missing categories of these paths, with all categories above them.
 * @returns ids by path key.
 */
export async function ensureCategories(
  tx: Transaction,
  ctx: RequestContext,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  // Of several spellings the first applies, as if each row were imported alone; a map keeps the last value, hence `reverse`.
  const wanted = paths.map(pathParts).reverse();
  const levels = Math.max(0, ...wanted.map((parts) => parts.length));
  for (let level = 1; level <= levels; level += 1) {
    const atLevel = new Map(
      wanted.filter((parts) => parts.length >= level).map((parts) => levelOf(parts, level)),
    );
    const keys = [...atLevel.keys()].sort();
    const missing = keys.filter((key) => !found.has(key));
    await findCategories(tx, missing, found);
    const made = missing.filter((key) => !found.has(key)).map((key) => {
      const parts = atLevel.get(key)!;
      const parentPath = level === 1 ? undefined : joinPath(parts.slice(0, -1));
      const parentId = parentPath === undefined ? null : found.get(nameKey(parentPath))!;
      return placedCategory(ctx.ids.next(), parts.at(-1)!, parentId, parentPath);
    }); // prettier-ignore
    await insertPlaced(tx, made, true);
    if (made.length > 0)
      await findCategories(
        tx,
        made.map((category) => category.pathKey),
        found,
      );
  }
  return found;
}

function levelOf(parts: readonly string[], level: number): [string, string[]] {
  const upper = parts.slice(0, level);
  return [nameKey(joinPath(upper)), upper];
}

async function findCategories(
  tx: Transaction,
  pathKeys: readonly string[],
  found: Map<string, string>,
): Promise<void> {
  if (pathKeys.length === 0) return;
  const rows = await tx.many<{ id: string; pathKey: string }>(sql`
    select c.id, c.path_key from categories c
    where c.organization_id = ${tx.organizationId}::uuid and c.path_key = any(${pathKeys}::text[])`);
  for (const row of rows) found.set(row.pathKey, row.id);
}

/** Inserts brands. @throws the database's unique violation for a name that exists. */
export async function insertBrands(tx: Transaction, brands: readonly NewBrand[]): Promise<void> {
  await insertBrandRows(tx, brands, false);
}

async function insertBrandRows(tx: Transaction, brands: readonly NewBrand[], orKeep: boolean): Promise<void> {
  const rows = brands.map(({ id, name }) =>
    tables.brands.complete({ id, name: cleanName(name), nameKey: nameKey(name), ...written(tx) }),
  );
  await tx.run(sql`
    insert into brands (${tables.brands.columns}) select ${tables.brands.values('x')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (${tables.brands.definitions})
    ${orKeep ? sql`on conflict (organization_id, name_key) do nothing` : sql``}`);
}

/** Creates the missing brands of these names. @returns ids by name key. */
export async function ensureBrands(
  tx: Transaction,
  ctx: RequestContext,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  // Of several spellings the first applies, as for categories.
  const byKey = new Map([...names].reverse().map((name) => [nameKey(name), name]));
  const found = await findBrands(tx, [...byKey.keys()]);
  const missing = [...byKey].filter(([key]) => !found.has(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  if (missing.length === 0) return found;
  await insertBrandRows(
    tx,
    missing.map(([, name]) => ({ id: ctx.ids.next(), name })),
    true,
  );
  return findBrands(tx, [...byKey.keys()]);
}

async function findBrands(tx: Transaction, nameKeys: readonly string[]): Promise<Map<string, string>> {
  if (nameKeys.length === 0) return new Map();
  const rows = await tx.many<{ id: string; nameKey: string }>(sql`
    select b.id, b.name_key from brands b
    where b.organization_id = ${tx.organizationId}::uuid and b.name_key = any(${nameKeys}::text[])`);
  return new Map(rows.map((row) => [row.nameKey, row.id]));
}

/** Inserts tax classes. @throws the database's unique violation for a name or code that exists. */
export async function insertTaxClasses(tx: Transaction, classes: readonly NewTaxClass[]): Promise<void> {
  const rows = classes.map((taxClass) => {
    const [name, code] = [cleanName(taxClass.name), cleanName(taxClass.code)];
    const keys = { nameKey: nameKey(taxClass.name), codeKey: nameKey(taxClass.code) };
    return tables.taxClasses.complete({ ...taxClass, name, code, ...keys, ...written(tx) });
  });
  await tx.run(sql`
    insert into tax_classes (${tables.taxClasses.columns}) select ${tables.taxClasses.values('x')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (${tables.taxClasses.definitions})`);
}
