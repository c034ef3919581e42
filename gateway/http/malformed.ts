/**
 * Answers to what never becomes a whole request: bytes that are no HTTP, headers that are too long or come too slowly, bodies that nobody
 * waits for. Node has no
 * response object for them, so the answer is written to the socket itself, in the one form of errors, and the connection ends.
 */
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { maxHeaderSize, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PosProError, type ErrorCode } from '#kernel/errors';
import { problemHeaders, problemOf } from '#kernel/problem-details';
import { SECURITY_HEADERS } from './headers';

/** How long a sender may go on after having been refused. Whoever is cut off while sending would lose the answer. */
const LINGER_MS = 1_000;

/** What is wrong, by what Node calls it in an error's `code`. */
const PROBLEMS: Readonly<Record<string, [code: ErrorCode, message: string]>> = {
  HPE_HEADER_OVERFLOW: [
    'HEADERS_TOO_LARGE',
    `Address and headers together may have at most ${maxHeaderSize} bytes.`,
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['PAYLOAD_TOO_LARGE', 'The chunk extensions of the body are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive whole in time.'],
};

function problemFrom({ code = '' }: NodeJS.ErrnoException): PosProError {
  const [known, message] = PROBLEMS[code] ?? (['BAD_REQUEST', 'This is no request of HTTP/1.1.'] as const);
  return new PosProError(known, message);
}

/**
 * Ends the connection of a request that is answered before its body has come: a refused upload. Node would go on to read the rest, for as
 * long as an upload may take.
 */
export function closeUnread({ raw: { socket } }: FastifyRequest, reply: FastifyReply): void {
  reply.header('connection', 'close');
  // Called by Node once the answer is written; it would cut off one who is still sending, and the answer would be lost on the way.
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
}

/** A whole HTTP answer, which is the last one on its connection. */
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
 * Makes the handler of what cannot be read, for the option `clientErrorHandler`.
 * @param count counts it for the address of the connection, and gives the refusal where there have been too many.
 */
export function refuseMalformed(
  count: (address: string) => Promise<PosProError | undefined>,
): (this: FastifyInstance, error: NodeJS.ErrnoException, socket: Socket) => void {
  const refused = new WeakSet<Socket>();
  return function (error, socket) {
    // The rest of what a refused sender goes on to send is heard here again, and is of no interest.
    if (socket.destroyed || refused.has(socket)) return;
    refused.add(socket);
    // A client that went away, or one that is owed another answer: what is said now would be taken for that one.
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

/** Remembers which answer a connection waits for. */
export function noteExchange(request: IncomingMessage, response: ServerResponse): void {
  exchanges.set(request.socket, { request, response });
}

/** Whether an answer is being written, or is still to come for a request that did arrive whole. */
function isOwedAnswer(socket: Socket): boolean {
  const last = exchanges.get(socket);
  if (!last || last.response.writableFinished) return false;
  return last.response.headersSent || last.request.complete;
}
