/** The import of products, as the machinery of imports takes it. */
import type { RequestContext } from '#kernel/context';
import { asAlreadyExists } from '../unique-violations';
import { writeBatch, type ImportTask } from './write-import-batch';
import { PRODUCT_COLUMNS, type ImportColumn } from './product-columns.rules';
import type { Importer } from '#kernel/import/importer';
import { readRow, type RowDraft } from './import-rows.rules';
import { nameKey } from '../normalize.rules';
import { PRODUCT_SYSTEMS } from './product-systems.rules';
import { listUnits } from '../products/units';

/** Makes the import of one kind; it knows the organization's own units. */
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
    explain: asAlreadyExists,
    missing: (named) => {
      const missing =
        kind === 'create' ? (['name', 'price'] as const).filter((column) => !named.has(column)) : [];
      return missing.map(
        (column) => `There is no column "${column}", so only products that exist already can be taken.`,
      );
    },
    read: (row, numbers) => readRow(row, { numbers, units }),
    write: (tx, context, drafts, seen) => writeBatch(tx, context, task, drafts, seen),
  };
}
