/**
 * `/ws/stock-updates`: stock as plain JSON messages, for clients without GraphQL. It uses the subscription
 * `stockChanged`, so that permissions, filters and sharing are the same.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parse, type ExecutionResult } from 'graphql';
import { WebSocketServer, type WebSocket } from 'ws';
import { createContext, type RequestContext, type Services } from '#kernel/context';
import { invalid, notFound, PosProError } from '#kernel/errors';
import { isLater, presentCursor } from '#kernel/events/outbox';
import type { Stream } from '#kernel/graph/event-stream';
import { isUuid } from '#kernel/ids';
import { countOperations } from '../http/admission';
import { requestMeta } from '../http/credentials';
import { asPosProError } from '../http/errors';
import { CLOSE, closeCodeOf } from './close-codes';
import type { SharedSubscriptions } from './shared-subscriptions';
import type { Holder, LiveSocket, LiveSockets } from './sockets';
import { takeOver, wantsUpgrade } from './upgrade';

export interface StockSocketOptions {
  readonly services: Services;
  readonly sockets: LiveSockets;
  readonly shared: SharedSubscriptions;
}

const PATH = '/ws/stock-updates';
/** Clients send a token and pings, nothing else. */
const MAX_MESSAGE_BYTES = 8 * 1024;
/** Time limit for the token, if the request had none. */
const TOKEN_WITHIN_MS = 3_000;

const DOCUMENT = parse(`
  subscription StockUpdates($branchId: ID, $productId: ID, $since: String) {
    stockChanged(branchId: $branchId, productId: $productId, since: $since) {
      cursor productId variantId sku warehouseId branchId available onHand delta reason at
    }
  }`);

interface Change {
  readonly cursor: string;
  readonly productId: string;
  readonly variantId: string;
  readonly sku: string;
  readonly warehouseId: string;
  readonly branchId: string | null;
  readonly available: string;
  readonly onHand: string;
  readonly delta: string;
  readonly reason: string;
  readonly at: string;
}

interface Filter extends Record<string, unknown> {
  readonly branchId: string | undefined;
  readonly productId: string | undefined;
  readonly since: string | undefined;
}

/** Mounts the route. Its query may contain tokens, so requests to it are not logged. */
export function mountStockUpdates(app: FastifyInstance, options: StockSocketOptions): void {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  app.get(PATH, { logLevel: 'silent' }, async (request, reply) => {
    if (!wantsUpgrade(request)) {
      reply.header('upgrade', 'websocket');
      throw new PosProError('BAD_REQUEST', `${PATH} is a WebSocket: connect with ws:// or wss://.`);
    }
    const filter = filterOf(request);
    const token = tokenOf(request);
    if (token === undefined)
      return takeOver(server, request, reply, (socket) => awaitToken(options, socket, request, filter));
    // Rejected like any request, before there is a socket.
    const holder = await options.sockets.holderOf(token);
    const feed = new StockFeed(options, holder, request, filter);
    await feed.open();
    return openSocket(server, request, reply, { options, feed, holder });
  });
}

function openSocket(
  server: WebSocketServer,
  request: FastifyRequest,
  reply: FastifyReply,
  { options, feed, holder }: { options: StockSocketOptions; feed: StockFeed; holder: Holder },
): FastifyReply {
  takeOver(server, request, reply, (socket) => {
    const live = options.sockets.add(socket, requestMeta(request));
    socket.on('message', (data) => answerPing(live, textOf(data)));
    try {
      options.sockets.hold(live, holder);
    } catch (error) {
      const known = asPosProError(error);
      live.close(closeCodeOf(known), `${known.code}: ${known.message}`);
    }
    feed.serve(live, options.services);
  });
  void feed.closeUnserved();
  return reply;
}

/** Waits for `{"type": "auth", "token": "…"}`. */
function awaitToken(
  options: StockSocketOptions,
  socket: WebSocket,
  request: FastifyRequest,
  filter: Filter,
): void {
  const { sockets, services } = options;
  const live = sockets.add(socket, requestMeta(request));
  const late = setTimeout(
    () => live.close(CLOSE.forbidden, 'UNAUTHENTICATED: send {"type":"auth","token":"…"} first.'),
    TOKEN_WITHIN_MS,
  );
  socket.once('close', () => clearTimeout(late));
  socket.once('message', (data) => {
    clearTimeout(late);
    socket.on('message', (next) => answerPing(live, textOf(next)));
    begin(textOf(data)).catch((error: unknown) => {
      const known = asPosProError(error);
      if (known.code === 'INTERNAL') services.log.error({ err: error }, 'a stock feed could not be opened');
      live.close(closeCodeOf(known), `${known.code}: ${known.message}`);
    });
  });
  const begin = async (text: string) => {
    const message = messageOf(text);
    const token = typeof message?.token === 'string' ? message.token : undefined;
    if (token === undefined)
      throw new PosProError('UNAUTHENTICATED', 'Send {"type":"auth","token":"…"} first.');
    const holder = await sockets.holderOf(token.replace(/^Bearer +/i, ''));
    const feed = new StockFeed(options, holder, request, filter);
    await feed.open(live);
    sockets.hold(live, holder);
    feed.serve(live, services);
  };
}

/** One client's subscription, from its opening to its end. */
class StockFeed {
  private readonly context: RequestContext;
  private live: LiveSocket | undefined;
  private stream: Stream<ExecutionResult> | undefined;
  private overflowed = false;
  private served = false;
  private cursor = '';

