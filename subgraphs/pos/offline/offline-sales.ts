/**
 * Offline sales. Each is posted in its own transaction under its client reference, as it happened: at the till's prices, from the
 * stock on hand, for the payments that were made. Everything that a checkout would have rejected, or that has changed since, is stored
 * as a conflict and does not prevent posting. A sale that cannot be posted as sent is held.
 */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { PosProError, invalid, invalidFields, type FieldError } from '#kernel/errors';
import { Unreadable } from '#kernel/graph/deferred-input';
import { isUuid } from '#kernel/ids';
import { fieldNamesOf, renameFieldErrors } from '#kernel/problem-details';
import { orderByReference, requestHash, throwIssues } from '#subgraphs/orders/index';
import {
  openSessionFor,
  registersByIds,
  assertBranchAccess,
  sessionsByIds,
  type OpenSession,
  type RegisterRow,
} from '#subgraphs/registers/index';
import { CHECKOUT } from '../sale/checkout';
import { validateCheckoutInput } from '../sale/checkout-input.rules';
import type { CheckoutInput, OfflineSaleInput } from '../inputs.generated';
import {
  storeUnpostedSale,
  unpostedSaleByReference,
  type UnpostedSale,
  type UnpostedSaleRecord,
} from './unposted-sales';
import { conflict, type Conflict } from './offline-conflicts.rules';
import { assertSignature, takeSaleSequence } from './offline-devices';
import { replayedResult, type OfflineResult } from './offline-result';
import { postUnpostedSale, findSessionForSales, sessionClosedConflict } from './queued-sales.worker';
import { postOfflineSale } from './post-offline-sale';
import {
  readOfflineSale,
  toSeller,
  type OfflineCheckout,
  type OfflineReading,
  type SaleOrigin,
  type UnpostableReading,
} from './read-offline-sale';

/** An element of the batch: a sale, or a value that cannot be read as one. */
export type SentSale = OfflineSaleInput | Unreadable;

/** More than a till sells in a day without a connection. */
const MAX_SALES = 500;

/**
 * Posts offline sales one after the other. Each is answered by itself, in the order of the batch. Signed sales are posted in the order
 * of their sequence numbers, whatever their order in the batch.
 * @throws PosProError 422 for more than 500.
 */
export async function bookOfflineSales(
  ctx: RequestContext,
  sales: readonly (SentSale | null | undefined)[],
): Promise<OfflineResult[]> {
  if (sales.length > MAX_SALES)
    throw invalid('sales', `${MAX_SALES} sales at most in one batch.`, 'TOO_MANY');
  const results: OfflineResult[] = [];
  const sequenceOf = (sale: SentSale | null | undefined) =>
    sale == null || sale instanceof Unreadable ? 0 : (sale.device?.sequence ?? 0);
  const order = sales.map((_, index) => index).sort((a, b) => sequenceOf(sales[a]) - sequenceOf(sales[b]));
  for (const index of order) results[index] = await resultFor(ctx, sales[index]);
  return results;
}

async function resultFor(ctx: RequestContext, sale: SentSale | null | undefined): Promise<OfflineResult> {
  if (sale == null) return rejectedResult(null, invalid('', 'A sale is missing here.', 'REQUIRED'));
  if (sale instanceof Unreadable) {
    const { clientReference } = sale.parts;
    return rejectedResult(
      typeof clientReference === 'string' ? clientReference : null,
      invalidFields([...sale.errors]),
    );
  }
  try {
    return await postOne({ ...ctx, reply: {} }, sale);
  } catch (error) {
    // A bug in PosPro or an unreachable database does not decide about this sale: the till sends the batch again.
    if (!(error instanceof PosProError) || error.status >= 500) throw error;
    return rejectedResult(sale.clientReference ?? null, {
      code: error.code,
      ...renameFieldErrors(error, fieldNamesOf(ctx.request)),
    });
  }
}

function rejectedResult(
  clientReference: string | null,
  {
    code,
    message,
    errors = [],
  }: Pick<PosProError, 'code' | 'message'> & { errors?: FieldError[] | undefined },
): OfflineResult {
  return {
    clientReference,
    status: 'rejected',
    posted: null,
    error: { code, message, errors },
    conflicts: [],
  };
}

