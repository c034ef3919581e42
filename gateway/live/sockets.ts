/** All sockets of the process: the holder of each, its liveness, and its end when the holder loses access. */
import type { WebSocket } from 'ws';
import type { Actor, SignedInActor } from '#kernel/auth/actor';
import type { RequestMeta, Services } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import { CLOSE_GRACE_MS } from '../stop-times';
import { CLOSE, closeReason } from './close-codes';

/** The holder of a socket. */
export interface Holder {
  readonly actor: SignedInActor;
  readonly token: string;
}

/** One client's connection. */
export interface LiveSocket {
  readonly socket: WebSocket;
  readonly meta: RequestMeta;
  /** Undefined until the token has arrived. */
  holder: Holder | undefined;
  /** Stops its subscriptions immediately and sends the reason. */
  close(code: number, reason: string): void;
}

type Authenticate = (token: string) => Promise<Actor>;

/** A socket that has not answered a ping by the next one is dead. */
const PING_EVERY_MS = 25_000;
/** Each holder is checked regularly, in addition to events about changes. */
const RECHECK_EVERY_MS = 60_000;
/** Maximum sockets of a user or of an API key. */
const MAX_PER_HOLDER = 50;

/** Events after which a holder may have lost access. */
const CHANGES = ['session.revoked', 'user.changed', 'role.changed', 'apiKey.revoked'] as const;

export class LiveSockets {
  private readonly sockets = new Set<LiveSocket>();
  private readonly expiries = new Map<LiveSocket, NodeJS.Timeout>();
  private readonly ends: (() => void)[];
  private stopping = false;

  constructor(
    private readonly services: Services,
    private readonly authenticate: Authenticate,
  ) {
    const { bus } = services;
    const ping = setInterval(() => this.ping(), PING_EVERY_MS);
    const recheck = setInterval(() => void this.recheck(() => true), RECHECK_EVERY_MS);
    for (const timer of [ping, recheck]) timer.unref();
    this.ends = CHANGES.map((type) =>
      bus.subscribeEarly(type, (event) => {
        const concerned = ({ actor }: Holder) => actor.organizationId === event.organizationId;
        // The session cache is cleared by the same event; the check runs after that.
        setImmediate(() => void this.recheck(concerned));
      }),
    );
    this.ends.push(
      () => clearInterval(ping),
      () => clearInterval(recheck),
    );
  }

  get count(): number {
    return this.sockets.size;
  }

  /** Registers a new socket. */
  add(socket: WebSocket, meta: RequestMeta): LiveSocket {
    const entry: LiveSocket = {
      socket,
      meta,
      holder: undefined,
      close: (code, reason) => closeSocket(socket, code, reason),
    };
    this.sockets.add(entry);
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    socket.on('error', (error) => this.services.log.debug({ err: error }, 'a socket failed'));
    socket.once('close', () => {
      this.sockets.delete(entry);
      clearTimeout(this.expiries.get(entry));
      this.expiries.delete(entry);
    });
    if (this.stopping) entry.close(CLOSE.goingAway, 'The server stops.');
    return entry;
  }

  /** Identifies the holder of a token. @throws PosProError 401, or 429 for too many sockets. */
  async holderOf(token: string): Promise<Holder> {
    const actor = await this.authenticate(token);
    if (actor.kind !== 'user' && actor.kind !== 'apiKey')
      throw new PosProError('UNAUTHENTICATED', 'Sign in first.');
    if (this.heldBy(actor) >= MAX_PER_HOLDER) throw tooMany();
    return { actor, token };
  }

  /**
   * Sets the holder of a socket; it is closed when the token expires.
   * @throws PosProError RATE_LIMITED if the holder has too many others meanwhile.
   */
  hold(entry: LiveSocket, holder: Holder): void {
    if (this.heldBy(holder.actor) >= MAX_PER_HOLDER) throw tooMany();
    entry.holder = holder;
    const expiry = expiryOf(holder.token);
    if (expiry === undefined) return;
    const left = expiry - this.services.clock.now().getTime();
    const end = () =>
      entry.close(CLOSE.forbidden, 'TOKEN_EXPIRED: the access token has expired; get a new one.');
    const timer = setTimeout(end, Math.max(left, 0));
    timer.unref();
    this.expiries.set(entry, timer);
  }

  /** Sends every client a close frame, and waits a moment until they have closed. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const end of this.ends.splice(0)) end();
    const gone = [...this.sockets].map(
      (entry) => new Promise<void>((resolve) => entry.socket.once('close', () => resolve())),
    );
    for (const entry of this.sockets) entry.close(CLOSE.goingAway, 'The server stops.');
    await Promise.all(gone);
  }

  private heldBy(actor: SignedInActor): number {
    const name = nameOf(actor);
    let held = 0;
    for (const { holder } of this.sockets) if (holder && nameOf(holder.actor) === name) held += 1;
    return held;
  }

  private ping(): void {
    for (const { socket } of this.sockets) {
      if (!alive.delete(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
    }
  }

  private async recheck(concerned: (holder: Holder) => boolean): Promise<void> {
    for (const entry of [...this.sockets]) {
      const { holder } = entry;
      if (holder && concerned(holder)) await this.recheckOne(entry, holder);
    }
  }

  private async recheckOne(entry: LiveSocket, { token, actor }: Holder): Promise<void> {
    try {
      const now = await this.authenticate(token);
      if (sameRights(actor, now)) return;
      entry.close(CLOSE.forbidden, 'PERMISSIONS_CHANGED: connect again to go on with what you may do now.');
    } catch (error) {
      // If the check is not possible now, the next one will do it.
      if (!(error instanceof PosProError) || error.status !== 401) return;
      entry.close(CLOSE.forbidden, `${error.code}: ${error.message}`);
    }
  }
}

/** API keys do not share the limit with their creator. */
function nameOf({ kind, userId, sessionId }: SignedInActor): string {
  return kind === 'apiKey' ? sessionId : userId;
}

function tooMany(): PosProError {
  return new PosProError(
    'RATE_LIMITED',
    `A user or an API key may have at most ${MAX_PER_HOLDER} sockets at a time; close some.`,
  );
}

/** The sockets that have answered the last ping. */
const alive = new WeakSet<WebSocket>();

function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState === socket.CLOSED || socket.readyState === socket.CLOSING) return;
  socket.close(code, closeReason(reason));
  const timer = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

function sameRights(before: SignedInActor, now: Actor): boolean {
  if (now.kind !== before.kind || now.branchId !== before.branchId || now.role !== before.role) return false;
  return now.scopes.size === before.scopes.size && [...now.scopes].every((scope) => before.scopes.has(scope));
}

/**
 * The expiry of an access token, in milliseconds since 1970; it has been verified already. Undefined for an API
 * key.
 */
function expiryOf(token: string): number | undefined {
  const payload = token.split('.')[1];
  if (payload === undefined) return undefined;
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: unknown };
  return typeof exp === 'number' ? exp * 1000 : undefined;
}
