/** Network addresses and ranges of them. Pure. */
import { BlockList, isIP } from 'node:net';

/** Whether a text is an address (10.1.2.3, ::1) or a CIDR range of them (10.0.0.0/8, 2001:db8::/32). */
export function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/**
 * Makes a function that checks whether an address is in one of the ranges.
 *
 * @param ranges addresses or CIDR ranges, already validated.
 * @example
 * addressMatcher(['10.0.0.0/8'])('::ffff:10.1.2.3'); // true: an IPv4 address as a dual-stack socket shows it
 */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (text) => {
    const address = unmapped(text);
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}

/**
 * The unit that counts as one sender: an IPv4 address, or the /64 network of an IPv6 address, which usually
 * belongs to one customer.
 *
 * @example
 * senderAddress('2001:db8::1'); // '2001:db8:0:0::/64'
 */
export function senderAddress(text: string): string {
  const address = unmapped(text);
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('%')[0]!.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}

/** A dual-stack socket shows an IPv4 address as ::ffff:10.1.2.3. */
function unmapped(text: string): string {
  return text.replace(/^::ffff:(?=\d+\.)/i, '');
}
