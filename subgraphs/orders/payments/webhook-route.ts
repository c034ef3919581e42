import type { RawRoute } from '#kernel/graph/raw-route';
import { receiveWebhook } from './receive-webhook';

/** The route for providers of payments, which sign what they send and have no login. */
export const webhookRoute: RawRoute = {
  method: 'POST',
  path: '/api/v1/payments/providers/:provider/webhook',
  async handle(services, { params, headers, body }) {
    const handled = await receiveWebhook(services, params.provider!, { headers, body });
    return { received: true, handled };
  },
};
