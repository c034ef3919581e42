/**
 * Restricts the addresses of webhooks. A name is looked up when the connection is made, all its addresses are checked then, and the
 * address that was actually reached is checked again, so that a name cannot be redirected between the check and the connection.
 */
import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { addressMatcher } from '#kernel/ip-addresses';
import type { Config } from '#kernel/config';
import { invalid } from '#kernel/errors';

/** IPv4 addresses outside the public network (IANA's special-purpose registry), and Azure's internal address. */
const isSpecialIPv4 = addressMatcher([
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '168.63.129.16', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4',
  '240.0.0.0/4',
]); // prettier-ignore
/** The IPv6 addresses that are assigned to networks. All others are not public: mapped, NAT64 and unique local addresses. */
const isUnicastIPv6 = addressMatcher(['2000::/3']);
/** Special ranges within them: Teredo, benchmarks and ORCHID, documentation, 6to4, segment routing. */
const isSpecialIPv6 = addressMatcher(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/** Whether an address is private, loopback, link-local or otherwise outside the public network; true for a text that is not an address. */
export function isPrivateAddress(address: string): boolean {
  const plain = address
    .replace(/%.*$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain);
  if (family === 4) return isSpecialIPv4(plain);
  return family === 0 || !isUnicastIPv6(plain) || isSpecialIPv6(plain);
}

/** Names that are valid only on a local network: RFC 6761, 6762, 7686 and 8375, and names that ICANN reserves for local networks. */
const LOCAL_SUFFIX =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|in-addr\.arpa|ip6\.arpa|onion|invalid)$/;

/**
 * Whether a host name is one that public DNS does not resolve, judging by the name alone.
 *
 * @example
 * isLocalName('LOCALHOST.'); // true
 * isLocalName('db'); // true: a name without a dot is completed from the machine's own search list
 */
export function isLocalName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.+$/, '');
  return isIP(name) === 0 && !/^\[.*\]$/.test(name) && (!name.includes('.') || LOCAL_SUFFIX.test(name));
}

/** Thrown for a webhook whose host is a private address. */
export class PrivateTargetError extends Error {
  constructor(host: string) {
    super(`${host} is a private address; webhooks are sent to public addresses only`);
    this.name = 'PrivateTargetError';
  }
}

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_URL_LENGTH = 2000;

/** The HTTP agent that sends webhooks. @param allowPrivate for tests, and for receivers in a private network. */
export function createAgent({ allowPrivate }: Config['webhooks']): Agent {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    ...(allowPrivate ? {} : { lookup: publicLookup }),
  });
  return new Agent({
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    // One connection would do; more are allowed for bursts.
    connections: 4,
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      // A host that is an address is never looked up.
      if (!allowPrivate && (isIP(host) === 0 ? isLocalName(host) : isPrivateAddress(host))) {
        callback(new PrivateTargetError(host), null);
        return;
      }
      connect(options, (...outcome) => {
        const [, socket] = outcome;
        if (socket && !allowPrivate && isPrivateAddress(socket.remoteAddress ?? '0.0.0.0')) {
          socket.destroy();
          callback(new PrivateTargetError(host), null);
        } else callback(...outcome);
      });
    },
  });
}

type Answer = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** A DNS lookup that fails unless all addresses of the name are public. */
function publicLookup(host: string, options: LookupOptions, callback: Answer): void {
  dnsLookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) callback(error, []);
    else if (addresses.length === 0 || addresses.some(({ address }) => isPrivateAddress(address)))
      callback(new PrivateTargetError(host), []);
    else if (options.all) callback(null, addresses);
    else callback(null, addresses[0]!.address, addresses[0]!.family);
  });
}

/** Checks the URL of a webhook by its text alone. @throws PosProError 422 */
export function checkedUrl(text: string, { allowHttp, allowPrivate }: Config['webhooks']): string {
  const url = text.length <= MAX_URL_LENGTH && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['https:', 'http:'].includes(url.protocol)) throw invalid('url', 'Must be an https:// URL.');
  if (url.protocol === 'http:' && !allowHttp) throw invalid('url', 'Must start with https://.', 'INSECURE');
  if (url.username || url.password) throw invalid('url', 'Must not contain a user name or a password.');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && (isIP(host) === 0 ? isLocalName(host) : isPrivateAddress(host))) {
    throw invalid('url', 'Must be a public address.', 'PRIVATE_ADDRESS');
  }
  return url.href;
}
