/**
 * Where a webhook may go. A name is looked up when the connection is made, every address it has is judged there, and the address
 * that was really reached is judged again: a name that points elsewhere a second later gains nothing.
 */
import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { addressMatcher } from '#kernel/ip-addresses';
import type { Config } from '#kernel/config';
import { invalid } from '#kernel/errors';

/** IPv4 addresses that are nobody's on the public network (IANA's special-purpose registry), and the cloud's own of Azure. */
const isSpecialIPv4 = addressMatcher([
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '168.63.129.16', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4',
  '240.0.0.0/4',
]); // prettier-ignore
/** All of IPv6 that is given out to networks. Whatever lies outside is no public address: mapped ones, NAT64, unique local ones. */
const isUnicastIPv6 = addressMatcher(['2000::/3']);
/** What is special inside it: Teredo, benchmarks and ORCHID, documentation, 6to4, segment routing. */
const isSpecialIPv6 = addressMatcher(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/** Whether an address is private, loopback, link-local or otherwise not on the public network; what is no address counts as one. */
export function isPrivateAddress(address: string): boolean {
  const plain = address
    .replace(/%.*$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain);
  if (family === 4) return isSpecialIPv4(plain);
  return family === 0 || !isUnicastIPv6(plain) || isSpecialIPv6(plain);
}

/** Names that mean something on one's own network only: RFC 6761, 6762, 7686 and 8375, and those that ICANN gives to nobody for it. */
const LOCAL_SUFFIX =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|in-addr\.arpa|ip6\.arpa|onion|invalid)$/;

/**
 * Whether a host is a name that no public DNS answers for, as far as the name itself tells.
 *
 * @example
 * isLocalName('LOCALHOST.'); // true
 * isLocalName('db'); // true: a name without a dot is completed from the machine's own search list
 */
export function isLocalName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.+$/, '');
  return isIP(name) === 0 && !/^\[.*\]$/.test(name) && (!name.includes('.') || LOCAL_SUFFIX.test(name));
}

/** A webhook that must not go where it would have gone. */
export class RefusedTarget extends Error {
  constructor(host: string) {
    super(`${host} is a private address; webhooks go to public ones only`);
    this.name = 'RefusedTarget';
  }
}

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_URL_LENGTH = 2000;

/** The connections of the sender. @param allowPrivate for tests, and for a network of one's own. */
export function createAgent({ allowPrivate }: Config['webhooks']): Agent {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    ...(allowPrivate ? {} : { lookup: publicLookup }),
  });
  return new Agent({
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    // One request a connection would do; a few may be kept for bursts.
    connections: 4,
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      // Written as an address, it is never looked up.
      if (!allowPrivate && (isIP(host) === 0 ? isLocalName(host) : isPrivateAddress(host))) {
        callback(new RefusedTarget(host), null);
        return;
      }
      connect(options, (...outcome) => {
        const [, socket] = outcome;
        if (socket && !allowPrivate && isPrivateAddress(socket.remoteAddress ?? '0.0.0.0')) {
          socket.destroy();
          callback(new RefusedTarget(host), null);
        } else callback(...outcome);
      });
    },
  });
}

type Answer = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** DNS that answers only where every address of the name is a public one. */
function publicLookup(host: string, options: LookupOptions, callback: Answer): void {
  dnsLookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) callback(error, []);
    else if (addresses.length === 0 || addresses.some(({ address }) => isPrivateAddress(address)))
      callback(new RefusedTarget(host), []);
    else if (options.all) callback(null, addresses);
    else callback(null, addresses[0]!.address, addresses[0]!.family);
  });
}

/** Checks the URL of a webhook as far as its text tells. @throws PosProError 422 */
export function checkedUrl(text: string, { allowHttp, allowPrivate }: Config['webhooks']): string {
  const url = text.length <= MAX_URL_LENGTH && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['https:', 'http:'].includes(url.protocol)) throw invalid('url', 'This is no https:// URL.');
  if (url.protocol === 'http:' && !allowHttp)
    throw invalid('url', 'Webhooks go to https:// URLs only.', 'INSECURE');
  if (url.username || url.password)
    throw invalid('url', 'A URL of a webhook carries no user name and password.');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && (isIP(host) === 0 ? isLocalName(host) : isPrivateAddress(host))) {
    throw invalid('url', 'Webhooks go to public addresses only.', 'PRIVATE_ADDRESS');
  }
  return url.href;
}
