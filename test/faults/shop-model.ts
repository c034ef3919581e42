/** The model of a shop with few items, warehouses and registers: one state, changed by one operation at a time. Pure. */
import type { Model } from './history-checker';

export type ShopOperation =
  | { readonly kind: 'sell'; readonly sale: string; readonly register: number; readonly item: number; readonly quantity: number }
  | { readonly kind: 'return'; readonly sale: string; readonly register: number; readonly quantity: number }
  | { readonly kind: 'adjust'; readonly item: number; readonly warehouse: number; readonly quantity: number }
  | { readonly kind: 'transfer'; readonly item: number; readonly from: number; readonly to: number; readonly quantity: number }
  | { readonly kind: 'reserve'; readonly reservation: string; readonly item: number; readonly warehouse: number; readonly quantity: number }
  | { readonly kind: 'release'; readonly reservation: string }
  | { readonly kind: 'read'; readonly item: number }
  | { readonly kind: 'close'; readonly register: number }
  | { readonly kind: 'open'; readonly register: number }; // prettier-ignore

/** What the client was answered: done, with the figures of the answer, or the code of the error. */
export type ShopAnswer =
  | { readonly done: true; readonly figures: readonly number[] }
  | { readonly done: false; readonly code: string };

export interface ShopState {
  /** On hand and reserved, by item and warehouse. */
  readonly levels: readonly (readonly { readonly onHand: number; readonly reserved: number }[])[];
  /** Expected cash in cents by register; null for a closed one. */
  readonly drawers: readonly (number | null)[];
  /** By sale: its item and the quantity that was not returned. */
  readonly sales: Readonly<Record<string, { readonly item: number; readonly left: number }>>;
  /** A checksum of the sales and reservations, which are many. */
  readonly mark: number;
  readonly reservations: Readonly<
    Record<string, { readonly item: number; readonly warehouse: number; readonly quantity: number }>
  >;
}

export interface ShopSize {
  readonly items: number;
  readonly warehouses: number;
  readonly registers: number;
  readonly stock: number;
  /** In cents, as is the price of every item. */
  readonly openingFloat: number;
  readonly price: number;
}

/** A return of more than is left, by whatever code. */
export const NOTHING_LEFT = 'NOTHING_LEFT';

/** Every register sells from the first warehouse. */
const SELLING = 0;

/** An operation in a state: its answer, and the state after it. */
interface Outcome {
  readonly answer: ShopAnswer;
  /** The code of another error that applies as well; which of them is answered is not promised. */
  readonly otherCode?: string;
  readonly state: ShopState;
}

/** The model of a shop. */
export function shopModel(size: ShopSize): Model<ShopState, ShopOperation, ShopAnswer> {
  const level = { onHand: size.stock, reserved: 0 };
  return {
    initial: {
      levels: Array.from({ length: size.items }, () => Array.from({ length: size.warehouses }, () => level)),
      drawers: Array.from({ length: size.registers }, () => size.openingFloat),
      sales: {},
      reservations: {},
      mark: 0,
    },
    step(state, operation, answer) {
      const outcome = shopOutcome(size, state, operation);
      if (answer === undefined || textOf(answer) === textOf(outcome.answer)) return outcome.state;
      if (!answer.done && answer.code === outcome.otherCode) return outcome.state;
      return `answered ${textOf(answer)}, and should have been ${textOf(outcome.answer)}`;
    },
    key: ({ levels, drawers, mark }) => JSON.stringify([levels, drawers, mark]),
  };
}

function textOf(answer: ShopAnswer): string {
  return answer.done ? `done [${answer.figures.join(', ')}]` : answer.code;
}

function doneIn(state: ShopState, ...figures: number[]): Outcome {
  return { answer: { done: true, figures }, state };
}

function rejectedIn(state: ShopState, code: string, otherCode?: string | false): Outcome {
  return { answer: { done: false, code }, state, ...(otherCode && { otherCode }) };
}

/** The answer to an operation in a state, and the state after it. */
export function shopOutcome(size: ShopSize, state: ShopState, operation: ShopOperation): Outcome {
  switch (operation.kind) {
    case 'sell':
      return sellOutcome(size, state, operation);
    case 'return':
      return returnOutcome(size, state, operation);
    case 'adjust':
    case 'transfer':
      return stockOutcome(state, operation);
    case 'reserve':
    case 'release':
      return reservationOutcome(state, operation);
    case 'read':
      return doneIn(
        state,
        ...state.levels[operation.item]!.flatMap(({ onHand, reserved }) => [onHand, reserved]),
      );
    case 'close': {
      const drawer = state.drawers[operation.register]!;
      return drawer === null
        ? rejectedIn(state, 'REGISTER_CLOSED')
        : doneIn(withDrawer(state, operation.register, null), drawer);
    }
    case 'open':
      return state.drawers[operation.register] === null
        ? doneIn(withDrawer(state, operation.register, size.openingFloat))
        : rejectedIn(state, 'REGISTER_OPEN');
  }
}