/** A sale with a valid input and a client reference. */
interface CheckedSale {
  input: OfflineCheckout;
  reference: string;
  hash: string;
}

async function postOne(ctx: RequestContext, sale: OfflineSaleInput): Promise<OfflineResult> {
  const checkedSale = checkSale(ctx, sale);
  const earlierResult = await findEarlierResult(ctx, checkedSale);
  if (earlierResult) return earlierResult;
  const place = await resolvePlace(ctx, sale);
  await assertSignature(ctx.db, place.register, sale);
  const seller = toSeller(ctx);
  const { input, reference, hash } = checkedSale;
  const { branchId } = place.session ?? place.register;
  const reading = await readSale(ctx, input, place, { branchId, seller, now: ctx.clock.now() });
  const sequence = (tx: Transaction) => takeSaleSequence(tx, sale.device, reference);
  const reasons = [...place.reasons, ...reading.reasons];
  const store = (status: 'held' | 'pending') =>
    storeUnpostedSale(ctx, {
      ...{
        status,
        reference,
        hash,
        input,
        seller,
        reasons,
        register: place.register,
        sessionId: place.sessionId,
      },
      total: reading.postable ? reading.outcome.settlement.total : null,
      before: sequence,
    });
  if (reasons.length > 0) return unpostedResult(await store('held'));
  if (place.session && reading.postable) {
    const { session, conflicts } = place;
    const result = await postOfflineSale(ctx, reading, {
      reference: { clientReference: reference, hash },
      session,
      conflicts,
      cashierId: userOf(ctx) ?? null,
      before: sequence,
    });
    if (result?.replayed) return replayedResult(ctx, reference, result.posted.order.id);
    if (result) {
      const status = result.conflicts.length > 0 ? 'conflict' : 'created';
      return {
        clientReference: reference,
        status,
        posted: result.posted,
        error: null,
        conflicts: result.conflicts,
      };
    }
  }
  return unpostedResult(await store('pending'));
}

/** Reads a sale. Without an open session, a sale of an unknown item is pending too: it is read again when the register opens. */
async function readSale(
  ctx: RequestContext,
  input: OfflineCheckout,
  { session }: SalePlace,
  origin: SaleOrigin,
): Promise<OfflineReading | UnpostableReading> {
  try {
    return await readOfflineSale(ctx, ctx.db, input, origin);
  } catch (error) {
    if (session || !(error instanceof PosProError) || error.code !== 'PRODUCT_NOT_FOUND') throw error;
    return { postable: false, reasons: [] };
  }
}

/** Reasons of a checkout's issues that a till without a connection could not know. They do not reject an offline sale. */
const IGNORED_REASONS = new Set(['DISCOUNT_INVALID', 'IN_FUTURE', 'TOO_OLD']);

/** @throws PosProError 422 for a sale without a client reference, and for an invalid input. */
function checkSale(ctx: RequestContext, sale: OfflineSaleInput): CheckedSale {
  if (!sale.clientReference)
    throw invalid('clientReference', 'An offline sale requires a client reference.', 'REQUIRED');
  const { total, change } = sale;
  const input: CheckoutInput & Omit<OfflineSaleInput, 'items'> = { ...sale, items: sale.items ?? [] };
  for (const name of ['registerSessionId', 'device', 'total', 'change'] as const) delete input[name];
  const issues = validateCheckoutInput(input, ctx.clock.now());
  throwIssues(issues.filter(({ reason }) => !IGNORED_REASONS.has(reason)));
  // A checkout of the same sale has no fields but these, and must have the same hash.
  const hash = requestHash(CHECKOUT, input);
  return { input: { ...input, total, change }, reference: sale.clientReference, hash };
}

/** The answer to a sale that was received before, in any status. */
async function findEarlierResult(
  ctx: RequestContext,
  { reference, hash }: CheckedSale,
): Promise<OfflineResult | undefined> {
  const orderId = await orderByReference(ctx.db, reference, hash);
  if (orderId !== undefined) return replayedResult(ctx, reference, orderId);
  const unpostedSale = await unpostedSaleByReference(ctx.db, reference, hash);
  if (!unpostedSale) return undefined;
  return unpostedSale.status === 'pending' ? retryPending(ctx, unpostedSale) : unpostedResult(unpostedSale);
}

