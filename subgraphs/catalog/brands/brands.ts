/** Creates, updates and deletes brands. */
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import type { Deletion } from '#kernel/graph/deletion';
import { FieldErrors } from '#kernel/validation';
import { nameKey } from '#kernel/fold-text.rules';
import { deleteGroup } from '../delete-group';
import { brandChanged } from '../events';
import type { CreateBrandInput, UpdateBrandInput } from '../inputs.generated';
import { checkedLabel } from '../products/product-validators.rules';
import { brands, type BrandRow } from '../tables.generated';
import { mapUniqueViolations } from '../unique-violations';
import { brandsById } from './brands.queries';
import { insertBrands } from './insert-brands';

/** Creates a brand. @throws PosProError 409 for a taken name. */
export async function createBrand(ctx: RequestContext, input: CreateBrandInput): Promise<BrandRow> {
  const faults = new FieldErrors();
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

/** Renames a brand. Emits "brand.changed". @throws PosProError 404; 409 for a taken name, and for another version. */
export async function updateBrand(
  ctx: RequestContext,
  id: string,
  input: UpdateBrandInput,
): Promise<BrandRow> {
  const faults = new FieldErrors();
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
