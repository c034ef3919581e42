/** Creates, updates and deletes categories. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import type { RowOf } from '#kernel/db/table';
import { transact } from '#kernel/db/transact';
import { assertVersion, isChanged } from '#kernel/db/versions';
import { notFound } from '#kernel/errors';
import type { Deletion } from '#kernel/graph/deletion';
import { FieldErrors } from '#kernel/validation';
import { nameKey } from '#kernel/fold-text.rules';
import { deleteGroup } from '../delete-group';
import { categoryChanged } from '../events';
import type { CreateCategoryInput, UpdateCategoryInput } from '../inputs.generated';
import { PATH_SEPARATOR, joinPath, pathParts } from '../normalize.rules';
import { checkedLabel } from '../products/product-validators.rules';
import { categories, type CategoryRow } from '../tables.generated';
import { mapUniqueViolations } from '../unique-violations';
import { categoriesById } from './categories.queries';
import { insertCategories } from './insert-categories';

/** Creates a category. @throws PosProError 422 for a parent that does not exist; 409 for a name that its parent already has. */
export async function createCategory(ctx: RequestContext, input: CreateCategoryInput): Promise<CategoryRow> {
  const faults = new FieldErrors();
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

/**
 * Renames a category or moves it below another one (null: to the root), with all categories below it. Emits "category.changed".
 * @throws PosProError 404; 422 for a parent that does not exist or is below it; 409 for a name that its parent already has, and for
 * another version.
 */
export async function updateCategory(
  ctx: RequestContext,
  id: string,
  input: UpdateCategoryInput,
): Promise<CategoryRow> {
  const faults = new FieldErrors();
  if (input.name === null) faults.add('name', 'Must not be empty.', 'REQUIRED');
  const name = input.name == null ? undefined : checkedLabel(faults, 'name', input.name, 100);
  if (name?.includes(PATH_SEPARATOR.trim()))
    faults.add('name', 'Must not contain ">", which separates the names in a path.');
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const tree = await lockTree(tx);
      const before = tree.get(id.toLowerCase());
      if (!before) throw notFound('category', id);
      assertVersion(tx, 'category', before, input.version);
      const parentId =
        input.parentId === undefined ? before.parentId : (input.parentId?.toLowerCase() ?? null);
      if (parentId !== null) checkParent(faults, tree, before.id, parentId);
      faults.throwIfAny();
      await place(tx, tree, { ...before, parentId, name: name ?? before.name });
      const after = (await categoriesById(tx, [before.id])).get(before.id)!;
      if (isChanged(before, after))
        tx.emit(categoryChanged({ key: after.id, payload: { name: after.name, change: 'updated' } }));
      return after;
    }),
  );
}

type Tree = ReadonlyMap<string, CategoryRow>;

/** The whole tree, locked: two concurrent moves could otherwise form a circle. */
async function lockTree(tx: Transaction): Promise<Tree> {
  const rows = await tx.many<CategoryRow>(sql`
    select ${categories.select('c')} from categories c
    where c.organization_id = ${tx.organizationId}::uuid order by c.id for update`);
  return new Map(rows.map((row) => [row.id, row]));
}

function checkParent(faults: FieldErrors, tree: Tree, id: string, parentId: string): void {
  if (!tree.has(parentId)) faults.add('parentId', 'There is no such category.', 'NOT_FOUND');
  for (let at: string | null | undefined = parentId; at != null; at = tree.get(at)?.parentId) {
    if (at !== id) continue;
    faults.add('parentId', 'A category cannot be below itself.', 'CIRCLE');
    return;
  }
}

/** Columns of a category's position in the tree. */
const PLACE = categories.pick('id', 'parentId', 'name', 'path', 'pathKey', 'depth');

/** Writes a category's new position, and the paths of all categories below it. */
async function place(tx: Transaction, tree: Tree, changed: CategoryRow): Promise<void> {
  const movedCategories: RowOf<typeof PLACE>[] = [];
  const walk = ({ id, name, parentId }: CategoryRow, above: readonly string[]) => {
    const parts = [...above, name];
    const path = joinPath(parts);
    movedCategories.push({ id, parentId, name, path, pathKey: nameKey(path), depth: parts.length - 1 });
    for (const child of tree.values()) if (child.parentId === id) walk(child, parts);
  };
  const parent = changed.parentId === null ? undefined : tree.get(changed.parentId);
  walk(changed, parent ? pathParts(parent.path) : []);
  await tx.run(sql`
    update categories c set parent_id = x."parentId", name = x.name, path = x.path, path_key = x."pathKey", depth = x.depth,
      updated_at = ${tx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(movedCategories)}::jsonb) as x (${PLACE.definitions})
    where c.id = x.id`);
}

/** Deletes a category. @throws PosProError 404; 409 while it has products or subcategories, and for another version. */
export function deleteCategory(ctx: RequestContext, id: string, version?: number | null): Promise<Deletion> {
  return deleteGroup(
    ctx,
    { id, version },
    {
      what: 'category',
      event: categoryChanged,
      table: categories,
      reference: 'category_id',
      alsoUsedBy: sql`(select count(*) from categories c where c.parent_id = ${id}::uuid)`,
    },
  );
}
