/** The types of stock movements, from the caller's line to the changed level. */
import type { Decimal } from '#kernel/decimal';
import type { BatchName } from './batches/batches.rules';
import type { StockMovementRow, StockReservationRow } from './tables.generated';

/** The kind of a movement: the reason for which a level changed. */
export type MovementKind = StockMovementRow['kind'];

/** The reason for which a person adjusted a level. */
export type AdjustmentReason =
  'damage' | 'theft' | 'found' | 'correction' | 'expired' | 'gift' | 'sample' | 'internal_use' | 'other';

/** A variant as levels and movements record it. */
export interface VariantIdentity {
  variantId: string;
  productId: string;
  sku: string;
}

/** One line of a change of stock. */
export interface StockMove extends VariantIdentity {
  warehouseId: string;
  /** Signed, in the variant's unit, 3 places; negative for goods that go out. Zero only for a count without a difference. */
  quantity: Decimal;
  kind: MovementKind;
  /** Per unit, 6 places, of goods that come in. Optional; defaults to the level's average, which then does not change. */
  unitCost?: Decimal | undefined;
  reason?: string | null | undefined;
  note?: string | null | undefined;
  /** The kind of document that caused the movement: "order", "adjustment", "purchase_order". */
  referenceType: string;
  referenceId: string;
  /** The index in the caller's own input, which a shortage names. */
  line?: number | undefined;
  /** Lets the level fall below zero, as for a sale that was made while the till was offline. */
  allowNegative?: boolean | undefined;
  /** The goods' batch. Optional; goods that go out default to those that expire first, goods that come in to an unknown batch. */
  batch?: BatchName | undefined;
}

/** All lines of a call for one variant in one warehouse. */
export interface LevelChange extends VariantIdentity {
  position: number;
  warehouseId: string;
  delta: Decimal;
  received: Decimal;
  receivedValue: Decimal;
  negative: boolean;
  /** Reserved quantity released by this call. */
  released: Decimal;
  /** Number of lines; zero if a reservation ends and nothing is sold. */
  count: number;
  /** Reason for the event: that of the last line. */
  reason: string;
}

/** A line with the values that the ledger stores. */
export interface MoveLine {
  move: StockMove;
  movementId: string;
  /** The quantity of the later lines for the same level: the level after this line is the final level less this. */
  remainingDelta: Decimal;
  /** Number of later lines of the same call for the level. */
  remainingLines: number;
}

/** A reservation that a call ends: its quantity is no longer reserved. */
export type EndedReservation = Pick<
  StockReservationRow,
  'warehouseId' | 'variantId' | 'productId' | 'sku' | 'quantity'
>;

/** A level's name within one organization; the variant first, since that is the order of the locks. */
export function levelKey(level: { variantId: string; warehouseId: string }): string {
  return `${level.variantId}:${level.warehouseId}`;
}
