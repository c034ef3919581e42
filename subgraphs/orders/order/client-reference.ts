/**
 * Client references: a till names each order that it sends, so that a repeated request is answered with the first order instead of
 * posting a second one. A reference outlives the idempotency key, and applies to all users of the organization.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '#kernel/canonical-json.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { isUniqueViolation, transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import { giftCardsOfOrders, paymentsOfOrders } from '#subgraphs/payments/index';
import type { PostedOrder } from '../model';
import { orderById } from './orders.queries';

/** The input of an operation that posts an order: everything that distinguishes a request from others of the operation. */
interface ReferencedRequest {
  clientReference?: string | null | undefined;
}

/**
 * Runs work that posts an order, in one transaction, once for each client reference. If the reference was used before, and its
 * idempotency key has expired or belongs to another user, the answer is the first order.
 *
 * @param work gets the hash to store with the order; undefined without a reference.
 * @throws PosProError 422 IDEMPOTENCY_KEY_REUSED if the reference was used for another request; 409 IDEMPOTENCY_IN_PROGRESS.
 *
 * @example
 * return onceByClientReference(ctx, 'checkout', input, (tx, requestHash) => post(tx, ctx, input, requestHash));
 */
export function onceByClientReference(
  ctx: RequestContext,
  operation: string,
  input: ReferencedRequest,
  work: (tx: Transaction, hash: string | undefined) => Promise<PostedOrder>,
): Promise<PostedOrder> {
  return answerOnce(ctx, operation, input, { work, replay: postedOrderById });
}

/** The same for an operation whose answer is more than one order. @param replay reads the answer again, by the order's id. */
export function answerOnce<Answer>(
  ctx: RequestContext,
  operation: string,
  input: ReferencedRequest,
  {
    work,
    replay,
  }: {
    work: (tx: Transaction, hash: string | undefined) => Promise<Answer>;
    replay: Replay<Answer>;
  },
): Promise<Answer> {
  const key = input.clientReference ?? undefined;
  const hash = key ? requestHash(operation, input) : undefined;
  const run = () => transact(ctx, (tx) => work(tx, hash), { idempotent: { operation, input, key } });
  return key && hash ? replayIfPosted(ctx, { clientReference: key, hash }, run, replay) : run();
}

/** Reads the answer of an operation again, by the id of the order with its reference. */
type Replay<Answer> = (ctx: RequestContext, orderId: string) => Promise<Answer>;

/** A reference and the hash of its request. */
export interface ClientReference {
  clientReference: string;
  hash: string;
}

/** Runs work that inserts an order with a reference. If an order with the reference exists, the answer is that order. */
async function replayIfPosted<Answer>(
  ctx: RequestContext,
  { clientReference, hash }: ClientReference,
  work: () => Promise<Answer>,
  replay: Replay<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!isUniqueViolation(error, 'order_references_pkey')) throw error;
    const orderId = await orderByReference(ctx.db, clientReference, hash);
    if (orderId === undefined) throw error;
    ctx.reply.replayed = true;
    return replay(ctx, orderId);
  }
}

/** Posts an order with a reference whose request was hashed before, such as a pending sale. */
export function postOnce(
  ctx: RequestContext,
  reference: ClientReference,
  work: (tx: Transaction) => Promise<PostedOrder>,
): Promise<PostedOrder> {
  return replayIfPosted(ctx, reference, () => transact(ctx, work), postedOrderById);
}

/** An order with its payments. @throws PosProError 404. */
export async function postedOrderById(ctx: RequestContext, orderId: string): Promise<PostedOrder> {
  const order = await orderById(ctx.db, orderId);
  const payments = await paymentsOfOrders(ctx.db, [orderId]);
  const giftCards = await giftCardsOfOrders(ctx.db, [orderId]);
  return { order, payments: payments.get(orderId) ?? [], giftCards: giftCards.get(orderId) ?? [] };
}

/** Distinguishes two requests under one client reference: SHA-256 over the operation and its input, in hex. */
export function requestHash(operation: string, input: unknown): string {
  const text = canonicalJson([operation, input], { withoutNull: true });
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Id of the order with a client reference; undefined for an unused reference. Works long after the idempotency key has expired,
 * and for any user.
 * @throws PosProError 422 IDEMPOTENCY_KEY_REUSED if the reference was used for another request.
 */
export async function orderByReference(
  db: Queryable,
  clientReference: string,
  hash: string,
): Promise<string | undefined> {
  const row = await db.maybeOne<{ orderId: string; requestHash: string }>(sql`
    select order_id, request_hash from order_references where client_reference = ${clientReference}`);
  if (row && row.requestHash !== hash) {
    throw new PosProError(
      'IDEMPOTENCY_KEY_REUSED',
      `The client reference "${clientReference}" belongs to another sale.`,
    );
  }
  return row?.orderId;
}
