/** Chooses the batches of goods: those that expire first go out first. */
import { Decimal, ZERO } from '#kernel/decimal';

/** A batch by number and expiry date; both are null for goods of an unknown batch. */
export interface BatchName {
  /** The number on the package. */
  batchNumber: string | null;
  /** "YYYY-MM-DD", the last day on which the batch may be sold. */
  expiresOn: string | null;
}

/** The part of a level that is of one batch. */
export interface HeldBatch extends BatchName {
  id: string;
  quantity: Decimal;
}

/** One line of a movement, reduced to what matters for batches. */
export interface BatchLine {
  /** Signed. */
  quantity: Decimal;
  /** Optional; defaults to the batch that the rules choose. */
  batch?: BatchName | undefined;
  /** Whether to skip expired batches, as in a sale. */
  sold: boolean;
  /** Whether to serve the line even if no batch has enough. */
  negative: boolean;
}

/** The part of a line that is of one batch; signed as the line is. */
export interface BatchPart extends BatchName {
  quantity: Decimal;
}

/** A part as JSON: decimals are texts, because a JSON number would be read as a binary float. */
export interface StoredBatch extends BatchName {
  quantity: string;
}

export interface BatchOutcome {
  /** The batches afterwards, including new ones. */
  batches: HeldBatch[];
  /** The parts of each line, in the order of the lines. */
  parts: BatchPart[][];
  /** Lines that no batch could serve, each with the most that may go out. */
  short: { index: number; available: Decimal; expired: boolean }[];
}

const UNKNOWN: BatchName = { batchNumber: null, expiresOn: null };
const LAST = '9999-12-31';

/**
 * Serves the lines of one level from its batches. Goods that come in are put away before any go out.
 * @param today "YYYY-MM-DD": batches whose last day is before it have expired.
 * @param newId makes the id of a new batch.
 */
export function serveFromBatches(
  held: readonly HeldBatch[],
  lines: readonly BatchLine[],
  today: string,
  newId: () => string,
): BatchOutcome {
  const batches = held.map((batch) => ({ ...batch }));
  const parts: BatchPart[][] = lines.map(() => []);
  const short: BatchOutcome['short'] = [];
  const move = (index: number, batch: HeldBatch, quantity: Decimal): void => {
    if (quantity.isZero()) return;
    batch.quantity = batch.quantity.plus(quantity);
    parts[index]!.push({ ...nameOf(batch), quantity });
  };
  for (const [index, line] of lines.entries()) {
    if (line.quantity.greaterThan(0))
      putAway(batches, line, newId, (batch, quantity) => move(index, batch, quantity));
  }
  for (const [index, line] of lines.entries()) {
    if (!line.quantity.lessThan(0)) continue;
    const wanted = line.quantity.negated();
    let left = wanted;
    const take = (from: readonly HeldBatch[]): void => {
      for (const batch of from) {
        const taken = Decimal.min(batch.quantity, left);
        move(index, batch, taken.negated());
        left = left.minus(taken);
      }
    };
    const named = line.batch;
    const expired = (batch: HeldBatch) =>
      line.sold && !named && batch.expiresOn !== null && batch.expiresOn < today;
    const fit = inOrder(batches).filter((batch) => (named ? isNamed(batch, named) : true) && !expired(batch));
    take(fit);
    if (left.isZero()) continue;
    if (!line.negative) {
      short.push({ index, available: wanted.minus(left), expired: inOrder(batches).some(expired) });
      continue;
    }
    take(inOrder(batches));
    if (!left.isZero()) move(index, findOrAdd(batches, UNKNOWN, newId), left.negated());
  }
  return { batches, parts, short };
}

/** Goods sold without a batch to take them from left a negative batch; the next goods that come in settle it first. */
function putAway(
  batches: HeldBatch[],
  line: BatchLine,
  newId: () => string,
  move: (batch: HeldBatch, quantity: Decimal) => void,
): void {
  const debt = batches.find((batch) => batch.quantity.lessThan(0));
  let rest = line.quantity;
  if (debt) {
    const owed = Decimal.min(debt.quantity.negated(), rest);
    move(debt, owed);
    rest = rest.minus(owed);
  }
  if (!rest.isZero()) move(findOrAdd(batches, line.batch ?? UNKNOWN, newId), rest);
}

/** First expired, first out; of batches without a date, the oldest first. Ids carry their time. */
function inOrder(batches: readonly HeldBatch[]): HeldBatch[] {
  const key = (batch: HeldBatch) => `${batch.expiresOn ?? LAST} ${batch.id}`;
  return batches.filter((batch) => batch.quantity.greaterThan(0)).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function findOrAdd(batches: HeldBatch[], name: BatchName, newId: () => string): HeldBatch {
  const found = batches.find((batch) => isNamed(batch, name));
  if (found) return found;
  const added = { id: newId(), ...nameOf(name), quantity: ZERO };
  batches.push(added);
  return added;
}

const nameOf = ({ batchNumber, expiresOn }: BatchName): BatchName => ({ batchNumber, expiresOn });

/** A number without a date means the batch of that number, whatever its date. */
function isNamed(batch: BatchName, name: BatchName): boolean {
  if (batch.batchNumber !== name.batchNumber) return false;
  return batch.expiresOn === name.expiresOn || (name.batchNumber !== null && name.expiresOn === null);
}
