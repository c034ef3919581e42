import type { StockMovementRow } from './tables.generated';

/** Why a level changed. */
export type MovementKind = StockMovementRow['kind'];

/** Why somebody adjusted a level by hand. */
export type AdjustmentReason =
  'damage' | 'theft' | 'found' | 'correction' | 'expired' | 'gift' | 'sample' | 'internal_use' | 'other';

/** Something that another domain knows: here it is its id. */
export interface Reference {
  id: string;
}

/** A level's name within one organization; the variant first, since that is the order of the locks. */
export function levelKey(level: { variantId: string; warehouseId: string }): string {
  return `${level.variantId}:${level.warehouseId}`;
}
