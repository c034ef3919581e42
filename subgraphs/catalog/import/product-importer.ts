/** The importer of products, for the kernel's imports. */
import type { RequestContext } from '#kernel/context';
import { toAlreadyExists } from '../unique-violations';
import { writeBatch, type ImportTask } from './write-import-batch';
import { PRODUCT_COLUMNS, type ImportColumn } from './product-columns.rules';
import type { Importer } from '#kernel/import/importer';
import { nameKey } from '#kernel/fold-text.rules';
import { readRow, type RowDraft } from './import-rows.rules';
import { PRODUCT_SYSTEMS } from './product-systems.rules';
import { listUnits } from '../products/units';

/** Creates the importer of one kind, with the organization's own units. */
export async function productImporter(
  ctx: RequestContext,
  task: ImportTask,
): Promise<Importer<RowDraft, ImportColumn>> {
  const { kind } = task;
  const units = new Map((await listUnits(ctx)).map((unit) => [nameKey(unit.code), unit.quantityPlaces]));
  return {
    kind,
    columns: PRODUCT_COLUMNS,
    amounts: ['price', 'cost', 'initialStock'],
    ...(kind === 'create' ? { systems: PRODUCT_SYSTEMS } : {}),
    explain: toAlreadyExists,
    missing: (named) => {
      const missing =
        kind === 'create' ? (['name', 'price'] as const).filter((column) => !named.has(column)) : [];
      return missing.map(
        (column) => `There is no column "${column}", so only existing products can be imported.`,
      );
    },
    read: (row, numbers) => readRow(row, { numbers, units }),
    write: (tx, context, drafts, seen) => writeBatch(tx, context, task, drafts, seen),
  };
}
