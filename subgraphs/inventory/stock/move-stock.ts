/**
 * The only way to change a level. A call with any number of lines is one statement: it locks the levels in the order of their ids,
 * changes each by its difference under the guard that nothing is sold twice, and writes the movements with the running level.
 */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { type Decimal, ZERO } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import { emitStockChanged } from './stock-events';
import { settleBatches } from '../batches/batches';
import type { BatchPart } from '../batches/batches.rules';
import { levelKey, type EndedReservation, type LevelChange, type MoveLine, type StockMove } from '../model';
import { CHANGED, proposeLevel, type ChangedLevel } from './level-changes';
import { throwInsufficientStock } from './insufficient-stock';
import { stockLevels, stockMovements } from '../tables.generated';

/** The result of one line. */
export interface MovedStock {
  movementId: string;
  warehouseId: string;
  variantId: string;
  /** The level after this line. */
  onHand: Decimal;
  /** The quantity available after the whole call. */
  available: Decimal;
  /** The weighted average at that moment, per unit, 6 places. */
  unitCost: Decimal;
  /** Batches of the goods; empty if no batches are kept. */
  batches: readonly BatchPart[];
}

/**
 * Moves stock inside the caller's transaction: everything or nothing.
 *
 * Goods that come in with a cost in one call are averaged in as one lot. All goods of the call then go out at the resulting average,
 * so that the order of the lines does not matter. Goods with batches take two more statements.
 *
 * @param released reservations that have ended with the moves: they come off their levels in the same statement, sold or not.
 * @returns one entry per move, in the same order. Emits 'stock.changed' once for each variant and warehouse, and
 * 'stock.low' for those that have just become so.
 * @throws PosProError 409 INSUFFICIENT_STOCK naming every line that cannot be served, 404 for an unknown warehouse.
 */
export async function moveStock(
  tx: Transaction,
  ctx: RequestContext,
  moves: readonly StockMove[],
  released: readonly EndedReservation[] = [],
): Promise<MovedStock[]> {
  if (moves.length === 0 && released.length === 0) return [];
  const changes = sumByLevel(moves, released);
  const lines = numberLines(ctx, moves, changes);
  const changed = await writeMoves(tx, userOf(ctx), [...changes.values()], lines);
  const levels = new Map(changed.map((level) => [levelKey(level), level]));
  const refused = [...changes.values()].filter((change) => !levels.has(levelKey(change)));
  if (refused.length > 0) await throwInsufficientStock(tx, moves, refused);
  const batches = await settleBatches(tx, ctx, lines, changes, levels);
  for (const [key, change] of changes) {
    const availableDelta = change.delta.plus(change.released);
    emitStockChanged(tx, { ...change, ...levels.get(key)!, availableDelta });
  }
  return lines.map(({ move, movementId, remainingDelta }) => {
    const level = levels.get(levelKey(move))!;
    return {
      movementId,
      warehouseId: move.warehouseId,
      variantId: move.variantId,
      onHand: level.onHand.minus(remainingDelta),
      available: level.onHand.minus(level.reserved),
      unitCost: level.averageCost,
      batches: batches.get(movementId) ?? [],
    };
  });
}

function sumByLevel(
  moves: readonly StockMove[],
  released: readonly EndedReservation[],
): Map<string, LevelChange> {
  const changes = new Map<string, LevelChange>();
  for (const move of moves) {
    invariant(!move.quantity.isZero() || move.kind === 'count', `a ${move.kind} of nothing was moved`);
    const key = levelKey(move);
    const change = changes.get(key) ?? emptyChange(move);
    change.delta = change.delta.plus(move.quantity);
    change.negative ||= move.allowNegative ?? false;
    change.reason = move.reason ?? move.kind;
    change.count += 1;
    if (move.unitCost && move.quantity.isPositive()) {
      invariant(!move.unitCost.isNegative() || move.unitCost.isZero(), 'stock came in at a negative cost');
      change.received = change.received.plus(move.quantity);
      change.receivedValue = change.receivedValue.plus(move.quantity.times(move.unitCost));
    }
    changes.set(key, change);
  }
  for (const ended of released) {
    const key = levelKey(ended);
    const change = changes.get(key) ?? { ...emptyChange(ended), reason: 'released' };
    change.released = change.released.plus(ended.quantity);
    changes.set(key, change);
  }
  // Every transaction locks the levels in this order, so two baskets with the same goods never deadlock.
  const inOrder = [...changes].sort(([a], [b]) => (a < b ? -1 : 1));
  inOrder.forEach(([, change], index) => (change.position = index));
  return new Map(inOrder);
}

function emptyChange({
  warehouseId,
  variantId,
  productId,
  sku,
}: Omit<EndedReservation, 'quantity'>): LevelChange {
  const none = { delta: ZERO, received: ZERO, receivedValue: ZERO, released: ZERO, count: 0 };
  return { warehouseId, variantId, productId, sku, ...none, position: 0, negative: false, reason: '' };
}

function numberLines(
  ctx: RequestContext,
  moves: readonly StockMove[],
  changes: ReadonlyMap<string, LevelChange>,
): MoveLine[] {
  const left = new Map(
    [...changes].map(([key, { delta, count }]) => [key, { remainingDelta: delta, remainingLines: count }]),
  );
  return moves.map((move) => {
    const key = levelKey(move);
    const rest = left.get(key)!;
    rest.remainingDelta = rest.remainingDelta.minus(move.quantity);
    rest.remainingLines -= 1;
    return { move, movementId: ctx.ids.next(), ...rest };
  });
}

