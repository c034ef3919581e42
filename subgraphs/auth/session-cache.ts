/**
 * Checks that a session is still open, and reads the current permissions of its user. Every request needs this, so the result is
 * cached for a few seconds. Changes made by this process or reported by the bus clear it immediately.
 */
import { LRUCache } from 'lru-cache';
import type { SignedInActor } from '#kernel/auth/actor';
import { verifyAccessToken, type AccessClaims } from '#kernel/auth/tokens';
import type { Services } from '#kernel/context';
import { sql, type Database } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import type { Stop } from '#kernel/graph/subgraph';
import { scopesOfUser } from './roles.rules';

/** Maximum time for which a revoked session still works, in a process that the event has not reached. */
export const SESSION_CACHE_MS = 5000;

const MAX_SESSIONS = 20_000;

interface Entry {
  readonly userId: string;
  readonly organizationId: string;
  /** Milliseconds since 1970. */
  readonly untilMs: number;
  /** A promise, so that a hundred requests at once cost one statement. */
  readonly actor: Promise<SignedInActor | undefined>;
}

type SessionServices = Pick<Services, 'database' | 'clock' | 'bus'>;

/** Recently used sessions with the permissions of their users. */
export class SessionCache {
  private readonly database: Database;
  private readonly entries = new LRUCache<string, Entry>({ max: MAX_SESSIONS });

  constructor(database: Database) {
    this.database = database;
  }

  /** @returns undefined if the session has ended or its user is disabled. */
  actorOf(claims: AccessClaims, now: Date): Promise<SignedInActor | undefined> {
    const cached = this.entries.get(claims.sessionId);
    // The cached result may come from another token with the same session id, so the claims are compared too.
    if (cached && cached.untilMs > now.getTime() && matchesClaims(cached, claims)) return cached.actor;
    const actor = this.read(claims, now);
    const entry = {
      userId: claims.userId,
      organizationId: claims.organizationId,
      untilMs: now.getTime() + SESSION_CACHE_MS,
      actor,
    };
    this.entries.set(claims.sessionId, entry);
    // A short outage of the database must not be cached for five seconds; the caller gets the error itself.
    actor.catch(() => {
      if (this.entries.peek(claims.sessionId) === entry) this.entries.delete(claims.sessionId);
    });
    return actor;
  }

  forgetSession(sessionId: string): void {
    this.entries.delete(sessionId);
  }

  forgetUser(userId: string): void {
    this.forget((entry) => entry.userId === userId);
  }

  forgetOrganization(organizationId: string): void {
    this.forget((entry) => entry.organizationId === organizationId);
  }

  private forget(matches: (entry: Entry) => boolean): void {
    for (const [sessionId, entry] of [...this.entries.entries()]) {
      if (matches(entry)) this.entries.delete(sessionId);
    }
  }

  private async read(claims: AccessClaims, now: Date): Promise<SignedInActor | undefined> {
    const row = await this.database.system.maybeOne<{
      userId: string;
      organizationId: string;
      branchId: string | null;
      vendorId: string | null;
      role: string;
      scopes: string[];
    }>(sql`
      select s.user_id, s.organization_id, u.branch_id, u.vendor_id, r.name as role, r.scopes
      from sessions s join users u on u.id = s.user_id join roles r on r.id = u.role_id
      where s.id = ${claims.sessionId} and s.user_id = ${claims.userId} and s.organization_id = ${claims.organizationId}
        and s.revoked_at is null and s.expires_at > ${now} and u.disabled_at is null`);
    if (!row) return undefined;
    return {
      kind: 'user',
      userId: row.userId,
      organizationId: row.organizationId,
      branchId: row.branchId ?? undefined,
      role: row.role,
      scopes: new Set(scopesOfUser(row.scopes, row.vendorId)),
      sessionId: claims.sessionId,
      ...(row.vendorId !== null && { vendorId: row.vendorId }),
    };
  }
}

function matchesClaims(entry: Entry, claims: AccessClaims): boolean {
  return entry.userId === claims.userId && entry.organizationId === claims.organizationId;
}

const perDatabase = new WeakMap<Database, SessionCache>();

/** The session cache of this process; there is one per database. */
export function sessionCacheOf(services: Pick<Services, 'database'>): SessionCache {
  let sessions = perDatabase.get(services.database);
  if (!sessions) {
    sessions = new SessionCache(services.database);
    perDatabase.set(services.database, sessions);
  }
  return sessions;
}

/**
 * Authenticates the access token of a login.
 * @throws PosProError 401: TOKEN_EXPIRED, TOKEN_REVOKED if the session has ended, otherwise UNAUTHENTICATED.
 */
export async function authenticate(
  services: SessionServices & Pick<Services, 'config'>,
  bearerToken: string,
): Promise<SignedInActor> {
  const now = services.clock.now();
  const claims = verifyAccessToken(services.config, bearerToken, now);
  const actor = await sessionCacheOf(services).actorOf(claims, now);
  if (!actor)
    throw new PosProError('TOKEN_REVOKED', 'This session has ended. Sign in again with POST /auth/login.');
  return actor;
}

/** Clears cached sessions when other processes change sessions, users or roles. @returns a function that stops it. */
export function followSessionChanges(services: SessionServices): Stop {
  const sessions = sessionCacheOf(services);
  const subscriptions = [
    services.bus.subscribeEarly('session.revoked', (event) => sessions.forgetSession(event.key)),
    services.bus.subscribeEarly('user.changed', (event) => sessions.forgetUser(event.key)),
    services.bus.subscribeEarly('role.changed', ({ organizationId }) =>
      sessions.forgetOrganization(organizationId),
    ),
  ];
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe();
    return Promise.resolve();
  };
}
