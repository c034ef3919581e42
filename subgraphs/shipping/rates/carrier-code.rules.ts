/** The codes of carriers' services in carts and orders, which must not be taken for those of the shop's own rates. Pure. */

/** @example carrierCode('sandbox', 'express') // 'sandbox:express' */
export function carrierCode(provider: string, service: string): string {
  return `${provider}:${service}`;
}

/** The service of a carrier that a code names; null for a rate of the shop or of another carrier. */
export function serviceOf(provider: string, code: string | null): string | null {
  const prefix = carrierCode(provider, '');
  return code?.startsWith(prefix) ? code.slice(prefix.length) : null;
}
