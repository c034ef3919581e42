/**
 * The reconciler: sends the requests to providers that a crash, a lost answer or a commit has left, ends payments that no order has named,
 * and delivers the sandbox's webhooks. Every process runs it; what one works on is skipped by the others.
 */
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Stop } from '#kernel/graph/subgraph';
import { startWokenWork } from '#kernel/woken-work';
import {
  LEASE_MS,
  abandonUnclaimed,
  claimSandboxEvents,
  finishSandboxEvent,
  isSandboxAvailable,
  paymentWork,
  providerTask,
} from '#subgraphs/payments/index';
import { receiveWebhook } from './receive-webhook';
import { answerAttempt, runAttempts } from './run-attempt';

const AT_ONCE = 20;

/** One round. @returns the number of requests, payments and webhooks that it worked on. */
export async function performPaymentWork(services: Services): Promise<number> {
  const sent = await sendDueAttempts(services);
  const ended = await endUnclaimedPayments(services);
  return sent + ended + (isSandboxAvailable(services.config) ? await deliverSandboxEvents(services) : 0);
}

/** Starts the reconciler. @returns a function that stops it. */
export function startPaymentWork(services: Services): Promise<Stop> {
  const round = async () => (await performPaymentWork(services)) > 0;
  const work = startWokenWork(services, 'the work on payments failed; it is tried again', round);
  const unlisten = paymentWork.listen(services.database, work.wake);
  return Promise.resolve(async () => {
    unlisten();
    await work.stop();
  });
}

/** The lease keeps other processes away while a provider is asked. */
async function sendDueAttempts(services: Services): Promise<number> {
  const now = services.clock.now();
  const due = await services.database.system.many<{ id: string; organizationId: string }>(sql`
    update payment_attempts set next_ask_at = ${new Date(now.getTime() + LEASE_MS)}
    where id in (
      select id from payment_attempts where status = 'open' and next_ask_at <= ${now}
      order by next_ask_at limit ${AT_ONCE} for update skip locked)
    returning id, organization_id`);
  for (const { id, organizationId } of due) {
    const ctx = contextFor(services, organizationId);
    await attempt(services, { attempt: id }, async () => {
      const task = await providerTask(ctx.db, id);
      if (task?.attempt.status === 'open') await answerAttempt(ctx, task);
    });
  }
  return due.length;
}

/** Money that was taken before a checkout goes back when the checkout never came. */
async function endUnclaimedPayments(services: Services): Promise<number> {
  const unclaimed = await services.database.system.many<{ id: string; organizationId: string }>(sql`
    select id, organization_id from payment_intents
    where expires_at <= ${services.clock.now()} and expires_at is not null and order_id is null and abandoned_at is null
    order by expires_at limit ${AT_ONCE}`);
  for (const { id, organizationId } of unclaimed) {
    const ctx = contextFor(services, organizationId);
    await attempt(services, { payment: id }, async () => {
      const { intent, followUps } = await transact(ctx, (tx) => abandonUnclaimed(tx, ctx, id));
      await runAttempts(ctx, intent, followUps);
    });
  }
  return unclaimed.length;
}

async function deliverSandboxEvents(services: Services): Promise<number> {
  const deliveries = await claimSandboxEvents(services);
  for (const { id, webhook } of deliveries) {
    await attempt(services, { event: id }, async () => {
      await receiveWebhook(services, 'sandbox', webhook);
      await finishSandboxEvent(services, id);
    });
  }
  return deliveries.length;
}

/** One piece of work: its failure must not stop the others, and its lease lets it be tried again. */
async function attempt(services: Services, subject: object, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    services.log.warn({ err: error, ...subject }, 'the work on a payment failed; it is tried again');
  }
}

function contextFor(services: Services, organizationId: string): RequestContext {
  return systemContext(services, organizationId, { address: 'payments', recorded: false });
}
