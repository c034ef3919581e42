/**
 * Answers incomplete requests: invalid HTTP, headers that are too long or too slow, unread bodies. Node has no
 * response object for them, so the answer is written to the socket itself, as a problem document, and the
 * connection is closed.
 */
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { maxHeaderSize, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PosProError, type ErrorCode } from '#kernel/errors';
import { problemHeaders, problemOf } from '#kernel/problem-details';
import { SECURITY_HEADERS } from './headers';

/** Time for which a rejected sender may continue. A sender that is cut off while sending would lose the answer. */
const LINGER_MS = 1_000;

const TOO_SLOW: readonly [code: ErrorCode, message: string] = [
  'REQUEST_TIMEOUT',
  'The request did not arrive whole in time.',
];

/** The errors by the `code` of Node's error. */
const PROBLEMS: Readonly<Record<string, readonly [code: ErrorCode, message: string]>> = {
  HPE_HEADER_OVERFLOW: [
    'HEADERS_TOO_LARGE',
    `Address and headers together may have at most ${maxHeaderSize} bytes.`,
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['PAYLOAD_TOO_LARGE', 'The chunk extensions of the body are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: TOO_SLOW,
};

function problemFrom({ code = '' }: NodeJS.ErrnoException): PosProError {
  const [known, message] =
    PROBLEMS[code] ?? (['BAD_REQUEST', 'This is not a valid request of HTTP/1.1.'] as const);
  return new PosProError(known, message);
}

/**
 * Closes the connection of a request that is answered before its body has arrived, such as a rejected upload.
 * Node would continue to read the rest, for as long as an upload may take.
 */
export function closeUnread({ raw: { socket } }: FastifyRequest, reply: FastifyReply): void {
  reply.header('connection', 'close');
  // Node calls this once the answer is written; it would cut off a sender, and the answer would be lost.
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
}

/**
 * Answers a request whose body does not arrive in time, and closes its connection. The reader of the body is still waiting, so the answer
 * passes it by.
 */
export function rejectSlow({ raw, id }: FastifyRequest, reply: FastifyReply): void {
  const { socket } = raw;
  if (reply.raw.headersSent || !socket.writable) raw.destroy();
  else socket.end(answerOf(new PosProError(...TOO_SLOW), id), () => raw.destroy());
}

/** A complete HTTP answer, the last one on its connection. */
function answerOf(error: PosProError, requestId: string): string {
  const body = JSON.stringify(problemOf(error, requestId));
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    ...problemHeaders(error),
    'x-request-id': requestId,
    date: new Date().toUTCString(),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`;
}

/**
 * Makes the handler of unreadable requests, for the option `clientErrorHandler`.
 * @param count counts it for the address of the connection, and returns an error above the limit.
 */
export function rejectMalformed(
  count: (address: string) => Promise<PosProError | undefined>,
): (this: FastifyInstance, error: NodeJS.ErrnoException, socket: Socket) => void {
  const refused = new WeakSet<Socket>();
  return function (error, socket) {
    // The rest of a rejected request arrives here again, and is ignored.
    if (socket.destroyed || refused.has(socket)) return;
    refused.add(socket);
    // The client has left, or waits for another answer, for which it would mistake this one.
    if (error.code === 'ECONNRESET' || !socket.writable || isOwedAnswer(socket)) {
      socket.destroy();
      return;
    }
    void count(socket.remoteAddress ?? '').then((refusal) =>
      refuse(socket, error, refusal ?? problemFrom(error), this.log),
    );
  };
}

function refuse(
  socket: Socket,
  { code: reason }: NodeJS.ErrnoException,
  problem: PosProError,
  log: FastifyBaseLogger,
): void {
  const requestId = randomUUID();
  log.info({ requestId, address: socket.remoteAddress, reason }, 'a request could not be read');
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
  socket.end(answerOf(problem, requestId));
}

const exchanges = new WeakMap<Socket, { request: IncomingMessage; response: ServerResponse }>();

/** Records the pending answer of a connection. */
export function noteExchange(request: IncomingMessage, response: ServerResponse): void {
  exchanges.set(request.socket, { request, response });
}

/** Whether an answer is being written, or pending for a complete request. */
function isOwedAnswer(socket: Socket): boolean {
  const last = exchanges.get(socket);
  if (!last || last.response.writableFinished) return false;
  return last.response.headersSent || last.request.complete;
}
