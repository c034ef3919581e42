/**
 * Sales that tills made while they were offline. Each is booked in its own transaction under its client reference, as it happened:
 * at the till's prices, out of the stock that was there. What has changed meanwhile is reported, and keeps no sale from being booked.
 */
import { userOf } from '../../kernel/auth/actor';
import type { RequestContext } from '../../kernel/context';
import type { Queryable } from '../../kernel/db/database';
import { PosProError, invalid, invalidFields, type ErrorCode, type FieldError } from '../../kernel/errors';
import { Unreadable } from '../../kernel/graph/stand-in';
import { isUuid } from '../../kernel/ids';
import { fieldNamesOf, renamedFaults } from '../../kernel/problem';
import { orderById, orderByReference, requestHash, type WrittenOrder } from '../orders';
import { paymentsOfOrders } from '../payments';
import { openSessionFor, registersByIds, sessionsByIds, type OpenSession } from '../registers';
import { refuseIssues, saleFaults } from './basket';
import { CHECKOUT } from './checkout';
import type { CheckoutInput, ItemInput } from './input';
import { bookUnless, type Conflict } from './offline-booking';
import { keepPending } from './pending';

/** A sale as the till made it. What must be there is checked sale by sale, so that one that is wrong holds up no other. */
export interface OfflineSale extends Omit<CheckoutInput, 'items'> {
  items?: readonly ItemInput[] | null;
  /** The session in which it was sold, where the till knows it. */
  registerSessionId?: string | null;
}

/** What came in the place of a sale. */
export type SentSale = OfflineSale | Unreadable;

export type OfflineStatus = 'created' | 'replayed' | 'conflict' | 'pending' | 'rejected';

/** What became of one sale of a batch. */
export interface OfflineResult {
  clientReference: string | null;
  status: OfflineStatus;
  written: WrittenOrder | null;
  /** The fields are named as the caller names them. */
  error: { code: ErrorCode; message: string; errors: FieldError[] } | null;
  conflicts: Conflict[];
}

/** More than a till sells in a day without a line. */
const MAX_SALES = 500;

/**
 * Books sales one after the other, each answered by itself.
 * @throws PosProError 422 for more than 500.
 */
export async function bookOfflineSales(
  ctx: RequestContext,
  sales: readonly (SentSale | null | undefined)[],
): Promise<OfflineResult[]> {
  if (sales.length > MAX_SALES) throw invalid('sales', `${MAX_SALES} sales at most in one batch.`, 'TOO_MANY');
  const results: OfflineResult[] = [];
  for (const sale of sales) results.push(await answerFor(ctx, sale));
  return results;
}

async function answerFor(ctx: RequestContext, sale: SentSale | null | undefined): Promise<OfflineResult> {
  if (sale == null) return rejected(null, invalid('', 'A sale is missing here.', 'REQUIRED'));
  if (sale instanceof Unreadable) {
    const { clientReference } = sale.parts;
    return rejected(typeof clientReference === 'string' ? clientReference : null, invalidFields([...sale.faults]));
  }
  try {
    return await bookOne({ ...ctx, reply: {} }, sale);
  } catch (error) {
    // A fault of ours, or a database that is away, is no answer about this sale: the till sends the batch again.
    if (!(error instanceof PosProError) || error.status >= 500) throw error;
    return rejected(sale.clientReference ?? null, { code: error.code, ...renamedFaults(error, fieldNamesOf(ctx.request)) });
  }
}

function rejected(
  clientReference: string | null,
  { code, message, errors = [] }: Pick<PosProError, 'code' | 'message' | 'errors'>,
): OfflineResult {
  return { clientReference, status: 'rejected', written: null, error: { code, message, errors }, conflicts: [] };
}

async function bookOne(ctx: RequestContext, sale: OfflineSale): Promise<OfflineResult> {
  const { input, reference } = checkedSale(ctx, sale);
  const hash = requestHash(CHECKOUT, input);
  const answer = { clientReference: reference, error: null };
  const known = await orderByReference(ctx.db, reference, hash);
  if (known !== undefined) return { ...answer, status: 'replayed', written: await writtenOrder(ctx.db, known), conflicts: [] };
  const { session, registerId, conflicts } = await sessionFor(ctx, sale);
  if (session) {
    const booked = await bookUnless(ctx, input, { hash, session, cashierId: userOf(ctx) ?? null });
    if (booked) {
      const all = [...conflicts, ...booked.conflicts];
      const status = booked.replayed ? 'replayed' : all.length > 0 ? 'conflict' : 'created';
      return { ...answer, status, written: booked.written, conflicts: booked.replayed ? [] : all };
    }
  }
  await keepPending(ctx, { registerId, input, reference, hash });
  return { ...answer, status: 'pending', written: null, conflicts: [sessionClosed(false)] };
}

/** @throws PosProError 422 for a sale that cannot be told from others, or is wrong in itself. */
function checkedSale(ctx: RequestContext, sale: OfflineSale): { input: CheckoutInput; reference: string } {
  if (!sale.clientReference) throw invalid('clientReference', 'A sale made offline needs a reference.', 'REQUIRED');
  const input: CheckoutInput & Pick<OfflineSale, 'registerSessionId'> = { ...sale, items: sale.items ?? [] };
  // Not a part of the sale itself: a checkout of the same sale does not have it.
  delete input.registerSessionId;
  refuseIssues(saleFaults(input, ctx.clock.now()));
  return { input, reference: sale.clientReference };
}

async function writtenOrder(db: Queryable, id: string): Promise<WrittenOrder> {
  const order = await orderById(db, id);
  return { order, payments: (await paymentsOfOrders(db, [id])).get(id) ?? [] };
}

interface Place {
  session: OpenSession | undefined;
  registerId: string;
  conflicts: Conflict[];
}

/** The session that takes the sale: its own while that is open, else the one that is open at its register now. */
async function sessionFor(ctx: RequestContext, { registerSessionId, registerId }: OfflineSale): Promise<Place> {
  if (registerSessionId == null && registerId == null) {
    const session = await openSessionFor(ctx.db, ctx);
    return { session: real(session), registerId: session.registerId, conflicts: [] };
  }
  const own = registerSessionId == null ? undefined : (await sessionsByIds(ctx.db, [registerSessionId])).get(registerSessionId.toLowerCase()); // prettier-ignore
  const register = own?.registerId ?? registerId?.toLowerCase();
  if (register === undefined || !isUuid(register) || !(await registersByIds(ctx.db, [register])).has(register)) {
    const field = registerId == null ? 'registerSessionId' : 'registerId';
    throw invalid(field, 'There is no such register or session.', 'NOT_FOUND');
  }
  const session = real(await openOrNone(ctx, register));
  const moved = own !== undefined && session !== undefined && session.id !== own.id;
  return { session, registerId: register, conflicts: moved ? [sessionClosed(true)] : [] };
}

/** Real goods are never booked in a session for practice. */
function real(session: OpenSession | undefined): OpenSession | undefined {
  return session?.training ? undefined : session;
}

async function openOrNone(ctx: RequestContext, registerId: string): Promise<OpenSession | undefined> {
  try {
    return await openSessionFor(ctx.db, ctx, registerId);
  } catch (error) {
    if (error instanceof PosProError && error.code === 'REGISTER_CLOSED') return undefined;
    throw error;
  }
}

function sessionClosed(another: boolean): Conflict {
  const message = another
    ? 'The session was closed meanwhile; the sale is booked in the one that is open now.'
    : 'The register is closed; the sale is kept, and booked when it opens next.';
  return { code: 'SESSION_CLOSED', message, item: null, sold: null, present: null };
}
