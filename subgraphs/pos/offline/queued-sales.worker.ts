/** Pending sales: offline sales whose register is closed. They are stored, and posted when the register opens next. */
import { organizationOf } from '#kernel/auth/access';
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql, type Sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import { listPage, sameId, type Page, type PageArgs } from '#kernel/paging';
import { registerChanged, resolveOpenSession, type OpenSession } from '#subgraphs/registers/index';
import type { QueryPendingOfflineSalesArgs } from '../inputs.generated';
import {
  holdSale,
  unpostedSaleColumns,
  markPosted,
  toUnpostedSale,
  pendingSalesOfRegister,
  type Decision,
  type UnpostedSale,
  type UnpostedSaleRecord,
} from './unposted-sales';
import { conflict, type Conflict } from './offline-conflicts.rules';
import { postOfflineSale, type PostedOfflineSale } from './post-offline-sale';
import { readOfflineSale } from './read-offline-sale';

/** Lists the pending sales, the oldest first. */
export async function pendingOfflineSales(
  ctx: RequestContext,
  filter: QueryPendingOfflineSalesArgs,
): Promise<Page<UnpostedSale>> {
  const where = [
    sql`p.organization_id = ${organizationOf(ctx)}::uuid`,
    sql`p.status = 'pending'`,
    ...sameId(sql`p.register_id`, filter.registerId),
  ];
  return unpostedSalesPage(ctx, where, filter);
}

/** A page of unposted sales. */
export async function unpostedSalesPage(
  ctx: RequestContext,
  where: Sql[],
  args: PageArgs,
): Promise<Page<UnpostedSale>> {
  const page = await listPage<UnpostedSale>(
    ctx.db,
    {
      select: unpostedSaleColumns.select('p'),
      from: sql`pending_sales p`,
      where,
      sorts: { soldAt: sql`p.sold_at`, receivedAt: sql`p.received_at` },
      defaultSort: 'soldAt',
      id: sql`p.id`,
    },
    args,
  );
  return { ...page, items: page.items.map(toUnpostedSale) };
}

/**
 * Posts the pending sales of a register if it is open now; each sale by itself.
 * @returns the number of posted sales.
 */
export async function postPendingSales(ctx: RequestContext, registerId: string): Promise<number> {
  let count = 0;
  for (const sale of await pendingSalesOfRegister(ctx.db, organizationOf(ctx), registerId)) {
    if (await postPendingSale({ ...ctx, reply: {} }, sale)) count += 1;
  }
  return count;
}

async function postPendingSale(ctx: RequestContext, sale: UnpostedSaleRecord): Promise<boolean> {
  try {
    const result = await postUnpostedSale(ctx, sale);
    return result !== undefined && !result.replayed;
  } catch (error) {
    if (!(error instanceof PosProError) || error.status >= 500) throw error;
    const { message } = error;
    await transact(ctx, (tx) =>
      tx.prisma.pendingSale.update({ where: { id: sale.id }, data: { error: message } }),
    );
    return false;
  }
}

/**
 * Posts an unposted sale if its register is open, other than for training.
 * @param decision the release of a held sale.
 * @returns undefined if the register is closed or open for training, and if the sale must be held.
 * @throws PosProError 422 for a sale that cannot be posted.
 */
export async function postUnpostedSale(
  ctx: RequestContext,
  sale: UnpostedSaleRecord,
  decision?: Decision,
): Promise<PostedOfflineSale | undefined> {
  const session = await findSessionForSales(ctx, sale.registerId);
  if (!session) return undefined;
  const { branchId, seller, receivedAt } = sale;
  const reading = await readOfflineSale(ctx, ctx.db, sale.input, { branchId, seller, now: receivedAt });
  // A sale whose item was unknown when the sale was received has not been checked yet.
  if (sale.decidedAt === null && !decision && reading.reasons.length > 0) {
    await holdSale(ctx, sale, reading.reasons);
    return undefined;
  }
  if (!reading.postable) throw tooLargeToPost(reading.reasons);
  const inAnotherSession =
    sale.sessionId === null ? sale.status === 'pending' : sale.sessionId !== session.id;
  const result = await postOfflineSale(ctx, reading, {
    reference: { clientReference: sale.clientReference, hash: sale.requestHash },
    session,
    cashierId: sale.cashierId,
    conflicts: [...(inAnotherSession ? [sessionClosedConflict(true)] : []), ...sale.reasons],
    after: (tx, { order }) => markPosted(tx, sale, order.id, decision),
  });
  // Another request has posted the sale meanwhile, so that it is no longer pending or held.
  if (result?.replayed && sale.status !== 'booked') {
    await transact(ctx, (tx) =>
      tx.run(sql`
        update pending_sales set status = 'booked', order_id = ${result.posted.order.id}, booked_at = ${tx.now}, error = null
        where id = ${sale.id} and status in ('pending', 'held')`),
    );
  }
  return result;
}

function tooLargeToPost(reasons: readonly Conflict[]): PosProError {
  const message = `The sale is too large to be posted. ${reasons.map((reason) => reason.message).join(' ')}`;
  return new PosProError('VALIDATION_FAILED', message, {
    errors: [{ field: 'id', message, code: 'TOO_LARGE' }],
  });
}

/** The open session of a register; undefined if the register is closed, or open for training. */
export async function findSessionForSales(
  ctx: RequestContext,
  registerId: string,
): Promise<OpenSession | undefined> {
  const { session, error } = await resolveOpenSession(ctx.db, ctx, registerId);
  if (session) return session.training ? undefined : session;
  if (error.code === 'REGISTER_CLOSED') return undefined;
  throw error;
}

/** The conflict of a sale whose session is closed. @param another whether the sale is posted in another session. */
export function sessionClosedConflict(another: boolean): Conflict {
  const message = another
    ? 'The session was closed meanwhile; the sale is posted in the session that is open now.'
    : 'The register is closed; the sale is posted when it opens next.';
  return conflict('SESSION_CLOSED', message, { rule: 'registerSession' });
}

/** Posts pending sales whenever a register opens. @returns a function that stops this and waits for work in progress. */
export function startPostingAtOpening(services: Services): () => Promise<void> {
  let work: Promise<unknown> = Promise.resolve();
  const end = services.bus.subscribe(registerChanged.type, ({ organizationId, key, payload }) => {
    if (payload.status !== 'open' || typeof payload.training !== 'boolean') return;
    const ctx = systemContext(services, organizationId, { address: 'pending-sales' });
    work = work.then(() =>
      postPendingSales(ctx, key).catch((error: unknown) => {
        services.log.error(
          { err: error, registerId: key },
          'offline sales could not be posted and remain pending',
        );
      }),
    );
  });
  return async () => {
    end();
    await work;
  };
}
