/** Tables that grow with every sale, and are therefore kept in partitions of a month. */
export interface PartitionedTable {
  table: string;
  /**
   * The column whose range is the partition, best first; the first one that the primary key and every unique index contain is
   * taken. It holds UUIDv7, whose order is that of time. A line goes by its parent's id, so that both lie in the same month.
   */
  keys: readonly string[];
}

/**
 * The outbox is not here: it is pruned after days, and its reader goes by transaction, not by id.
 */
export const PARTITIONED_TABLES: readonly PartitionedTable[] = [
  { table: 'orders', keys: ['id'] },
  { table: 'order_lines', keys: ['order_id', 'id'] },
  { table: 'payments', keys: ['order_id', 'id'] },
  { table: 'stock_movements', keys: ['id'] },
  { table: 'audit_entries', keys: ['id'] },
  { table: 'audit_changes', keys: ['entry_id'] },
];