/** Tries to post a pending sale, since its register may have opened. */
async function retryPending(ctx: RequestContext, unpostedSale: UnpostedSaleRecord): Promise<OfflineResult> {
  const result = await postUnpostedSale(ctx, unpostedSale);
  if (!result)
    return unpostedResult(
      (await unpostedSaleByReference(ctx.db, unpostedSale.clientReference, unpostedSale.requestHash)) ??
        unpostedSale,
    );
  const { posted, replayed, conflicts } = result;
  if (replayed) return replayedResult(ctx, unpostedSale.clientReference, posted.order.id);
  return {
    clientReference: unpostedSale.clientReference,
    status: 'conflict',
    posted,
    error: null,
    conflicts,
  };
}

function unpostedResult(unpostedSale: UnpostedSale): OfflineResult {
  const { clientReference, reasons } = unpostedSale;
  const answer = { clientReference, posted: null, error: null };
  if (unpostedSale.status === 'held') return { ...answer, status: 'held', conflicts: reasons };
  if (unpostedSale.status !== 'rejected')
    return { ...answer, status: 'pending', conflicts: [sessionClosedConflict(false), ...reasons] };
  const message = `The sale was held and then rejected: ${unpostedSale.decisionNote ?? ''}`;
  return {
    ...answer,
    status: 'rejected',
    error: { code: 'ILLEGAL_STATE', message, errors: [] },
    conflicts: reasons,
  };
}

/** The register and the session of an offline sale. */
interface SalePlace {
  register: RegisterRow;
  /** The session to which the sale is posted; undefined if none is open except for training. */
  session: OpenSession | undefined;
  /** The session in which the sale was made, if the till named one. */
  sessionId: string | null;
  conflicts: Conflict[];
  /** Reasons to hold the sale. */
  reasons: Conflict[];
}

/** The session of a sale: the named one while it is open, else the session that is now open at the register. */
async function resolvePlace(
  ctx: RequestContext,
  { registerSessionId, registerId }: OfflineSaleInput,
): Promise<SalePlace> {
  if (registerSessionId == null && registerId == null) {
    const session = await openSessionFor(ctx.db, ctx);
    const register = (await registersByIds(ctx.db, [session.registerId])).get(session.registerId)!;
    return {
      register,
      session: session.training ? undefined : session,
      sessionId: session.id,
      conflicts: [],
      reasons: [],
    };
  }
  const { own: namedSession, register } = await requireRegister(ctx, registerSessionId, registerId);
  assertBranchAccess(ctx.actor, register.branchId);
  const session = await findSessionForSales(ctx, register.id);
  const inAnotherSession =
    namedSession !== undefined && session !== undefined && session.id !== namedSession.id;
  const trainingConflict = conflict('TRAINING_SESSION', 'The sale was made in a training session.', {
    rule: 'registerSession.training',
  });
  return {
    register,
    session,
    sessionId: namedSession?.id ?? null,
    conflicts: inAnotherSession ? [sessionClosedConflict(true)] : [],
    reasons: namedSession?.training ? [trainingConflict] : [],
  };
}

/** @throws PosProError 422 if neither the register nor the session exists. */
async function requireRegister(
  ctx: RequestContext,
  sessionId: string | null | undefined,
  registerId: string | null | undefined,
) {
  const sessions = sessionId == null ? undefined : await sessionsByIds(ctx.db, [sessionId]);
  const namedSession = sessions?.get(sessionId!.toLowerCase());
  const id = namedSession?.registerId ?? registerId?.toLowerCase();
  const register = id !== undefined && isUuid(id) ? (await registersByIds(ctx.db, [id])).get(id) : undefined;
  if (register) return { own: namedSession, register };
  throw invalid(
    registerId == null ? 'registerSessionId' : 'registerId',
    'The register or the session does not exist.',
    'NOT_FOUND',
  );
}
