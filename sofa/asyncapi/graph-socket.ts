/** `/graphql` as a WebSocket: the protocol graphql-transport-ws, with a message for each subscription of the graph. */
import { getNamedType, isLeafType, isObjectType, type GraphQLField, type GraphQLNamedType } from 'graphql';
import { permission } from '../openapi/document';
import { asNamed, schemaOf } from '../openapi/schemas';
import { pascal, snake } from '../casing';
import type { Engine } from '../sofa-handlers';
import type { RootFieldInfo, SupergraphInfo } from '../supergraph';
import { eventSchemas } from './event-schemas';
import { typedMessage } from './typed-message';
import {
  channelRef,
  messageRef,
  type Message,
  type MessageSchema,
  type Operation,
  type Socket,
} from './types';

type Field = GraphQLField<unknown, unknown>;

const CHANNEL = 'graphql';

const DESCRIPTION = `GraphQL subscriptions by the protocol graphql-transport-ws, as the package graphql-ws and other client libraries speak it.

Send \`connection_init\` with a token within three seconds, then a \`subscribe\` for each subscription under an id of your choice. After an
interruption connect again, and send the last \`cursor\` as the variable \`since\`: the missed events come first. The codes with which the server
closes a socket are in docs/LIVE.md.`;

const text = (description: string): MessageSchema => ({ type: 'string', description });

const ID = text('The subscription, by the id that the client chose.');
const ERRORS: MessageSchema = { type: 'array', items: { $ref: '#/components/schemas/GraphQLError' } };
const ANYTHING: MessageSchema = { type: 'object', description: 'Optional; ignored.' };

const TOKEN: MessageSchema = {
  type: 'object',
  description:
    'The token, under one of these names, in any case: an access token or an API key, with or without `Bearer`.',
  properties: {
    authorization: text('For example `Bearer eyJ…`.'),
    'x-api-key': text('An API key, for example `pospro_sk_…`.'),
    token: text('An access token or an API key.'),
  },
};

/** The messages that are alike for all subscriptions. */
const COMMON: Readonly<Record<string, Message>> = {
  connectionInit: typedMessage('connection_init', 'The client signs in.', { payload: TOKEN }),
  connectionAck: typedMessage('connection_ack', 'The client is signed in, and may subscribe.'),
  ping: typedMessage('ping', 'Asks for a `pong`; either side may send it.', { payload: ANYTHING }, []),
  pong: typedMessage('pong', 'Answers a `ping`.', { payload: ANYTHING }, []),
  error: typedMessage('error', 'The subscription was rejected or failed, and has ended.', {
    id: ID,
    payload: ERRORS,
  }),
  complete: typedMessage('complete', 'The subscription has ended; a client sends it to end one.', { id: ID }),
};

const GRAPHQL_ERROR: MessageSchema = {
  type: 'object',
  properties: {
    message: text('The error, for people.'),
    locations: {
      type: 'array',
      items: {
        type: 'object',
        properties: { line: { type: 'integer' }, column: { type: 'integer' } },
        required: ['line', 'column'],
      },
    },
    path: { type: 'array', items: { type: ['string', 'integer'] } },
    extensions: {
      type: 'object',
      description: 'The error, for programs. Some codes have more fields.',
      properties: {
        code: text('The code of the error, as in REST.'),
        requestId: text('The connection, for the log of the server.'),
      },
      required: ['code', 'requestId'],
      additionalProperties: true,
    },
  },
  required: ['message', 'extensions'],
};

/** The socket of the graph. */
export function graphSocket({ apiSchema, supergraph }: Engine): Socket {
  const fields = apiSchema.getSubscriptionType()!.getFields();
  const subscriptions = supergraph.subscriptions.map((info) => ({ info, field: fields[info.field]! }));
  const messages: Record<string, Message> = { ...COMMON };
  const operations: Record<string, Operation> = { ...commonOperations() };
  const roots: string[] = [];
  for (const { info, field } of subscriptions) {
    const { name } = field;
    messages[`${name}Subscribe`] = subscribeMessage(field, supergraph);
    messages[`${name}Next`] = nextMessage(field);
    operations[`subscribe${pascal(name)}`] = subscribeOperation(info, field);
    roots.push(getNamedType(field.type).name, ...field.args.map(({ type }) => getNamedType(type).name));
  }
  return {
    channel: {
      address: '/graphql',
      title: 'GraphQL subscriptions',
      description: DESCRIPTION,
      messages: Object.fromEntries(Object.keys(messages).map((name) => [name, messageRef(name)])),
      bindings: { ws: { method: 'GET', headers: PROTOCOL_HEADER, bindingVersion: '0.1.0' } },
    },
    operations,
    messages,
    schemas: { ...eventSchemas(roots, apiSchema, supergraph), GraphQLError: GRAPHQL_ERROR },
  };
}

