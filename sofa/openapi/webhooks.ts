/** The events that PosPro sends to webhooks, each with its body. */
import eventTypes from '../../subgraphs/event-types.json';
import type { Operation, Schema, WebhookOperation } from './types';

const id = (description: string): Schema => ({ type: 'string', format: 'uuid', description });

/** The body of a delivery around the data of one type. */
function bodySchema(type: string, data: Schema): Schema {
  const properties: Record<string, Schema> = {
    id: id('The event: the same in every delivery and in the feed.'),
    type: { type: 'string', enum: [type] },
    cursor: { type: ['string', 'null'], description: 'Position in the feed; null for a test.' },
    organization_id: id('The organization.'),
    branch_id: { ...id('The branch in which the event happened.'), type: ['string', 'null'] },
    key: { type: 'string', description: 'The subject of the event, usually an id.' },
    at: { type: 'string', format: 'date-time', description: 'When the event happened.' },
    data,
  };
  return { type: 'object', properties, required: Object.keys(properties) };
}

const HEADERS = [
  ['PosPro-Event', 'The type of the event.', { type: 'string' }],
  ['PosPro-Delivery', 'The delivery: the same for all its attempts.', { type: 'string', format: 'uuid' }],
  ['PosPro-Attempt', 'Number of the attempt, from 1.', { type: 'integer', minimum: 1 }],
  [
    'PosPro-Signature',
    'When the request was sent and its signature, `t=1769882645,v1=5f2b…`: HMAC-SHA256 of `<t>.<body>` under the signing secret, in hex.',
    { type: 'string' },
  ],
] as const satisfies readonly (readonly [string, string, Schema])[];

const PARAMETERS: Operation['parameters'] = HEADERS.map(([name, description, schema]) => {
  return { name, in: 'header', required: true, description, schema };
});

const RESPONSES: Operation['responses'] = {
  '2XX': {
    description: 'The receiver has the event. After any other answer it is sent again, for three days.',
  },
};

/** One webhook for each type of public event, by its type. */
export function webhooksOf(): Record<string, { post: WebhookOperation }> {
  const webhooks = eventTypes.map(({ type, domain, description, data }) => {
    const post: WebhookOperation = {
      operationId: `on_${type.replace('.', '_')}`.replace(/_(\w)/g, (_, letter: string) =>
        letter.toUpperCase(),
      ),
      summary: type,
      description,
      tags: [domain],
      security: [],
      parameters: PARAMETERS,
      requestBody: {
        required: true,
        content: { 'application/json': { schema: bodySchema(type, data as Schema) } },
      },
      responses: RESPONSES,
    };
    return [type, { post }] as const;
  });
  return Object.fromEntries(webhooks);
}
