/**
 * WebSocket upgrades go through the routes as any request does, so that the address behind proxies, the request's id and refusals
 * are the same as everywhere; a route then takes the socket over, or answers as to any request.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServerResponse, type IncomingMessage } from 'node:http';
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
    // A client that goes away during the handshake is nobody's fault.
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    // A refusal is the last thing said on this connection.
    response.shouldKeepAlive = false;
    response.on('finish', () => socket.end());
    response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
    pending.set(request, { socket, head, response });
    app.routing(request, response);
  });
}

/** Whether a request wants to become a WebSocket. */
export function wantsUpgrade(request: FastifyRequest): boolean {
  return pending.has(request.raw) && request.headers.upgrade?.toLowerCase() === 'websocket';
}

/** Takes a request's connection out of HTTP. */
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
