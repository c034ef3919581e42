/** Tables that grow with every sale, and so are partitioned by month. */
export interface PartitionedTable {
  table: string;
  /**
   * The columns whose range may be the partition, best first; the first one in the primary key and every unique
   * index is used. It contains UUIDv7, whose order is that of time. A line uses its parent's id, so that both
   * are in the same month.
   */
  keys: readonly string[];
}

/**
 * The outbox is not here: it is pruned after days, and its reader uses transactions, not ids.
 */
export const PARTITIONED_TABLES: readonly PartitionedTable[] = [
  { table: 'orders', keys: ['id'] },
  { table: 'order_lines', keys: ['order_id', 'id'] },
  { table: 'order_discounts', keys: ['order_id'] },
  { table: 'order_steps', keys: ['order_id'] },
  { table: 'payments', keys: ['order_id', 'id'] },
  { table: 'stock_movements', keys: ['id'] },
  { table: 'audit_entries', keys: ['id'] },
  { table: 'audit_changes', keys: ['entry_id'] },
];
