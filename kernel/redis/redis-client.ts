/** Connections to Redis, with options for a platform that serves without it. */
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress } from './redis-address.rules';

export type RedisClient = Redis | Cluster;

/** A connection whose server sends nothing for this time, although it owes an answer, is replaced. */
const SILENT_SOCKET_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;
const LONGEST_PAUSE_MS = 500;
/** A command that a cluster sends on more often than this is late anyway. */
const MAX_REDIRECTIONS = 3;

/**
 * The reason of an error, for the log. The error itself must not be logged: it has the command with its arguments, and of a rejected login
 * that is the password.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { lastNodeError } = error as { lastNodeError?: unknown };
  return lastNodeError === undefined ? error.message : `${error.message} ${reasonOf(lastNodeError)}`;
}

/** Connects in the background, again and again. Commands fail immediately while there is no connection. */
export function connectRedis(address: RedisAddress): RedisClient {
  const { cluster, servers, tls, username, password, database } = address;
  const retryStrategy = (times: number) => Math.min(50 * times, LONGEST_PAUSE_MS);
  const options: RedisOptions = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    connectionName: 'pospro',
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENT_SOCKET_MS,
    // A count that may have been made must not be made again, and a request does not wait for a new connection.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  };
  // Without automatic pipelines: one of ioredis 6.0.0 threw outside of any promise, which ends the process.
  const common = { enableOfflineQueue: false, enableAutoPipelining: false };
  if (!cluster) return new Redis({ ...servers[0]!, ...options, ...common, db: database, retryStrategy });
  return new Cluster([...servers], {
    ...common,
    clusterRetryStrategy: retryStrategy,
    redisOptions: options,
    maxRedirections: MAX_REDIRECTIONS,
    // The certificates of a cluster are for its names, and its servers know each other by them.
    ...(tls && { dnsLookup: (host, done) => done(null, host) }),
  });
}