  constructor(
    private readonly options: StockSocketOptions,
    { actor, token }: Holder,
    request: FastifyRequest,
    private readonly filter: Filter,
  ) {
    this.context = createContext(options.services, actor, { ...requestMeta(request), token });
  }

  /** @throws PosProError for a missing permission, an unknown branch, or an invalid cursor. */
  async open(live?: LiveSocket): Promise<void> {
    this.live = live;
    await countOperations(this.context, 1);
    const request = {
      document: DOCUMENT,
      documentKey: 'live:stock-updates',
      variables: this.filter,
      context: this.context,
    };
    const { since } = this.filter;
    const opened = await this.options.shared.subscribe(request, {
      resumes: since !== undefined,
      onOverflow: () => {
        this.overflowed = true;
        this.live?.close(
          CLOSE.tooSlow,
          'Too slow: more was waiting than is kept. Connect again with your last cursor.',
        );
      },
    });
    if (!(Symbol.asyncIterator in opened)) throw refusalOf(opened);
    this.stream = opened;
    // Read after subscribing: earlier changes are in the levels that the client reads, later ones are sent.
    this.cursor = since ?? (await presentCursor(this.context.db));
  }

  /** Ends a feed without a socket: the client has left meanwhile, or its handshake was invalid. */
  async closeUnserved(): Promise<void> {
    if (!this.served) await this.stream?.return();
  }

  serve(live: LiveSocket, { log }: Services): void {
    this.live = live;
    this.served = true;
    const stream = this.stream!;
    const { socket } = live;
    if (this.overflowed) live.close(CLOSE.tooSlow, 'Too slow.');
    // The socket may have closed while the subscription was being opened.
    if (socket.readyState === socket.CLOSED) void stream.return();
    socket.once('close', () => void stream.return());
    this.pump(live, stream).catch((error: unknown) => {
      const known = knownError(error);
      if (known.code === 'INTERNAL') log.error({ err: error }, 'a stock feed failed');
      live.close(closeCodeOf(known), `${known.code}: ${known.message}`);
    });
  }

  private async pump({ socket }: LiveSocket, stream: Stream<ExecutionResult>): Promise<void> {
    await send(socket, { type: 'ready', cursor: this.cursor });
    for (let next = await stream.next(); !next.done; next = await stream.next()) {
      const { data, errors } = next.value;
      if (errors?.length) throw errors[0]!;
      const change = data!.stockChanged as Change;
      if (this.filter.since === undefined && !isLater(change.cursor, this.cursor)) continue;
      await send(socket, messageFor(change));
    }
  }
}

function messageFor(change: Change): Record<string, unknown> {
  return {
    type: 'stock',
    cursor: change.cursor,
    product_id: change.productId,
    variant_id: change.variantId,
    sku: change.sku,
    warehouse_id: change.warehouseId,
    branch_id: change.branchId,
    available: change.available,
    on_hand: change.onHand,
    delta: change.delta,
    reason: change.reason,
    at: change.at,
  };
}

function send(socket: WebSocket, message: object): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) resolve();
    // If sending fails the socket closes, and that ends the feed.
    else socket.send(JSON.stringify(message), () => resolve());
  });
}

function answerPing(live: LiveSocket, text: string): void {
  if (messageOf(text)?.type === 'ping') void send(live.socket, { type: 'pong' });
  else live.close(CLOSE.badMessage, 'Only {"type":"ping"} is understood here.');
}

function messageOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Invalid JSON is not a message; the caller reports it.
    return undefined;
  }
}

function textOf(data: unknown): string {
  return Buffer.isBuffer(data) ? data.toString() : '';
}

/** The parameters of the query. */
const QUERY_NAMES = ['branch_id', 'product_id', 'since', 'token'];

/**
 * @throws PosProError 422 for an unknown name: a misspelt filter would send everything. 404 for an invalid
 * product id.
 */
function filterOf(request: FastifyRequest): Filter {
  const query = request.query as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(query).find((name) => !QUERY_NAMES.includes(name) && !name.startsWith('_'));
  if (unknown !== undefined) {
    throw invalid(
      unknown.slice(0, 60),
      `Unknown parameter. Known parameters: ${QUERY_NAMES.join(', ')}.`,
      'UNKNOWN_FIELD',
    );
  }
  const text = (name: string) => {
    const value = query[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const productId = text('product_id');
  if (productId !== undefined && !isUuid(productId)) throw notFound('product', productId);
  return { branchId: text('branch_id'), productId, since: text('since') };
}

/** From the Authorization header, the X-API-Key header, or the query: browsers can set no headers for a WebSocket. */
function tokenOf({ headers, query }: FastifyRequest): string | undefined {
  const { token } = query as { token?: unknown };
  const given = headers.authorization ?? headers['x-api-key'] ?? token;
  return typeof given === 'string' && given !== '' ? given.replace(/^Bearer +/i, '').trim() : undefined;
}

function refusalOf({ errors }: ExecutionResult): PosProError {
  const original = errors?.[0]?.originalError;
  return original instanceof PosProError ? original : asPosProError(original);
}

function knownError(error: unknown): PosProError {
  const { originalError } = error as { originalError?: unknown };
  return asPosProError(originalError ?? error);
}
