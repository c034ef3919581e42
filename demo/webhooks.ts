/** The webhooks that the OpenAPI document's examples name: one with a delivery in its log, and one to be removed. */
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { insertEndpoint } from '#subgraphs/webhooks/index';
import { demoId } from './ids';
import { demoContext } from './shop';

/** Names under .example never resolve. */
const URL = 'https://shop.example/hooks/pospro';

export async function seedWebhooks(services: Services): Promise<void> {
  const ctx = demoContext(services, 1, 1);
  await transact(ctx, async (tx) => {
    for (const [number, description] of [
      [1, 'Accounting'],
      [2, 'Old accounting'],
    ] as const) {
      await insertEndpoint(tx, ctx, {
        id: demoId.webhook(number),
        url: URL,
        description,
        types: ['customer.erased'],
      });
    }
    await tx.run(sql`
      insert into webhook_deliveries (id, organization_id, endpoint_id, event_id, type, key, payload, at, status, attempts, try_until,
        last_status, duration_ms, created_at, delivered_at)
      values (${demoId.webhookDelivery(1)}, ${tx.organizationId}, ${demoId.webhook(1)}, ${ctx.ids.next()}, 'ping', ${demoId.webhook(1)},
        '{}', ${tx.now}, 'delivered', 1, ${tx.now}, 200, 48, ${tx.now}, ${tx.now})`);
  });
}
