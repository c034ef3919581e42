/** `/ws/stock-updates`: stock as plain JSON. Its message is the event `stock.changed` of the catalog. */
import { isObjectType } from 'graphql';
import { invariant } from '#kernel/errors';
import eventTypes from '../../subgraphs/event-types.json';
import { camel } from '../casing';
import { permission } from '../openapi/document';
import type { Engine } from '../sofa-handlers';
import { typedMessage } from './typed-message';
import { channelRef, messageRef, type Message, type MessageSchema, type Socket } from './types';

const CHANNEL = 'stockUpdates';
const EVENT = 'stock.changed';
/** The subscription that the socket serves. */
const FIELD = 'stockChanged';

const DESCRIPTION = `Stock as plain JSON, for clients without GraphQL.

Send the token in the header \`Authorization\` or \`X-API-Key\`, as \`token\` in the query, or in the first message within three seconds. Read the
levels that you need after \`ready\`: every later change is sent. Keep the \`cursor\` of the last message, and send it as \`since\` when you
connect again. The codes with which the server closes a socket are in docs/LIVE.md.`;

const CURSOR: MessageSchema = {
  type: 'string',
  description: 'Position in the stream of events, to send as `since`.',
};

/** The query of the address. */
const QUERY: MessageSchema = {
  type: 'object',
  properties: {
    branch_id: {
      type: 'string',
      format: 'uuid',
      description: "Only warehouses of this branch. Optional; defaults to the caller's branch.",
    },
    product_id: { type: 'string', format: 'uuid', description: 'Only this product. Optional.' },
    since: {
      type: 'string',
      description: 'The cursor of the last message: later changes come first. Optional.',
    },
    token: {
      type: 'string',
      description: 'An access token or an API key, for clients that cannot set headers. Optional.',
    },
  },
  additionalProperties: false,
};

/** The socket; undefined for a graph without stock. */
export function stockSocket(engine: Engine): Socket | undefined {
  const info = engine.supergraph.subscriptions.find(({ field }) => field === FIELD);
  if (!info) return undefined;
  const messages: Record<string, Message> = {
    stockAuth: typedMessage('auth', 'The client signs in, if the request had no token.', {
      token: { type: 'string', description: 'An access token or an API key.' },
    }),
    stockReady: typedMessage('ready', 'The socket is open: every change after the cursor is sent.', {
      cursor: CURSOR,
    }),
    stockChange: changeMessage(engine),
    stockPing: typedMessage('ping', 'The client asks for a `pong`.'),
    stockPong: typedMessage('pong', 'Answers a `ping`.'),
  };
  const channel = channelRef(CHANNEL);
  const ref = (name: string) => channelRef(CHANNEL, name);
  const SCHEMES = ['bearer', 'apiKey', 'tokenInQuery'];
  return {
    channel: {
      address: '/ws/stock-updates',
      title: 'Stock updates',
      description: DESCRIPTION,
      messages: Object.fromEntries(Object.keys(messages).map((name) => [name, messageRef(name)])),
      bindings: { ws: { method: 'GET', query: QUERY, bindingVersion: '0.1.0' } },
    },
    operations: {
      signIn: {
        action: 'receive',
        channel,
        title: 'Sign in',
        description: 'The first message, if the request had no token.',
        messages: [ref('stockAuth')],
        reply: { channel, messages: [ref('stockReady')] },
      },
      sendStockUpdates: {
        action: 'send',
        channel,
        title: 'Stock updates',
        description: `\`ready\` first, then a message for each change of a level.\n\n${permission(info)}`,
        security: SCHEMES.map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
        messages: [ref('stockReady'), ref('stockChange')],
        'x-required-scopes': [{ anyOf: info.scopes }],
      },
      pingStockUpdates: {
        action: 'receive',
        channel,
        title: 'Ping',
        description: 'Asks whether the server is there.',
        messages: [ref('stockPing')],
        reply: { channel, messages: [ref('stockPong')] },
      },
    },
    messages,
    schemas: {},
  };
}

/** The data of the event, with the descriptions of the graph's type. */
function changeMessage({ apiSchema }: Engine): Message {
  const event = eventTypes.find(({ type }) => type === EVENT);
  invariant(event, `there is no event ${EVENT}`);
  const type = apiSchema.getType('StockChange');
  const described = isObjectType(type) ? type.getFields() : {};
  const { properties = {}, required = [] } = event.data as MessageSchema;
  const data = Object.entries(properties).map(([name, schema]): [string, MessageSchema] => {
    const description = schema.description ?? described[camel(name)]?.description;
    return [name, { ...schema, ...(description ? { description } : {}) }];
  });
  const at: MessageSchema = { type: 'string', format: 'date-time', description: 'Time of the change.' };
  return typedMessage('stock', event.description, { cursor: CURSOR, ...Object.fromEntries(data), at }, [
    'cursor',
    ...required,
    'at',
  ]);
}
