/** A checkout that takes everything at once: a discount code, redeemed points and a gift card. */
import { request } from 'undici';
import { measurePair } from '../measure-pair';
import { startPlatform, type MeasuredProcess } from '../processes/child';
import type { Bench, Row } from '../row';
import { barePost, restPost } from './requests';
import { CLIENTS, soldItems } from './till';

const CODE = 'BENCH10';
const POINTS = 100;
/** Enough for every sale of a run. */
const STOCKED = 1_000_000;

/** The means of one client. */
interface Buyer {
  readonly customerId: string;
  readonly cardId: string;
  readonly cardCode: string;
}

export const checkoutWithBenefits: Row = {
  name: 'checkout-benefits',
  async measure(bench) {
    const buyers = await prepare(bench);
    return [
      await measurePair(bench, {
        name: 'checkout-benefits',
        title: `checkout with a code, points and a gift card at ${CLIENTS} registers`,
        clients: CLIENTS,
        ours: (client, round) => {
          const { customerId, cardCode } = buyers[client]!;
          return restPost(bench, '/pos/checkout', {
            ...soldItems(bench, bench.fixture.registers.ours[client]!, client, round),
            customer_id: customerId,
            discount_codes: [CODE],
            redeem_points: POINTS,
            payments: [{ method: 'gift_card', gift_card_code: cardCode }],
          });
        },
        bare: (client, round) => {
          const { customerId, cardId } = buyers[CLIENTS + client]!;
          return barePost('/checkout-benefits', {
            ...soldItems(bench, bench.fixture.registers.bare[client]!, client, round),
            customer_id: customerId,
            code: CODE,
            gift_card_id: cardId,
            payments: [{ method: 'gift_card' }],
          });
        },
        targets: [{ figure: 'ratio', minimum: 0.4 }],
      }),
    ];
  },
};

/** Makes the campaign with its code, and a customer with points and a gift card for each client of both sides. */
async function prepare(bench: Bench): Promise<Buyer[]> {
  const platform = await startPlatform(bench.databaseUrl, bench.dataDir);
  try {
    const send = sender(bench, platform);
    const action = { type: 'percent', percent: '10' };
    const campaign = await send<{ id: string }>('POST', '/campaigns', {
      name: 'Bench',
      requires_code: true,
      action,
    });
    await send('POST', `/campaigns/${campaign.id}/activate`);
    await send('POST', '/discounts/codes', { campaign_id: campaign.id, code: CODE });
    await send('PUT', '/loyalty/program', {
      active: true,
      earn_rate: '1',
      point_value: '0.01',
      minimum_redeem: 1,
    });
    const buyers: Buyer[] = [];
    for (let number = 0; number < 2 * CLIENTS; number += 1) {
      const customer = await send<{ id: string }>('POST', '/customers', { name: `Buyer ${number}` });
      await send('POST', `/customers/${customer.id}/loyalty-points`, { points: STOCKED, reason: 'Bench' });
      const card = await send<{ id: string; code: string }>('POST', '/gift-cards', {
        amount: String(STOCKED),
      });
      buyers.push({ customerId: customer.id, cardId: card.id, cardCode: card.code });
    }
    return buyers;
  } finally {
    await platform.stop();
  }
}

function sender({ token }: Bench, { url }: MeasuredProcess) {
  return async <Answer = unknown>(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    input?: object,
  ): Promise<Answer> => {
    const { statusCode, body } = await request(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(input ? { body: JSON.stringify(input) } : {}),
    });
    const answer = (await body.json()) as Answer;
    if (statusCode >= 300)
      throw new Error(`${method} ${path} was answered with ${statusCode}: ${JSON.stringify(answer)}`);
    return answer;
  };
}
