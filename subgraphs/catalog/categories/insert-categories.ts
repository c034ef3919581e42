/** Inserts categories, any number at once. */
import { cleanName } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { invariant } from '#kernel/errors';
import { nameKey } from '#kernel/fold-text.rules';
import { joinPath, pathParts } from '../normalize.rules';
import * as tables from '../tables.generated';

/** Columns that the insert sets. */
type Assigned = 'organizationId' | 'createdAt' | 'updatedAt';

/** A new category, already checked. Its parent exists, or is before it in the same list. */
export type NewCategory = Omit<tables.NewCategory, Assigned | 'path' | 'pathKey' | 'depth'>;

type PlacedCategory = Omit<tables.CategoryRow, Assigned | 'version'>;

/** Inserts categories. @throws the database's unique violation for a path that exists. */
export async function insertCategories(tx: Transaction, categories: readonly NewCategory[]): Promise<void> {
  const parents = await parentPaths(tx, categories);
  const placedCategories: PlacedCategory[] = [];
  for (const { id, name, parentId = null } of categories) {
    const parent = parentId === null ? undefined : parents.get(parentId);
    invariant(parentId === null || parent, `the parent of the category "${name}" does not exist`);
    const category = placedCategory(id, cleanName(name), parentId, parent?.path);
    parents.set(id, category);
    placedCategories.push(category);
  }
  await insertPlaced(tx, placedCategories, false);
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
  const assigned = { organizationId: tx.organizationId, createdAt: tx.now, updatedAt: tx.now };
  const rows = categories.map((category) => tables.categories.complete({ ...category, ...assigned }));
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
  const idsByKey = new Map<string, string>();
  // Of several spellings the first applies, as if each row were imported alone; a map keeps the last value, hence `reverse`.
  const pathNames = paths.map(pathParts).reverse();
  const levels = Math.max(0, ...pathNames.map((parts) => parts.length));
  for (let level = 1; level <= levels; level += 1) {
    const atLevel = new Map(
      pathNames.filter((parts) => parts.length >= level).map((parts) => levelOf(parts, level)),
    );
    const keys = [...atLevel.keys()].sort();
    const missing = keys.filter((key) => !idsByKey.has(key));
    await findCategories(tx, missing, idsByKey);
    const categories = missing
      .filter((key) => !idsByKey.has(key))
      .map((key) => {
        const parts = atLevel.get(key)!;
        const parentPath = level === 1 ? undefined : joinPath(parts.slice(0, -1));
        const parentId = parentPath === undefined ? null : idsByKey.get(nameKey(parentPath))!;
        return placedCategory(ctx.ids.next(), parts.at(-1)!, parentId, parentPath);
      });
    await insertPlaced(tx, categories, true);
    if (categories.length > 0)
      await findCategories(
        tx,
        categories.map((category) => category.pathKey),
        idsByKey,
      );
  }
  return idsByKey;
}

function levelOf(parts: readonly string[], level: number): [string, string[]] {
  const upper = parts.slice(0, level);
  return [nameKey(joinPath(upper)), upper];
}

async function findCategories(
  tx: Transaction,
  pathKeys: readonly string[],
  idsByKey: Map<string, string>,
): Promise<void> {
  if (pathKeys.length === 0) return;
  const rows = await tx.many<{ id: string; pathKey: string }>(sql`
    select c.id, c.path_key from categories c
    where c.organization_id = ${tx.organizationId}::uuid and c.path_key = any(${pathKeys}::text[])`);
  for (const row of rows) idsByKey.set(row.pathKey, row.id);
}
