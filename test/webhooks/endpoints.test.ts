import { createWebhook } from '#subgraphs/webhooks/endpoints';
import { pingWebhook } from '#subgraphs/webhooks/deliveries';
import { subgraph } from '#subgraphs/webhooks/subgraph';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { subgraphClient } from '#test/harness/subgraph-client';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
const { ask } = subgraphClient(subgraph, () => db);

it('reads the webhook of all deliveries of a page at once', async () => {
  const shop = await openShop(db);
  const { id } = await createWebhook(shop.ctx, { url: 'https://example.com/hook', types: ['stock.changed'] });
  for (const ping of [1, 2, 3])
    expect([ping, (await pingWebhook(shop.ctx, id)).endpointId]).toEqual([ping, id]);
  const query =
    'query ($id: ID!) { webhookDeliveries(webhookId: $id) { items { webhookId webhook { url } } } }';
  const { actor } = shop.ctx;
  const statements = await statementsOf(async () => {
    const data = await ask(actor, query, { id });
    expect(data).toEqual({
      webhookDeliveries: {
        items: [1, 2, 3].map(() => ({ webhookId: id, webhook: { url: 'https://example.com/hook' } })),
      },
    });
  });
  const ofWebhooks = statements.filter(({ text }) => /from "?(public"\.")?webhook_endpoints/i.test(text));
  // Once to check that the webhook exists, once for all deliveries.
  expect(ofWebhooks).toHaveLength(2);
});
