/**
 * Sales that tills made while they were offline. Each is booked in its own transaction under its client reference, as it happened:
 * at the till's prices, out of the stock that was there, for the money that was taken. What a checkout would have refused, and what
 * has changed meanwhile, is kept as a conflict, and keeps no sale from being booked; what cannot be a sale is held back.
 */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { PosProError, invalid, invalidFields, type FieldError } from '#kernel/errors';
import { Unreadable } from '#kernel/graph/deferred-input';
import { isUuid } from '#kernel/ids';
import { fieldNamesOf, renamedFaults } from '#kernel/problem-details';
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

/** What came in the place of a sale. */
export type SentSale = OfflineSaleInput | Unreadable;

/** More than a till sells in a day without a line. */
const MAX_SALES = 500;

/**
 * Books sales one after the other, each answered by itself, in the order of the batch. Those that a device has signed are booked in
 * the order of their sequence numbers, whatever their order in the batch.
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
      invalidFields([...sale.faults]),
    );
  }
  try {
    return await postOne({ ...ctx, reply: {} }, sale);
  } catch (error) {
    // A fault of ours, or a database that is away, is no answer about this sale: the till sends the batch again.
    if (!(error instanceof PosProError) || error.status >= 500) throw error;
    return rejectedResult(sale.clientReference ?? null, {
      code: error.code,
      ...renamedFaults(error, fieldNamesOf(ctx.request)),
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

/** A sale that can be read, under its reference. */
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

/** Where nothing can be booked yet, a sale of an item that is not known yet waits too: it is read again once the register opens. */
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

/** What a checkout says of the sale's parts, but for what a till that was offline could not know. */
const IGNORED_REASONS = new Set(['DISCOUNT_INVALID', 'INSUFFICIENT_POINTS', 'IN_FUTURE', 'TOO_OLD']);

/** @throws PosProError 422 for a sale that cannot be told from others, or is wrong in itself. */
function checkSale(ctx: RequestContext, sale: OfflineSaleInput): CheckedSale {
  if (!sale.clientReference)
    throw invalid('clientReference', 'A sale made offline needs a reference.', 'REQUIRED');
  const { total, change } = sale;
  const input: CheckoutInput & Omit<OfflineSaleInput, 'items'> = { ...sale, items: sale.items ?? [] };
  for (const name of ['registerSessionId', 'device', 'total', 'change'] as const) delete input[name];
  const issues = validateCheckoutInput(input, ctx.clock.now());
  throwIssues(issues.filter(({ reason }) => !IGNORED_REASONS.has(reason)));
  // A checkout of the same sale does not have what else a till says of it.
  const hash = requestHash(CHECKOUT, input);
  return { input: { ...input, total, change }, reference: sale.clientReference, hash };
}

/** The answer to a sale that came in before, in whatever state it is. */
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

/** The register may have opened since. */
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
  const message = `The sale was held back, and rejected: ${unpostedSale.decisionNote ?? ''}`;
  return {
    ...answer,
    status: 'rejected',
    error: { code: 'ILLEGAL_STATE', message, errors: [] },
    conflicts: reasons,
  };
}

/** Where a sale belongs. */
interface SalePlace {
  register: RegisterRow;
  /** The session that takes it; undefined where none is open for real sales. */
  session: OpenSession | undefined;
  /** The session in which it was made, where the till named one. */
  sessionId: string | null;
  conflicts: Conflict[];
  /** Why it cannot be booked without somebody's release. */
  reasons: Conflict[];
}

/** The session that takes the sale: its own while that is open, else the one that is open at its register now. */
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
  const trainingConflict = conflict('TRAINING_SESSION', 'It was made in a session for training.', {
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

/** @throws PosProError 422 where there is neither such a register nor such a session. */
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
    'There is no such register or session.',
    'NOT_FOUND',
  );
}
