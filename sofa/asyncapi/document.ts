/** The AsyncAPI document: the sockets of live events, from the subscriptions of the graph and the catalog of events. */
import { INFO, SECURITY_SCHEMES } from '../openapi/info';
import { LOCAL_HOST } from '../openapi/code-samples';
import type { Engine } from '../sofa-handlers';
import { graphSocket } from './graph-socket';
import { stockSocket } from './stock-socket';
import type { AsyncApiDocument, Socket } from './types';

export type { AsyncApiDocument } from './types';

const DESCRIPTION = `The sockets on which PosPro sends live events: GraphQL subscriptions, and stock as plain JSON. The same events reach other programs by
webhooks and by a feed, which the OpenAPI document describes. docs/LIVE.md is the guide.

Amounts and quantities are decimals as text. New fields may come at any time: ignore what you do not know.`;

/** Whether the graph has anything for the document; that of a test may have nothing. */
export function hasSubscriptions({ supergraph }: Engine): boolean {
  return supergraph.subscriptions.length > 0;
}

/** The same engine gives the same document, in the same order. The graph must have subscriptions. */
export function buildAsyncApi(engine: Engine): AsyncApiDocument {
  const stock = stockSocket(engine);
  const sockets: Record<string, Socket> = {
    graphql: graphSocket(engine),
    ...(stock && { stockUpdates: stock }),
  };
  const all = Object.values(sockets);
  const merged = <Part extends 'operations' | 'messages' | 'schemas'>(part: Part): Socket[Part] =>
    Object.assign({}, ...all.map((socket) => socket[part])) as Socket[Part];
  return {
    asyncapi: '3.1.0',
    info: { title: 'PosPro live events', version: INFO.version, description: DESCRIPTION, license: LICENSE },
    defaultContentType: 'application/json',
    servers: { plain: server('ws'), encrypted: server('wss') },
    channels: Object.fromEntries(Object.entries(sockets).map(([name, { channel }]) => [name, channel])),
    operations: merged('operations'),
    components: {
      securitySchemes: securitySchemes(),
      messages: merged('messages'),
      schemas: merged('schemas'),
    },
  };
}

const LICENSE = {
  name: INFO.license.name,
  url: `https://spdx.org/licenses/${INFO.license.identifier}.html`,
};

function server(protocol: 'ws' | 'wss'): object {
  return {
    host: '{host}',
    protocol,
    description: protocol === 'ws' ? 'A server on this machine.' : 'A server behind TLS.',
    variables: { host: { default: LOCAL_HOST, description: 'Host and port.' } },
  };
}

/** Those of REST that a socket takes, in the words of AsyncAPI, and the token in the address. */
function securitySchemes(): Record<string, object> {
  const { bearer, apiKey } = SECURITY_SCHEMES;
  const tokenInQuery = {
    type: 'httpApiKey',
    in: 'query',
    name: 'token',
    description: 'An access token or an API key, for clients that cannot set headers.',
  };
  return { bearer: bearer!, apiKey: { ...apiKey, type: 'httpApiKey' }, tokenInQuery };
}
