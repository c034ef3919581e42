/** Reads the uploads of a folder one after the other as an import does, in a process whose heap is small, and says what became of each. */
import { createReadStream, readdirSync } from 'node:fs';
import path from 'node:path';
import { PosProError } from '#kernel/errors';
import { openCsv } from '#kernel/import/csv-file';
import { importTable } from '#kernel/import/import-table';
import { PRODUCT_COLUMNS, type ImportColumn } from '#subgraphs/catalog/import/product-columns.rules';
import type { Importer } from '#kernel/import/importer';
import { readRow, type RowDraft } from '#subgraphs/catalog/import/import-rows.rules';
import { NOTHING_DONE } from '#kernel/import/importer';
import { PRODUCT_SYSTEMS } from '#subgraphs/catalog/import/product-systems.rules';
import { spool } from '#kernel/import/spool';
import { openXlsx } from '#kernel/import/xlsx-file';

const importer: Importer<RowDraft, ImportColumn> = {
  kind: 'create',
  columns: PRODUCT_COLUMNS,
  amounts: ['price'],
  systems: PRODUCT_SYSTEMS,
  missing: () => [],
  read: (row, numbers) => readRow(row, { numbers }),
  write: () => Promise.resolve(NOTHING_DONE),
};

async function read(file: string): Promise<Record<string, unknown>> {
  const spooled = await spool({ filename: 'upload', contentType: '', stream: createReadStream(file) });
  try {
    const table = spooled.format === 'xlsx' ? await openXlsx(spooled) : await openCsv(spooled);
    try {
      const { rows, survey, warnings } = importTable(table, importer, undefined);
      const { total, numbers } = await survey();
      let faulty = 0;
      for await (const some of rows())
        for (const row of some) if (importer.read(row, numbers).errors.length > 0) faulty += 1;
      return { outcome: 'read', rows: total, faulty, warnings: warnings.length };
    } finally {
      table.close();
    }
  } finally {
    await spooled.remove();
  }
}

async function main(folder: string): Promise<void> {
  for (const name of readdirSync(folder).sort()) {
    const result = await read(path.join(folder, name)).catch((error: unknown) => {
      if (error instanceof PosProError) return { outcome: error.code };
      throw error;
    });
    process.stdout.write(`${JSON.stringify({ name, ...result })}\n`);
  }
}

void main(process.argv[2]!);
