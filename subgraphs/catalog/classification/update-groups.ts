/** Updates and deletes categories, brands and tax classes. */
import type { RequestContext } from '#kernel/context';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { raw, sql, type Sql, type Transaction } from '#kernel/db/database';
import type { RowOf, Table } from '#kernel/db/table';
import { transact } from '#kernel/db/transact';
import { assertVersion, isChanged, lockVersion, type Target, type Versioned } from '#kernel/db/versions';
import { PosProError, notFound } from '#kernel/errors';
import { Faults } from '#kernel/validation';
import { checkedLabel } from '../products/product-validators.rules';
import { mapUniqueViolations } from '../unique-violations';
import { checkRate } from './groups';
import type { UpdateBrandInput, UpdateCategoryInput, UpdateTaxClassInput } from '../inputs.generated';
import { PATH_SEPARATOR, joinPath, nameKey, pathParts } from '../normalize.rules';
import { categoriesById, taxClassesById } from '../products/products.queries';
import {
  brands,
  categories,
  taxClasses,
  type BrandRow,
  type CategoryRow,
  type TaxClassRow,
} from '../tables.generated';
import type { PublicEvent } from '#kernel/events/public-event';
import { brandChanged, categoryChanged, taxClassChanged } from '../events';

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
  const faults = new Faults();
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

function checkParent(faults: Faults, tree: Tree, id: string, parentId: string): void {
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
  const moved: RowOf<typeof PLACE>[] = [];
  const walk = ({ id, name, parentId }: CategoryRow, above: readonly string[]) => {
    const parts = [...above, name];
    const path = joinPath(parts);
    moved.push({ id, parentId, name, path, pathKey: nameKey(path), depth: parts.length - 1 });
    for (const child of tree.values()) if (child.parentId === id) walk(child, parts);
  };
  const parent = changed.parentId === null ? undefined : tree.get(changed.parentId);
  walk(changed, parent ? pathParts(parent.path) : []);
  await tx.run(sql`
    update categories c set parent_id = x."parentId", name = x.name, path = x.path, path_key = x."pathKey", depth = x.depth,
      updated_at = ${tx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(moved)}::jsonb) as x (${PLACE.definitions})
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

/** Renames a brand. Emits "brand.changed". @throws PosProError 404; 409 for a taken name, and for another version. */
export async function updateBrand(
  ctx: RequestContext,
  id: string,
  input: UpdateBrandInput,
): Promise<BrandRow> {
  const faults = new Faults();
  const name = checkedLabel(faults, 'name', input.name, 100);
  faults.throwIfAny();
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, brands, 'brand', { id, version: input.version });
      const data = { name, nameKey: nameKey(name), updatedAt: tx.now };
      const after = await tx.prisma.brand.update({ where: { id: before.id }, data });
      if (isChanged(before, after))
        tx.emit(brandChanged({ key: after.id, payload: { name, change: 'updated' } }));
      return after;
    }),
  );
}

/** Deletes a brand. @throws PosProError 404; 409 while products have it, and for another version. */
export function deleteBrand(ctx: RequestContext, id: string, version?: number | null): Promise<Deletion> {
  return deleteGroup(
    ctx,
    { id, version },
    { what: 'brand', event: brandChanged, table: brands, reference: 'brand_id' },
  );
}

/**
 * Updates a tax class. Emits "tax_class.changed".
 * @throws PosProError 404; 422 by field; 409 for a taken name or code, and for another version.
 */
export async function updateTaxClass(
  ctx: RequestContext,
  id: string,
  input: UpdateTaxClassInput,
): Promise<TaxClassRow> {
  const faults = new Faults();
  const rate = input.rate ?? undefined;
  const isDefault = input.isDefault ?? undefined;
  const name = input.name == null ? undefined : checkedLabel(faults, 'name', input.name, 100);
  const code = input.code == null ? undefined : checkedLabel(faults, 'code', input.code, 100);
  if (rate !== undefined) checkRate(faults, 'rate', rate);
  faults.throwIfAny();
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, taxClasses, 'tax class', { id, version: input.version });
      if (isDefault) {
        await tx.run(sql`
          update tax_classes set is_default = false, updated_at = ${tx.now} where is_default and id <> ${before.id}::uuid`);
      }
      const keys = { nameKey: name && nameKey(name), codeKey: code && nameKey(code) };
      const data = { name, code, ...keys, rate, isDefault, updatedAt: tx.now };
      await tx.prisma.taxClass.update({ where: { id: before.id }, data });
      const after = (await taxClassesById(tx, [before.id], tx.now)).get(before.id)!;
      const payload = {
        name: after.name,
        code: after.code,
        rate: after.rate.toFixed(),
        change: 'updated',
      } as const;
      if (isChanged(before, after)) tx.emit(taxClassChanged({ key: after.id, payload }));
      return after;
    }),
  );
}

/** Deletes a tax class. @throws PosProError 404; 409 while products have it, and for another version. */
export function deleteTaxClass(ctx: RequestContext, id: string, version?: number | null): Promise<Deletion> {
  return deleteGroup(
    ctx,
    { id, version },
    { what: 'tax class', event: taxClassChanged, table: taxClasses, reference: 'tax_class_id' },
  );
}

interface Group {
  readonly what: string;
  readonly event: PublicEvent<{ change: 'deleted' }>;
  readonly table: Table<Versioned & { readonly id: string }, never>;
  /** The column of products that refers to it. */
  readonly reference: string;
  /** A number of other rows that prevent its deletion, as an expression. */
  readonly alsoUsedBy?: Sql;
}

/** Deleted products lose the reference; old sales have their own copies in their lines. */
async function deleteGroup(ctx: RequestContext, target: Target, group: Group): Promise<Deletion> {
  const { what, event, table, alsoUsedBy = sql`0` } = group;
  const reference = raw(group.reference);
  return transact(ctx, async (tx) => {
    const { id } = await lockVersion(tx, table, what, target);
    const { uses } = await tx.one<{ uses: number }>(sql`
      select ${alsoUsedBy} + (
        select count(*) from products p where p.${reference} = ${id}::uuid and p.deleted_at is null
      ) as uses`);
    if (uses > 0)
      throw new PosProError('CONFLICT', `The ${what} is in use ${uses} times; move what uses it first.`, {
        facts: { uses },
      });
    await tx.run(sql`
      update products p set ${reference} = null where p.${reference} = ${id}::uuid and p.deleted_at is not null`);
    await tx.run(sql`delete from ${raw(table.name)} where id = ${id}::uuid`);
    tx.emit(event({ key: id, payload: { change: 'deleted' } }));
    return deletionOf(id);
  });
}
