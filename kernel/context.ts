import type { Logger } from 'pino';
import { vendorOf, type Actor } from './auth/actor';
import type { Caches } from './cache';
import type { Clock } from './clock';
import type { Config } from './config';
import type { Database, Queryable } from './db/database';
import type { PrismaReader } from './db/prisma';
import type { EventBus } from './events/bus';
import type { Ids } from './ids';
import { UnsharedCaches } from './unshared-caches';

/** The services that a running process offers to every domain. Created once at start-up. */
export interface Services {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly database: Database;
  readonly bus: EventBus;
  readonly caches: Caches;
}

/** Notes that an operation leaves for the HTTP layer, which turns them into headers. */
export interface ReplyNotes {
  /** Set if an idempotency key replayed an earlier answer. */
  replayed?: boolean;
  /** Headers of the answer, such as those of the rate limit. */
  headers?: Readonly<Record<string, string>>;
  /** Orders that the request posted, whose answer alone shows the codes of new gift cards, and the payments of a training sale. */
  posted?: readonly string[] | undefined;
}

/** Data of the request itself, for every protocol. */
export interface RequestMeta {
  readonly requestId: string;
  /** The client's address, after trusted proxies. */
  readonly address: string;
  /** The caller's bearer token or API key, which a subgraph in another process verifies itself. */
  readonly token?: string | undefined;
  readonly userAgent?: string;
  readonly idempotencyKey?: string;
  /** The versions of `If-Match`, of which the record to change must have one; undefined if any will do (kernel/db/versions.ts). */
  readonly ifMatch?: readonly number[];
  /** The header `Accept-Language`, as sent. */
  readonly acceptLanguage?: string | undefined;
  /** The caller's spelling of field names: 'rest' for REST. Optional; defaults to the graph's. */
  readonly names?: 'rest';
  /** The running mutation of the graph; its resolver gets a context with it, and the audit trail names it. */
  readonly operation?: OperationMeta;
  /** False keeps the platform's own bookkeeping out of the audit trail. */
  readonly recorded?: boolean;
}

/** A requested mutation. */
export interface OperationMeta {
  /** The field's name, for example "createProduct". */
  readonly name: string;
  /** Its arguments, as sent. */
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * The first argument of every operation: the caller, the organization, and all services of the process.
 * A context lives as long as one request, or one event of a subscription.
 */
export interface RequestContext extends Services {
  readonly request: RequestMeta;
  readonly actor: Actor;
  /** Reads under the caller's organization, for a vendor's user under the vendor: row-level security hides all other rows. */
  readonly db: Queryable;
  /** The same with Prisma: for plain rows, found by id or by simple filters. */
  readonly prisma: PrismaReader;
  /** Like `db`, for reports: from the replica if one is configured, in use, and has what the organization has written. */
  readonly reports: Queryable;
  readonly reply: ReplyNotes;
  /** Loaders of this request, made on first use; see `loader` in kernel/graph. */
  readonly loaders: Map<string, unknown>;
}

/** Puts together the context of one request. */
export function createContext(services: Services, actor: Actor, request: RequestMeta): RequestContext {
  const organizationId = actor.kind === 'anonymous' ? undefined : actor.organizationId;
  const vendorId = vendorOf(actor);
  const { config, clock, ids, log, database, bus, caches } = services;
  // Every request makes one, and a list of names is several times faster than a spread.
  return {
    config,
    clock,
    ids,
    log,
    database,
    bus,
    caches: vendorId === undefined ? caches : new UnsharedCaches(services),
    request,
    actor,
    db: database.forOrganization(organizationId, vendorId),
    prisma: database.prismaFor(organizationId, vendorId),
    reports: database.replicaForOrganization(organizationId, vendorId),
    reply: {},
    loaders: new Map(),
  };
}

/** Facts about the platform's own work. */
export interface SystemWork extends Partial<Pick<RequestMeta, 'requestId' | 'recorded'>> {
  /** The name of the worker; the audit trail shows it in place of a client's address. */
  readonly address: string;
  readonly branchId?: string;
}

/** The context of the platform's own work inside one organization, without a request: a worker, a listener, a script. */
export function systemContext(services: Services, organizationId: string, work: SystemWork): RequestContext {
  const { branchId, ...options } = work;
  return createContext(
    services,
    { kind: 'system', organizationId, branchId },
    { requestId: services.ids.next(), ...options },
  );
}
