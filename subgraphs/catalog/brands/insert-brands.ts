/** Inserts brands, any number at once. */
import { cleanName } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { nameKey } from '#kernel/fold-text.rules';
import * as tables from '../tables.generated';

/** A new brand, already checked. */
export type NewBrand = Omit<tables.NewBrand, 'organizationId' | 'createdAt' | 'updatedAt' | 'nameKey'>;

/** Inserts brands. @throws the database's unique violation for a name that exists. */
export async function insertBrands(tx: Transaction, brands: readonly NewBrand[]): Promise<void> {
  await insertBrandRows(tx, brands, false);
}

async function insertBrandRows(tx: Transaction, brands: readonly NewBrand[], orKeep: boolean): Promise<void> {
  const assigned = { organizationId: tx.organizationId, createdAt: tx.now, updatedAt: tx.now };
  const rows = brands.map(({ id, name }) =>
    tables.brands.complete({ id, name: cleanName(name), nameKey: nameKey(name), ...assigned }),
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
  const idsByKey = await findBrands(tx, [...byKey.keys()]);
  const missing = [...byKey].filter(([key]) => !idsByKey.has(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  if (missing.length === 0) return idsByKey;
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
