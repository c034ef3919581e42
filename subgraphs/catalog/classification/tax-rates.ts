/** Rates of tax that count from a moment on: entered before a law changes, in force when the day comes. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { Faults } from '../products/validators.rules';
import { sayingWhatIsTaken } from '../unique-violations';
import { checkRate } from './groups';
import type { Deleted } from './update-groups';
import type { AddTaxRateInput } from '../inputs.generated';
import { taxRates, type TaxRateRow } from '../tables.generated';

/** The dated rates of tax classes, the earliest first. */
export async function ratesOfClasses(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TaxRateRow[]>> {
  const rows = await db.many<TaxRateRow>(sql`
    select ${taxRates.select('r')} from tax_rates r
    where r.tax_class_id = any(${ids.filter(isUuid)}::uuid[]) order by r.tax_class_id, r.valid_from`);
  const found = new Map<string, TaxRateRow[]>(ids.map((id) => [id, []]));
  for (const row of rows) found.get(row.taxClassId)?.push(row);
  return found;
}

/** Enters a rate that counts from a moment on. Emits "tax_class.changed". @throws PosProError 404; 422; 409 for a moment that has one. */
export async function addTaxRate(
  ctx: RequestContext,
  taxClassId: string,
  input: AddTaxRateInput,
): Promise<TaxRateRow> {
  const faults = new Faults();
  checkRate(faults, 'rate', input.rate);
  faults.throwIfAny();
  const { rate, validFrom } = input;
  return sayingWhatIsTaken(() =>
    transact(ctx, async (tx) => {
      const known = isUuid(taxClassId)
        ? await tx.maybeOne<{ id: string }>(
            sql`select t.id from tax_classes t where t.id = ${taxClassId}::uuid for update`,
          )
        : undefined;
      if (!known) throw notFound('tax class', taxClassId);
      const payload = { rate: rate.toFixed(), validFrom: validFrom.toISOString(), change: 'rate_added' };
      tx.emit({ type: 'tax_class.changed', key: known.id, payload });
      const ids = { id: ctx.ids.next(), organizationId: tx.organizationId, taxClassId: known.id };
      return tx.one<TaxRateRow>(sql`
        ${taxRates.insert({ ...ids, rate, validFrom, createdAt: tx.now })} returning ${taxRates.columns}`);
    }),
  );
}

/** Takes a dated rate back; sales keep the rate that they were made at. @throws PosProError 404 */
export async function deleteTaxRate(
  ctx: RequestContext,
  taxClassId: string,
  rateId: string,
): Promise<Deleted> {
  return transact(ctx, async (tx) => {
    const gone =
      isUuid(taxClassId) && isUuid(rateId)
        ? await tx.maybeOne<{ id: string }>(sql`
            delete from tax_rates where id = ${rateId}::uuid and tax_class_id = ${taxClassId}::uuid returning id`)
        : undefined;
    if (!gone) throw notFound('tax rate', rateId);
    tx.emit({
      type: 'tax_class.changed',
      key: taxClassId.toLowerCase(),
      payload: { change: 'rate_deleted' },
    });
    return { id: gone.id, deleted: true };
  });
}
