/** The row that a statement proposes to change a level, and the level that it returns. */
import type { Transaction } from '#kernel/db/database';
import { ZERO } from '#kernel/decimal';
import { stockLevels, type StockLevelRow } from '../tables.generated';

const NOTHING = {
  ...{ onHand: ZERO, reserved: ZERO, averageCost: ZERO, receivedQuantity: ZERO, receivedValue: ZERO },
  ...{ belowZero: false, movementCount: 0 },
};

/** The columns that a proposed level must have; all others default to zero. */
type ProposedLevel = Pick<StockLevelRow, 'warehouseId' | 'variantId' | 'productId' | 'sku'> &
  Partial<StockLevelRow>;

/** A level as a statement would insert it. If the level exists, ON CONFLICT adds or sets the columns that the statement changes. */
export function proposeLevel(
  { organizationId, now }: Pick<Transaction, 'organizationId' | 'now'>,
  level: ProposedLevel,
): StockLevelRow {
  return stockLevels.complete({ ...NOTHING, ...level, organizationId, updatedAt: now });
}

const CHANGED_KEYS = [
  'warehouseId',
  'variantId',
  'onHand',
  'reserved',
  'averageCost',
  'reorderPoint',
  'batched',
] as const;

/** The columns of a ChangedLevel, without its branch. */
export const CHANGED = stockLevels.pick(...CHANGED_KEYS);

/** A level after a change. */
export type ChangedLevel = Pick<StockLevelRow, (typeof CHANGED_KEYS)[number]> & {
  /** The warehouse's branch. */
  branchId: string | null;
};