/** The columns of a proposed level; the statement computes its average. */
const PROPOSED = stockLevels.omit('averageCost');

/** The columns of a movement that are known before; the others follow from the changed level. */
const WRITTEN = stockMovements.omit('sequence', 'levelAfter', 'unitCost', 'averageCost');

/**
 * The statement. A proposed row carries the differences in the columns that it would insert, and ON CONFLICT adds them to the current
 * row, whatever the snapshot has. A level that the guard rejects is locked and unchanged, and is missing in the result. A change that
 * takes goods out of a level that does not exist is not proposed at all, and so is rejected too.
 *
 * The existence of the level is a scalar subquery on purpose: the planner may answer EXISTS by reading all levels of the organization.
 */
function writeMoves(
  tx: Transaction,
  userId: string | undefined,
  changes: readonly LevelChange[],
  lines: readonly MoveLine[],
): Promise<ChangedLevel[]> {
  const organization = tx.organizationId;
  const proposed = changes.map((change) => proposedRow(tx, change));
  const movements = lines.map((line) => movementRow(tx, userId, line));
  return tx.many<ChangedLevel>(sql`
    with change as materialized (
      select t.*, w.branch_id, t.negative or w.allows_negative as negative_allowed
      from jsonb_to_recordset(${JSON.stringify(proposed)}::jsonb) as t(position int, negative boolean, ${PROPOSED.definitions})
      join warehouses w on w.organization_id = ${organization}::uuid and w.id = t."warehouseId"
    ), moved as (
      insert into stock_levels as level (${PROPOSED.columns}, average_cost)
      select ${PROPOSED.values('c')},
        case when c."receivedQuantity" > 0 then round(c."receivedValue" / c."receivedQuantity", 6) else 0 end
      from change c
      where c."onHand" >= 0 or c.negative_allowed or (
        select true from stock_levels l where l.organization_id = ${organization}::uuid
          and l.variant_id = c."variantId" and l.warehouse_id = c."warehouseId")
      order by c.position
      on conflict (organization_id, variant_id, warehouse_id) do update set
        on_hand = level.on_hand + excluded.on_hand,
        reserved = level.reserved - excluded.reserved,
        below_zero = level.on_hand + excluded.on_hand < 0,
        average_cost = case when excluded.received_quantity > 0
          then round((greatest(level.on_hand, 0) * level.average_cost + excluded.received_value)
            / (greatest(level.on_hand, 0) + excluded.received_quantity), 6)
          else level.average_cost end,
        received_quantity = level.received_quantity + excluded.received_quantity,
        received_value = level.received_value + excluded.received_value,
        movement_count = level.movement_count + excluded.movement_count,
        sku = excluded.sku,
        updated_at = excluded.updated_at
      where excluded.on_hand >= 0 or level.on_hand + excluded.on_hand - level.reserved + excluded.reserved >= 0
        or (excluded.warehouse_id, excluded.variant_id) in (
          select c."warehouseId", c."variantId" from change c where c.negative_allowed)
      returning ${CHANGED.select('level')}, level.movement_count
    ), written as (
      insert into stock_movements (${WRITTEN.columns}, sequence, level_after, unit_cost, average_cost)
      select ${WRITTEN.values('x')}, m.movement_count - x."remainingLines", m.on_hand - x."remainingDelta", coalesce(x."unitCost", m.average_cost),
        m.average_cost
      from jsonb_to_recordset(${JSON.stringify(movements)}::jsonb) as x(${WRITTEN.definitions},
        "remainingDelta" numeric, "remainingLines" int, "unitCost" numeric)
      join moved m on m.warehouse_id = x."warehouseId" and m.variant_id = x."variantId"
    )
    select ${CHANGED.select('m')},
      (select c.branch_id from change c where c."warehouseId" = m.warehouse_id limit 1) as branch_id
    from moved m`);
}

/** The level of a change as it would be inserted, with its position in the order of the locks. */
function proposedRow(tx: Transaction, change: LevelChange): object {
  const { position, negative, warehouseId, variantId, productId, sku, delta, received, receivedValue } =
    change;
  const figures = { onHand: delta, reserved: change.released, receivedQuantity: received, receivedValue };
  const level = {
    warehouseId,
    variantId,
    productId,
    sku,
    belowZero: delta.lessThan(0),
    movementCount: change.count,
    ...figures,
  };
  return { position, negative, ...proposeLevel(tx, level) };
}

function movementRow(
  { organizationId, now }: Transaction,
  userId: string | undefined,
  line: MoveLine,
): object {
  const { move, movementId, remainingDelta, remainingLines } = line;
  const row: ReturnType<typeof WRITTEN.complete> = {
    id: movementId,
    organizationId,
    warehouseId: move.warehouseId,
    variantId: move.variantId,
    productId: move.productId,
    kind: move.kind,
    quantity: move.quantity,
    reason: move.reason ?? null,
    note: move.note ?? null,
    referenceType: move.referenceType,
    referenceId: move.referenceId,
    userId: userId ?? null,
    createdAt: now,
  };
  // Goods that go out always leave at the average, whatever cost the caller sends.
  return {
    ...row,
    remainingDelta,
    remainingLines,
    unitCost: move.quantity.isPositive() ? move.unitCost : undefined,
  };
}
