/** A pick list as a table: the goods of many orders, summed by variant. */
import { groupBy } from '#kernel/collections';
import { formatDecimal, sum } from '#kernel/decimal';
import type { PdfColumn, PdfRow, TableDocument } from '#kernel/typesetting/table-pdf';
import type { OpenLine } from '#subgraphs/orders/index';

const COLUMNS: readonly PdfColumn[] = [
  { title: 'SKU', width: 0.24, align: 'start' },
  { title: 'Product', width: 0.46, align: 'start' },
  { title: 'Quantity', width: 0.14, align: 'end' },
  { title: 'Unit', width: 0.1, align: 'start' },
  { title: '✓', width: 0.06, align: 'start' },
];

/** A box to tick with a pen. */
const BOX = '☐';

/** SKU-9 comes before SKU-10. */
const skuOrder = new Intl.Collator('en', { numeric: true });

/**
 * The list of open lines: a row for each variant with the sum of all orders, and below it a row for each order.
 * @param lines the oldest orders first.
 */
export function pickListTable(
  lines: readonly OpenLine[],
  { organizationName, warehouse }: { organizationName: string; warehouse: { name: string; code: string } },
): TableDocument {
  const orders = new Set(lines.map(({ orderId }) => orderId)).size;
  // The time in the file is that of the latest change, so that the list of unchanged orders is the same file.
  const changedAt = Math.max(0, ...lines.map(({ orderUpdatedAt }) => orderUpdatedAt.getTime()));
  return {
    title: 'Pick list',
    sender: organizationName,
    lines: [`Warehouse ${warehouse.name} (${warehouse.code})`, `Orders: ${orders}`],
    columns: COLUMNS,
    rows: [...groupBy(lines, ({ variantId, unit }) => `${variantId} ${unit}`).values()]
      .sort(([one], [other]) => skuOrder.compare(one!.sku, other!.sku))
      .flatMap(variantRows),
    createdAt: new Date(changedAt),
  };
}

function variantRows(lines: readonly OpenLine[]): PdfRow[] {
  const { sku, name, unit } = lines.at(-1)!;
  const byOrder = [...groupBy(lines, ({ orderId }) => orderId).values()];
  const total = (parts: readonly OpenLine[]) => formatDecimal(sum(parts.map(({ quantity }) => quantity)));
  return [
    { cells: [sku, name, total(lines), unit, BOX], bold: true },
    ...byOrder.map((parts) => ({ cells: ['', parts[0]!.number, total(parts), '', ''] })),
  ];
}
