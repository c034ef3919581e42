/** Booking a sale that has happened already: as it was made, with a note of what is no longer so. */
import type { RequestContext } from '../../kernel/context';
import type { Transaction } from '../../kernel/db/database';
import { transact } from '../../kernel/db/transact';
import { formatDecimal, type Decimal } from '../../kernel/decimal';
import { PosProError } from '../../kernel/errors';
import { isUuid } from '../../kernel/ids';
import { findWithdrawn, type Sellable } from '../catalog';
import { customerById } from '../customers';
import type { MovedStock } from '../inventory';
import { underReference, type WrittenOrder } from '../orders';
import type { OpenSession } from '../registers';
import type { CheckoutInput } from './input';
import { priceItems } from './prices';
import { bookSale, prepareSale, pricingOf } from './sale';

export type ConflictKind = 'INSUFFICIENT_STOCK' | 'PRICE_CHANGED' | 'PRODUCT_INACTIVE' | 'SESSION_CLOSED' | 'CUSTOMER_NOT_FOUND';

/** Something that is no longer as it was at the till. */
export interface Conflict {
  code: ConflictKind;
  message: string;
  /** The index of the item it is about; null for the sale as a whole. */
  item: number | null;
  /** What the till said, and what holds here. */
  sold: string | null;
  present: string | null;
}

/** Where and under what a sale is booked. */
export interface Booking {
  hash: string;
  session: OpenSession;
  cashierId: string | null;
  /** Runs in the same transaction, once the sale is written. */
  alsoWrite?: (tx: Transaction, written: WrittenOrder) => Promise<void>;
}

interface Booked {
  written: WrittenOrder;
  replayed: boolean;
  conflicts: Conflict[];
}

/** Books a sale. @returns undefined where the session was closed meanwhile. */
export async function bookUnless(ctx: RequestContext, input: CheckoutInput, booking: Booking): Promise<Booked | undefined> {
  const conflicts: Conflict[] = [];
  try {
    const written = await underReference(ctx, input.clientReference, booking.hash, () =>
      transact(ctx, async (tx) => {
        conflicts.length = 0;
        const order = await bookWithin(tx, ctx, input, booking, conflicts);
        await booking.alsoWrite?.(tx, order);
        return order;
      }),
    );
    return { written, replayed: ctx.reply.replayed ?? false, conflicts };
  } catch (error) {
    if (error instanceof PosProError && error.code === 'REGISTER_CLOSED') return undefined;
    throw error;
  }
}

async function bookWithin(
  tx: Transaction,
  ctx: RequestContext,
  input: CheckoutInput,
  { hash, session, cashierId }: Booking,
  conflicts: Conflict[],
): Promise<WrittenOrder> {
  const sellables = await asTheyWere(tx, input, session, conflicts);
  const known = await knownCustomer(tx, input, conflicts);
  // Leave was given at the till, where nobody could ask for it here.
  const sold: CheckoutInput = { ...known, approvalTokens: null };
  const sale = await prepareSale(tx, ctx, sold, { hash, asSold: { session, cashierId, sellables } });
  sale.lines.forEach(({ item, unitPrice, index }) => {
    const present = item.unitPrice;
    if (unitPrice.equals(present)) return;
    const texts = { sold: formatDecimal(unitPrice), present: formatDecimal(present) };
    const message = `"${item.name}" was sold at ${texts.sold}; its price is ${texts.present}.`;
    conflicts.push({ code: 'PRICE_CHANGED', message, item: index, ...texts });
  });
  const onMoved = (moved: ReadonlyMap<string, MovedStock>) => conflicts.push(...shortages(sale.lines, moved));
  return bookSale(tx, ctx, sale, { onMoved });
}

/** The items by the prices and taxes of the moment of the sale; what has been taken out of the assortment since is still meant. */
async function asTheyWere(
  tx: Transaction,
  input: CheckoutInput,
  session: OpenSession,
  conflicts: Conflict[],
): Promise<(Sellable | undefined)[]> {
  const { items } = input;
  const pricing = pricingOf(tx, session, input);
  const found = await priceItems(tx, pricing, items);
  if (found.every((item) => item !== undefined)) return found;
  const withdrawn = await findWithdrawn(tx, tx.organizationId, items, pricing.at);
  return found.map((item, index) => {
    const other = withdrawn[index];
    if (item || !other) return item;
    const message = `"${other.name}" is no longer sold.`;
    conflicts.push({ code: 'PRODUCT_INACTIVE', message, item: index, sold: null, present: null });
    return other;
  });
}

async function knownCustomer(tx: Transaction, input: CheckoutInput, conflicts: Conflict[]): Promise<CheckoutInput> {
  const { customerId } = input;
  if (customerId == null) return input;
  const customer = isUuid(customerId) ? await customerById(tx, customerId) : undefined;
  if (customer && customer.erasedAt == null) return input;
  const message = `There is no customer with the id "${customerId}".`;
  conflicts.push({ code: 'CUSTOMER_NOT_FOUND', message, item: null, sold: customerId, present: null });
  return { ...input, customerId: null };
}

function shortages(
  lines: readonly { item: Sellable; quantity: Decimal; index: number }[],
  moved: ReadonlyMap<string, MovedStock>,
): Conflict[] {
  const told = new Set<string>();
  return lines.flatMap(({ item, quantity, index }): Conflict[] => {
    const level = moved.get(item.variantId);
    if (!level?.available.isNegative() || told.has(item.variantId)) return [];
    told.add(item.variantId);
    const present = formatDecimal(level.available);
    const message = `"${item.name}": more was sold than was there; the stock stands at ${present}.`;
    return [{ code: 'INSUFFICIENT_STOCK', message, item: index, sold: formatDecimal(quantity), present }];
  });
}
