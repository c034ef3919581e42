/** Creates, updates and deletes tax classes. */
import { cleanName } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import type { Deletion } from '#kernel/graph/deletion';
import { FieldErrors } from '#kernel/validation';
import { nameKey } from '#kernel/fold-text.rules';
import { deleteGroup } from '../delete-group';
import { taxClassChanged } from '../events';
import type { CreateTaxClassInput, UpdateTaxClassInput } from '../inputs.generated';
import { checkedLabel } from '../products/product-validators.rules';
import { taxClasses, type NewTaxClass as NewTaxClassRow, type TaxClassRow } from '../tables.generated';
import { mapUniqueViolations } from '../unique-violations';
import { taxClassesById } from './tax-classes.queries';
import { checkRate } from './tax-rates';

/** A new tax class, already checked. */
export type NewTaxClass = Omit<
  NewTaxClassRow,
  'organizationId' | 'createdAt' | 'updatedAt' | 'nameKey' | 'codeKey'
>;

/** Creates a tax class; a new default replaces the previous one. @throws PosProError 409 for a taken name or code. */
export async function createTaxClass(ctx: RequestContext, input: CreateTaxClassInput): Promise<TaxClassRow> {
  const faults = new FieldErrors();
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

/** Inserts tax classes. @throws the database's unique violation for a name or code that exists. */
export async function insertTaxClasses(tx: Transaction, classes: readonly NewTaxClass[]): Promise<void> {
  const assigned = { organizationId: tx.organizationId, createdAt: tx.now, updatedAt: tx.now };
  const rows = classes.map((taxClass) => {
    const [name, code] = [cleanName(taxClass.name), cleanName(taxClass.code)];
    const keys = { nameKey: nameKey(taxClass.name), codeKey: nameKey(taxClass.code) };
    return taxClasses.complete({ ...taxClass, name, code, ...keys, ...assigned });
  });
  await tx.run(sql`
    insert into tax_classes (${taxClasses.columns}) select ${taxClasses.values('x')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (${taxClasses.definitions})`);
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
  const faults = new FieldErrors();
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
