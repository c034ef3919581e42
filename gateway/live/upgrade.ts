/**
 * WebSocket upgrades go through the routes like any request, so that the address behind proxies, the request's
 * id and errors are the same as everywhere; a route then takes over the socket, or answers as usual.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';

interface Pending {
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly response: ServerResponse;
}

const pending = new WeakMap<IncomingMessage, Pending>();

/** Hands every upgrade request to the routes. */
export function routeUpgrades(app: FastifyInstance): void {
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!asksForWebSocket(request)) {
      answerAsIs(app.server, request, socket, head);
      return;
    }
    // A client that leaves during the handshake is not an error.
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    // An error is the last answer on this connection.
    response.shouldKeepAlive = false;
    response.on('finish', () => socket.end());
    response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
    pending.set(request, { socket, head, response });
    app.routing(request, response);
  });
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** Headers that only offer another protocol. */
const OFFERS = new Set(['upgrade', 'http2-settings', 'connection']);

/**
 * A server may ignore an offer of another protocol: Java's HttpClient and `curl --http2` offer HTTP/2 with
 * every request. Node stops reading such a connection after the headers, including the body, so the request is
 * put back without the offer and read again.
 */
function answerAsIs(
  server: Server,
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name, value] = [rawHeaders[at]!, rawHeaders[at + 1]!];
    if (!OFFERS.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

/** Whether a request is a WebSocket upgrade. */
export function wantsUpgrade(request: FastifyRequest): boolean {
  return pending.has(request.raw);
}

/** Detaches a request's connection from HTTP. */
export function takeOver(
  server: WebSocketServer,
  request: FastifyRequest,
  reply: FastifyReply,
  onOpen: (socket: WebSocket) => void,
): FastifyReply {
  const { socket, head, response } = pending.get(request.raw)!;
  pending.delete(request.raw);
  reply.hijack();
  response.detachSocket(socket as Parameters<ServerResponse['detachSocket']>[0]);
  server.handleUpgrade(request.raw, socket, head, onOpen);
  return reply;
}
