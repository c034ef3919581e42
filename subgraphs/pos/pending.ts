/** Sales made offline whose register is closed: they wait for its next opening, and are never lost. */
import { organizationOf, userOf } from '../../kernel/auth/actor';
import { createContext, type RequestContext, type Services } from '../../kernel/context';
import { sql, type Sql } from '../../kernel/db/database';
import { revive, tag } from '../../kernel/db/idempotency';
import { transact } from '../../kernel/db/transact';
import { PosProError } from '../../kernel/errors';
import { isUuid } from '../../kernel/ids';
import { listPage, type Page, type PageArgs } from '../../kernel/paging';
import { openSessionFor, registersByIds } from '../registers';
import type { CheckoutInput } from './input';
import { bookUnless } from './offline-booking';

/** A sale that waits. */
export interface PendingSale {
  id: string;
  registerId: string;
  branchId: string;
  clientReference: string;
  cashierId: string | null;
  soldAt: Date;
  receivedAt: Date;
  /** Why the last try to book it failed. */
  error: string | null;
}

type PendingRow = PendingSale & { sale: unknown; requestHash: string };

/**
 * Keeps a sale until its register opens.
 * @throws PosProError 422 IDEMPOTENCY_KEY_REUSED where the reference stands for another sale.
 */
export async function keepPending(
  ctx: RequestContext,
  { registerId, input, reference, hash }: { registerId: string; input: CheckoutInput; reference: string; hash: string },
): Promise<void> {
  const register = (await registersByIds(ctx.db, [registerId])).get(registerId)!;
  await transact(ctx, async (tx) => {
    const kept = await tx.one<{ requestHash: string }>(sql`
      insert into pending_sales as known (id, organization_id, register_id, branch_id, client_reference, request_hash, sale, cashier_id,
        sold_at, received_at)
      values (${ctx.ids.next()}, ${tx.organizationId}, ${registerId}, ${register.branchId}, ${reference}, ${hash},
        ${JSON.stringify(tag(input))}::jsonb, ${userOf(ctx) ?? null}::uuid, ${input.createdAt ?? tx.now}, ${tx.now})
      on conflict (organization_id, client_reference) do update set client_reference = excluded.client_reference
      returning known.request_hash`);
    if (kept.requestHash === hash) return;
    throw new PosProError('IDEMPOTENCY_KEY_REUSED', `The client reference "${reference}" stands for another sale.`);
  });
}

export interface PendingFilter extends PageArgs {
  registerId?: string | null;
}

/** The sales that wait, the oldest first. */
export async function pendingOfflineSales(ctx: RequestContext, filter: PendingFilter): Promise<Page<PendingSale>> {
  const where: Sql[] = [sql`p.organization_id = ${organizationOf(ctx)}::uuid`, sql`p.booked_at is null`];
  if (filter.registerId != null) where.push(isUuid(filter.registerId) ? sql`p.register_id = ${filter.registerId}` : sql`false`);
  return listPage<PendingSale>(
    ctx.db,
    {
      select: sql`p.id, p.register_id, p.branch_id, p.client_reference, p.cashier_id, p.sold_at, p.received_at, p.error`,
      from: sql`pending_sales p`,
      where,
      sorts: { soldAt: sql`p.sold_at`, receivedAt: sql`p.received_at` },
      defaultSort: 'soldAt',
      id: sql`p.id`,
    },
    filter,
  );
}

/**
 * Books what waits for a register, where that is open now; each sale by itself.
 * @returns how many were booked.
 */
export async function bookPendingSales(ctx: RequestContext, registerId: string): Promise<number> {
  const waiting = await ctx.db.many<PendingRow>(sql`
    select * from pending_sales where organization_id = ${organizationOf(ctx)}::uuid and register_id = ${registerId}::uuid
      and booked_at is null
    order by sold_at, id`);
  let booked = 0;
  for (const row of waiting) if (await bookPending({ ...ctx, reply: {} }, row)) booked += 1;
  return booked;
}

async function bookPending(ctx: RequestContext, row: PendingRow): Promise<boolean> {
  try {
    const session = await openSessionFor(ctx.db, ctx, row.registerId);
    if (session.training) return false;
    const done = await bookUnless(ctx, revive(row.sale) as CheckoutInput, {
      hash: row.requestHash,
      session,
      cashierId: row.cashierId,
      alsoWrite: (tx, { order }) => tx.run(bookedAs(row.id, order.id, tx.now)).then(() => undefined),
    });
    // Booked under its reference by somebody else meanwhile: then it waits no longer either.
    if (done?.replayed) await transact(ctx, (tx) => tx.run(bookedAs(row.id, done.written.order.id, tx.now)));
    return done !== undefined && !done.replayed;
  } catch (error) {
    if (!(error instanceof PosProError) || error.status >= 500) throw error;
    if (error.code === 'REGISTER_CLOSED') return false;
    const { message } = error;
    await transact(ctx, (tx) => tx.run(sql`update pending_sales set error = ${message} where id = ${row.id}`));
    return false;
  }
}

function bookedAs(id: string, orderId: string, now: Date): Sql {
  return sql`update pending_sales set order_id = ${orderId}, booked_at = ${now}, error = null where id = ${id} and booked_at is null`;
}

/** Books what waits whenever a register opens. @returns a function that ends it, and waits for what is under way. */
export function bookAtOpening(services: Services): () => Promise<void> {
  let work: Promise<unknown> = Promise.resolve();
  const end = services.bus.subscribe('register.changed', ({ organizationId, key, payload }) => {
    if (payload.status !== 'open' || typeof payload.training !== 'boolean') return;
    const actor = { kind: 'system', organizationId, branchId: undefined } as const;
    const ctx = createContext(services, actor, { requestId: 'pending-sales', address: 'internal' });
    work = work.then(() =>
      bookPendingSales(ctx, key).catch((error: unknown) => {
        services.log.error({ err: error, registerId: key }, 'sales made offline could not be booked; they wait on');
      }),
    );
  });
  return async () => {
    end();
    await work;
  };
}
