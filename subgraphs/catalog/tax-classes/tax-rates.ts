/** Dated tax rates, which apply from a moment on: entered before a law changes, in force when the day comes. */
import type { RequestContext } from '#kernel/context';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Decimal } from '#kernel/decimal';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { FieldErrors } from '#kernel/validation';
import { mapUniqueViolations } from '../unique-violations';
import type { AddTaxRateInput } from '../inputs.generated';
import type { TaxRateRow } from '../tables.generated';
import { taxClassChanged } from '../events';

/** Adds a rate that applies from a moment on. Emits "tax_class.changed". @throws PosProError 404; 422; 409 for a moment that has a rate. */
export async function addTaxRate(
  ctx: RequestContext,
  taxClassId: string,
  input: AddTaxRateInput,
): Promise<TaxRateRow> {
  const faults = new FieldErrors();
  checkRate(faults, 'rate', input.rate);
  faults.throwIfAny();
  const { rate, validFrom } = input;
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const taxClass = isUuid(taxClassId)
        ? await tx.maybeOne<{ id: string }>(
            sql`select t.id from tax_classes t where t.id = ${taxClassId}::uuid for update`,
          )
        : undefined;
      if (!taxClass) throw notFound('tax class', taxClassId);
      await touchTaxClass(tx, taxClass.id);
      const payload = {
        rate: rate.toFixed(),
        validFrom: validFrom.toISOString(),
        change: 'rate_added',
      } as const;
      tx.emit(taxClassChanged({ key: taxClass.id, payload }));
      const ids = { id: ctx.ids.next(), organizationId: tx.organizationId, taxClassId: taxClass.id };
      return tx.prisma.taxRate.create({ data: { ...ids, rate, validFrom, createdAt: tx.now } });
    }),
  );
}

/** Deletes a dated rate; sales keep the rate that applied to them. @throws PosProError 404 */
export async function deleteTaxRate(
  ctx: RequestContext,
  taxClassId: string,
  rateId: string,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    if (!isUuid(taxClassId) || !isUuid(rateId)) throw notFound('tax rate', rateId);
    const { count } = await tx.prisma.taxRate.deleteMany({ where: { id: rateId, taxClassId } });
    if (count === 0) throw notFound('tax rate', rateId);
    await touchTaxClass(tx, taxClassId);
    tx.emit(taxClassChanged({ key: taxClassId.toLowerCase(), payload: { change: 'rate_deleted' } }));
    return deletionOf(rateId.toLowerCase());
  });
}

/** Raises the version of a tax class: its dated rates are a part of it. */
async function touchTaxClass(tx: Transaction, id: string): Promise<void> {
  await tx.run(
    sql`update tax_classes set version = version + 1, updated_at = ${tx.now} where id = ${id}::uuid`,
  );
}

/** Checks a tax rate: 0 to 1000 percent, with at most 4 decimal places. */
export function checkRate(faults: FieldErrors, field: string, rate: Decimal): void {
  if (rate.isNegative() && !rate.isZero()) faults.add(field, 'Must not be negative.', 'NEGATIVE');
  else if (rate.greaterThan(1000)) faults.add(field, 'Must be at most 1000 percent.', 'RANGE');
  else if (rate.decimalPlaces() > 4) faults.add(field, 'Must have at most 4 decimal places.', 'PLACES');
}
