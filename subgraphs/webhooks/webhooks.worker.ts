/** Creates deliveries for events and sends due deliveries, in every process; rows that one process works on are skipped by the others. */
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { DATABASE_NOW, databaseTimeIn } from '#kernel/db/database-clock';
import { transact } from '#kernel/db/transact';
import { readAfter, type Position } from '#kernel/events/outbox';
import { onOutboxWritten } from '#kernel/events/outbox-signal';
import type { Stop } from '#kernel/graph/subgraph';
import { startWokenWork, type WokenWork } from '#kernel/woken-work';
import { deliveriesWaiting, newDelivery } from './deliveries';
import { nextAttempt } from './retry.rules';
import { attemptDelivery, type DueDelivery, type Outcome } from './deliver';
import { webhookDeliveries } from './tables.generated';
import { createAgent } from './target-guard';
import { PUBLIC_TYPES } from './event-catalog';

const EVENTS_AT_ONCE = 500;
const MAX_SENDING = 16;
const MAX_SENDING_TO_ONE = 4;
/** Longer than the longest attempt: another process takes over the delivery of a dead process after this time. */
const LEASE_MS = 60_000;
const UNTIMED = webhookDeliveries.omit('nextAttemptAt');
/** An endpoint's last success is stored again only after this time, because most endpoints accept several events a second. */
const SUCCESS_PRECISION_MS = 60_000;

/** Starts the worker. @returns a function that stops it. */
export function startWebhooks(services: Services): Promise<Stop> {
  const worker = new WebhookWorker(services);
  const ends = [
    onOutboxWritten(services.database, worker.wake),
    deliveriesWaiting.listen(services.database, worker.wake),
  ];
  return Promise.resolve(async () => {
    for (const end of ends) end();
    await worker.stop();
  });
}

class WebhookWorker {
  private readonly stopping = new AbortController();
  private readonly sending = new Map<string, { endpointId: string; done: Promise<void> }>();
  private readonly agent;
  private readonly work: WokenWork;

  constructor(private readonly services: Services) {
    this.agent = createAgent(services.config.webhooks);
    this.work = startWokenWork(services, 'the webhook worker failed; it tries again', () => this.round());
  }

  get wake(): () => void {
    return this.work.wake;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work.stop();
    await Promise.all([...this.sending.values()].map(({ done }) => done));
    await this.agent.destroy();
  }

  private async round(): Promise<boolean> {
    const more = await this.fanOut();
    const sentCount = await this.sendDue();
    return more || sentCount > 0;
  }

  /** Creates deliveries for new events. @returns whether there may be more events. */
  private async fanOut(): Promise<boolean> {
    const endpoints = await this.services.database.system.many<{ id: string; organizationId: string }>(sql`
      select e.id, e.organization_id from webhook_endpoints e
      where e.status = 'active' and exists (
        select from outbox_events o where o.organization_id = e.organization_id and (o.xid, o.sequence) > (e.xid, e.sequence)
          and o.xid < (select pospro_outbox_horizon()))`);
    let more = false;
    for (const endpoint of endpoints) more = (await this.fanOutTo(endpoint)) || more;
    return more;
  }

  private async fanOutTo({ id, organizationId }: { id: string; organizationId: string }): Promise<boolean> {
    const ctx = this.contextFor(organizationId);
    return transact(ctx, async (tx) => {
      const endpoint = await tx.maybeOne<Position & { types: string[] }>(sql`
        select types, pospro_cursor_number(xid)::text as xid, sequence from webhook_endpoints
        where id = ${id} and status = 'active' for no key update skip locked`);
      if (!endpoint) return false;
      const { xid, sequence } = endpoint;
      // Events of other types are read too: the position must move past them.
      const events = await readAfter(tx, {
        after: { xid, sequence },
        limit: EVENTS_AT_ONCE,
        organizationId,
        thorough: true,
      });
      const last = events.at(-1)?.position;
      if (!last) return false;
      const types = new Set(endpoint.types.length > 0 ? endpoint.types : PUBLIC_TYPES);
      const rows = events
        .filter(({ event }) => types.has(event.type))
        .map(({ event }) => UNTIMED.complete({ ...event, ...newDelivery(tx, ctx, id, event.id) }));
      await tx.run(sql`
        insert into webhook_deliveries (${UNTIMED.columns}, next_attempt_at)
        select ${UNTIMED.values('x')}, ${DATABASE_NOW}
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${UNTIMED.definitions})`);
      await tx.run(
        sql`update webhook_endpoints set xid = pospro_cursor_xid(${last.xid}), sequence = ${last.sequence}::bigint where id = ${id}`,
      );
      return events.length === EVENTS_AT_ONCE;
    });
  }