function sellOutcome(size: ShopSize, state: ShopState, operation: ShopOperation & { kind: 'sell' }): Outcome {
  const { register, item, quantity, sale } = operation;
  const drawer = state.drawers[register]!;
  const isShort = available(state, item, SELLING) < quantity;
  if (drawer === null) return rejectedIn(state, 'REGISTER_CLOSED', isShort && 'INSUFFICIENT_STOCK');
  if (isShort) return rejectedIn(state, 'INSUFFICIENT_STOCK');
  const paid = withDrawer(state, register, drawer + quantity * size.price);
  return doneIn({
    ...withLevel(paid, item, SELLING, -quantity),
    sales: { ...state.sales, [sale]: { item, left: quantity } },
    mark: marked(state, sale, quantity - (state.sales[sale]?.left ?? -1)),
  });
}

function returnOutcome(
  size: ShopSize,
  state: ShopState,
  operation: ShopOperation & { kind: 'return' },
): Outcome {
  const { register, quantity } = operation;
  const sale = state.sales[operation.sale];
  const drawer = state.drawers[register]!;
  if (sale === undefined) return rejectedIn(state, 'NOT_FOUND');
  const isTooMuch = sale.left < quantity;
  if (drawer === null) return rejectedIn(state, 'REGISTER_CLOSED', isTooMuch && NOTHING_LEFT);
  if (isTooMuch) return rejectedIn(state, NOTHING_LEFT);
  const refunded = withDrawer(state, register, drawer - quantity * size.price);
  const sales = { ...state.sales, [operation.sale]: { ...sale, left: sale.left - quantity } };
  const mark = marked(state, operation.sale, -quantity);
  return doneIn({ ...withLevel(refunded, sale.item, SELLING, quantity), sales, mark });
}

function stockOutcome(state: ShopState, operation: ShopOperation & { kind: 'adjust' | 'transfer' }): Outcome {
  const { item, quantity } = operation;
  const isShort =
    operation.kind === 'adjust'
      ? available(state, item, operation.warehouse) + quantity < 0
      : available(state, item, operation.from) < quantity;
  if (isShort) return rejectedIn(state, 'INSUFFICIENT_STOCK');
  if (operation.kind === 'adjust') {
    const after = withLevel(state, item, operation.warehouse, quantity);
    return doneIn(after, after.levels[item]![operation.warehouse]!.onHand);
  }
  const sent = withLevel(state, item, operation.from, -quantity);
  return doneIn(withLevel(sent, item, operation.to, quantity));
}

function reservationOutcome(
  state: ShopState,
  operation: ShopOperation & { kind: 'reserve' | 'release' },
): Outcome {
  const { reservation } = operation;
  if (operation.kind === 'reserve') {
    const { item, warehouse, quantity } = operation;
    if (available(state, item, warehouse) < quantity) return rejectedIn(state, 'INSUFFICIENT_STOCK');
    const after = withLevel(state, item, warehouse, 0, quantity);
    const reservations = { ...state.reservations, [reservation]: { item, warehouse, quantity } };
    return doneIn({ ...after, reservations, mark: marked(state, reservation, 1) });
  }
  // A reservation that ended, or never was, is released without an effect.
  const { [reservation]: ended, ...reservations } = state.reservations;
  const after = ended ? withLevel(state, ended.item, ended.warehouse, 0, -ended.quantity) : state;
  return doneIn({ ...after, reservations, mark: ended ? marked(state, reservation, -1) : state.mark });
}

/** The checksum with a change of what a name stands for. */
function marked({ mark }: ShopState, name: string, change: number): number {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)!) % 1_000_003;
  return mark + hash * change;
}

function available({ levels }: ShopState, item: number, warehouse: number): number {
  const { onHand, reserved } = levels[item]![warehouse]!;
  return onHand - reserved;
}

function withLevel(
  state: ShopState,
  item: number,
  warehouse: number,
  quantity: number,
  reserved = 0,
): ShopState {
  const former = state.levels[item]![warehouse]!;
  const level = { onHand: former.onHand + quantity, reserved: former.reserved + reserved };
  return { ...state, levels: state.levels.with(item, state.levels[item]!.with(warehouse, level)) };
}

function withDrawer(state: ShopState, register: number, drawer: number | null): ShopState {
  return { ...state, drawers: state.drawers.with(register, drawer) };
}