const PROTOCOL_HEADER: MessageSchema = {
  type: 'object',
  properties: { 'Sec-WebSocket-Protocol': { type: 'string', const: 'graphql-transport-ws' } },
  required: ['Sec-WebSocket-Protocol'],
};

function commonOperations(): Record<string, Operation> {
  const operation = (
    title: string,
    description: string,
    received: string,
    ...replies: string[]
  ): Operation => ({
    action: 'receive',
    channel: channelRef(CHANNEL),
    title,
    description,
    messages: [channelRef(CHANNEL, received)],
    ...(replies.length > 0 && {
      reply: {
        channel: channelRef(CHANNEL),
        messages: replies.map((name) => channelRef(CHANNEL, name)),
      },
    }),
  });
  return {
    connect: operation('Sign in', 'The first message of a socket.', 'connectionInit', 'connectionAck'),
    ping: operation('Ping', 'Asks whether the server is there.', 'ping', 'pong'),
    unsubscribe: operation('End a subscription', 'Nothing more is sent for the id.', 'complete'),
  };
}

function subscribeOperation(info: RootFieldInfo, { name, description }: Field): Operation {
  return {
    action: 'receive',
    channel: channelRef(CHANNEL),
    title: name,
    description: [description, permission(info)].filter(Boolean).join('\n\n'),
    messages: [channelRef(CHANNEL, `${name}Subscribe`)],
    reply: {
      channel: channelRef(CHANNEL),
      messages: [`${name}Next`, 'error', 'complete'].map((one) => channelRef(CHANNEL, one)),
    },
    ...(info.scopes.length > 0 && { 'x-required-scopes': [{ anyOf: info.scopes }] }),
  };
}

function subscribeMessage(field: Field, supergraph: SupergraphInfo): Message {
  const variables = field.args.map((argument) => {
    const schema: MessageSchema = asNamed(snake(argument.name), schemaOf(argument.type, 'in'));
    return [argument.name, { ...schema, description: argument.description ?? '' }] as const;
  });
  const payload: MessageSchema = {
    type: 'object',
    properties: {
      query: text('The document, with the fields that the client wants to have.'),
      operationName: {
        type: ['string', 'null'],
        description: 'Optional, unless there are several operations.',
      },
      variables: {
        type: 'object',
        description: 'The variables of the document; here those of the example, one for each argument.',
        properties: Object.fromEntries(variables),
      },
    },
    required: ['query'],
  };
  return {
    ...typedMessage('subscribe', `Subscribes to \`${field.name}\`.`, { id: ID, payload }),
    examples: [
      {
        payload: {
          id: '1',
          type: 'subscribe',
          payload: { query: exampleDocument(field, supergraph), variables: {} },
        },
      },
    ],
  };
}

/** A document with every argument as a variable and every field of the payload, but for entities and for fields with a permission of their own. */
function exampleDocument({ name, args, type }: Field, supergraph: SupergraphInfo): string {
  const declared = args.map((argument) => `$${argument.name}: ${String(argument.type)}`);
  const passed = args.map((argument) => `${argument.name}: $${argument.name}`);
  const inBrackets = (parts: readonly string[]) => (parts.length > 0 ? `(${parts.join(', ')})` : '');
  const selection = selectionOf(getNamedType(type), supergraph);
  return `subscription ${inBrackets(declared)} { ${name}${inBrackets(passed)} ${selection} }`;
}

function selectionOf(type: GraphQLNamedType, supergraph: SupergraphInfo): string {
  if (!isObjectType(type)) return '';
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const below = getNamedType(field.type);
    if (supergraph.guards.fields.has(`${type.name}.${field.name}`)) return [];
    if (isLeafType(below)) return [field.name];
    return supergraph.isEntity(below.name) ? [] : [`${field.name} ${selectionOf(below, supergraph)}`];
  });
  return `{ ${fields.join(' ')} }`;
}

function nextMessage(field: Field): Message {
  const data: MessageSchema = {
    type: ['object', 'null'],
    properties: { [field.name]: schemaOf(field.type, 'out') },
  };
  const payload: MessageSchema = {
    type: 'object',
    description: 'The result of one event: its data, and the errors of fields that could not be read.',
    properties: { data, errors: ERRORS },
  };
  return typedMessage('next', `An event of \`${field.name}\`.`, { id: ID, payload });
}