  /** Starts sending due deliveries, up to the maximum at a time. @returns how many were started. */
  private async sendDue(): Promise<number> {
    const capacity = MAX_SENDING - this.sending.size;
    if (capacity <= 0) return 0;
    const perEndpoint = new Map<string, number>();
    for (const { endpointId } of this.sending.values())
      perEndpoint.set(endpointId, (perEndpoint.get(endpointId) ?? 0) + 1);
    const busy = [...perEndpoint].filter(([, count]) => count >= MAX_SENDING_TO_ONE).map(([id]) => id);
    const due = await this.services.database.system.many<DueDelivery>(sql`
      with due as (
        select next.id from webhook_endpoints e cross join lateral (
          select d.id from webhook_deliveries d
          where d.endpoint_id = e.id and d.status = 'pending' and d.next_attempt_at <= ${DATABASE_NOW}
            and (e.status = 'active' or d.type = 'ping')
          order by d.next_attempt_at, d.id limit ${MAX_SENDING_TO_ONE} for update skip locked
        ) next
        where e.id <> all(${busy}::uuid[]) limit ${capacity}
      )
      update webhook_deliveries d
      set attempts = d.attempts + 1, next_attempt_at = ${databaseTimeIn(LEASE_MS)}
      from due, webhook_endpoints e where d.id = due.id and e.id = d.endpoint_id
      returning d.*, e.url, e.secret, e.previous_secret, e.previous_until`);
    for (const delivery of due) {
      const done = this.deliver(delivery).finally(() => {
        this.sending.delete(delivery.id);
        this.wake();
      });
      this.sending.set(delivery.id, { endpointId: delivery.endpointId, done });
    }
    return due.length;
  }

  private async deliver(due: DueDelivery): Promise<void> {
    const { log } = this.services;
    try {
      const outcome = await attemptDelivery(this.services, this.agent, due, this.stopping.signal);
      // Interrupted by the stop of this process: the lease expires, and another process sends the delivery.
      if (this.stopping.signal.aborted && !outcome.delivered) return;
      log.debug({ delivery: due.id, endpoint: due.endpointId, ...outcome }, 'a webhook was sent');
      await this.recordOutcome(due, outcome);
    } catch (error) {
      log.warn(
        { err: error, delivery: due.id },
        'the outcome of a webhook could not be written; it will be sent again',
      );
    }
  }

  private async recordOutcome(
    due: DueDelivery,
    { delivered, status, error, durationMs }: Outcome,
  ): Promise<void> {
    const { clock, database } = this.services;
    const now = clock.now();
    const next = delivered ? undefined : nextAttempt(now, due.attempts, due.tryUntil, Math.random());
    const nextAt = next ? databaseTimeIn(next.getTime() - now.getTime()) : sql`null`;
    const state = delivered ? 'delivered' : next ? 'pending' : 'failed';
    // A delivery that was replayed in the meantime has restarted and is not changed.
    await database.system.run(sql`
      update webhook_deliveries set status = ${state}, next_attempt_at = ${nextAt}, last_status = ${status ?? null}::int,
        last_error = ${error ?? null}::text, duration_ms = ${durationMs}::int,
        delivered_at = ${delivered ? now : null}::timestamptz
      where id = ${due.id} and status = 'pending' and attempts = ${due.attempts}`);
    if (delivered)
      await database.system.run(sql`
        update webhook_endpoints set last_success_at = ${now}
        where id = ${due.endpointId}
          and (last_success_at is null or last_success_at <= ${new Date(now.getTime() - SUCCESS_PRECISION_MS)})`);
    else if (!next) await this.disable(due, error ?? 'failed');
  }

  /** Disables an endpoint that has accepted nothing for three days. */
  private async disable(due: DueDelivery, error: string): Promise<void> {
    const { endpointId: id, url, organizationId } = due;
    const ctx = this.contextFor(organizationId);
    const reason = `Nothing was accepted for three days. ${error}`;
    // A success may be later than the stored one, by its precision.
    const before = new Date(due.createdAt.getTime() - SUCCESS_PRECISION_MS);
    const disabled = await transact(ctx, async (tx) => {
      const count = await tx.run(sql`
        update webhook_endpoints set status = 'disabled', disabled_at = ${tx.now}, disabled_reason = ${reason}, updated_at = ${tx.now}
        where id = ${id} and status = 'active' and (last_success_at is null or last_success_at < ${before})`);
      if (count > 0) tx.emit({ type: 'webhook.disabled', key: id, payload: { webhookId: id, reason } });
      return count > 0;
    });
    if (disabled)
      this.services.log.warn({ webhook: id, host: new URL(url).host, reason }, 'a webhook was disabled');
  }

  private contextFor(organizationId: string): RequestContext {
    return systemContext(this.services, organizationId, { address: 'webhooks', recorded: false });
  }
}
