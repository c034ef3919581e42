import type { RawRoute } from '#kernel/graph/raw-route';
import { receiveTracking } from './receive-parcel-news';

/** The route for carriers, which sign what they send and have no login. */
export const trackingRoute: RawRoute = {
  method: 'POST',
  path: '/api/v1/shipping/providers/:provider/webhook',
  async handle(services, { params, headers, body }) {
    const handled = await receiveTracking(services, params.provider!, { headers, body });
    return { received: true, handled };
  },
};
