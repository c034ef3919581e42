/** The setting REDIS_URL: one server, or a cluster by some of its servers. */

export interface RedisAddress {
  /** Whether the servers are a cluster; the others are found through the given ones. */
  readonly cluster: boolean;
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The number of the database of a single server. */
  readonly database: number;
}

const SCHEMES = ['redis:', 'rediss:', 'redis+cluster:', 'rediss+cluster:'];
const DEFAULT_PORT = 6379;

/**
 * Reads `redis://[user:password@]host[:port][/database]`, or `redis+cluster://[user:password@]host[:port][,host[:port]…]`. With
 * `rediss` the connections use TLS.
 *
 * @throws Error whose message says what an address must be.
 *
 * @example
 * parseRedisAddress('redis+cluster://a:7000,b:7001').servers; // [{ host: 'a', port: 7000 }, { host: 'b', port: 7001 }]
 */
export function parseRedisAddress(text: string): RedisAddress {
  const [first, ...others] = text.split(',');
  const url = parsed(first!);
  const cluster = url?.protocol.endsWith('+cluster:') ?? false;
  if (!url || !SCHEMES.includes(url.protocol) || url.hostname === '')
    throw new Error('must be a redis://, rediss://, redis+cluster:// or rediss+cluster:// URL');
  if (others.length > 0 && !cluster)
    throw new Error('names several servers, which only a redis+cluster:// URL may');
  const servers = [url, ...others.map((other) => parsed(`redis://${other}`))].map(serverOf);
  const database = url.pathname.slice(1);
  if (!/^\d{0,3}$/.test(database) || (cluster && database !== ''))
    throw new Error('may end with the number of a database, and not for a cluster, which has only one');
  return {
    cluster,
    servers,
    tls: url.protocol.startsWith('rediss'),
    username: decoded(url.username),
    password: decoded(url.password),
    database: Number(database),
  };
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function serverOf(url: URL | undefined): RedisAddress['servers'][number] {
  if (!url || url.hostname === '') throw new Error('has a server that is not host or host:port');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? DEFAULT_PORT : Number(url.port) };
}

function decoded(text: string): string | undefined {
  return text === '' ? undefined : decodeURIComponent(text);
}
