/** The webhooks of the sandbox: queued with each change, and delivered by PosPro's own worker to PosPro's own route. */
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { paymentWork } from '../../payment-work';
import { sandboxEvents, type SandboxEventRow, type SandboxPaymentRow } from '../../tables.generated';
import type { ReceivedWebhook } from '../provider';
import { sandboxReport } from './sandbox-report.rules';
import { SANDBOX_SIGNATURE, sandboxSignature } from './sandbox-signature';

/** Time after which a delivery that ended with an error, or with its process, is repeated. */
const RETRY_AFTER_MS = 5_000;
const AT_ONCE = 20;

/** The sandbox's own request: the audit trail does not record the work of a provider. */
export function sandboxContext(services: Services, organizationId: string): RequestContext {
  return systemContext(services, organizationId, { address: 'sandbox', recorded: false });
}

/** Queues the webhooks of a change, as a provider does for every change. */
export async function queueSandboxEvents(
  ctx: RequestContext,
  tx: Transaction,
  payment: SandboxPaymentRow,
): Promise<void> {
  // A pending payment has nothing to say yet.
  if (payment.stage === 'pending') return;
  const { organizationId, metadata: paymentId, behavior } = payment;
  const report = sandboxReport(payment);
  const isDisputed = behavior === 'dispute' && payment.capturedAmount.greaterThan(0);
  const reports = isDisputed ? [report, { ...report, dispute: 'open' }] : [report];
  const deliveries = behavior === 'answer_twice' ? 2 : 1;
  const events = reports.map((sent): SandboxEventRow => {
    const id = ctx.ids.next();
    const body = JSON.stringify({ id: `evt_${id}`, organizationId, paymentId, report: sent });
    return { id, organizationId, body, deliveries, dueAt: tx.now };
  });
  await tx.run(sandboxEvents.insertMany(events));
  tx.afterCommit(() => paymentWork.notify(ctx.database));
}

/** Settles the pending payments of an organization whose time has come, each with an event. */
export function settleSandboxPayments(services: Services, organizationId: string): Promise<void> {
  const ctx = sandboxContext(services, organizationId);
  return transact(ctx, async (tx) => {
    const settled = await tx.many<SandboxPaymentRow>(sql`
      update sandbox_payments set stage = 'open', authorized_amount = amount, captured_amount = case when captures then amount else 0 end
      where stage = 'pending' and settles_at <= ${tx.now} returning *`);
    for (const payment of settled) await queueSandboxEvents(ctx, tx, payment);
  });
}

/** A webhook to deliver. */
export interface SandboxDelivery {
  readonly id: string;
  readonly webhook: ReceivedWebhook;
}

/** Takes due webhooks; several processes may do so at the same time. */
export async function claimSandboxEvents(services: Services): Promise<SandboxDelivery[]> {
  const { database, clock, config } = services;
  const now = clock.now();
  const waiting = await database.system.many<{ organizationId: string }>(sql`
    select distinct organization_id from sandbox_payments where stage = 'pending' and settles_at <= ${now}`);
  for (const { organizationId } of waiting) await settleSandboxPayments(services, organizationId);
  const events = await database.system.many<SandboxEventRow>(sql`
    update sandbox_events set due_at = ${new Date(now.getTime() + RETRY_AFTER_MS)}
    where id in (select id from sandbox_events where due_at <= ${now} order by due_at, id limit ${AT_ONCE} for update skip locked)
    returning *`);
  return events
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, body }) => ({
      id,
      webhook: { headers: { [SANDBOX_SIGNATURE]: sandboxSignature(config, body) }, body: Buffer.from(body) },
    }));
}

/** Counts a successful delivery; the last one removes the webhook. */
export async function finishSandboxEvent({ database, clock }: Services, id: string): Promise<void> {
  await database.system.run(sql`
    with counted as (
      update sandbox_events set deliveries = deliveries - 1, due_at = ${clock.now()} where id = ${id} and deliveries > 1 returning id
    )
    delete from sandbox_events where id = ${id} and not exists (select from counted)`);
}
