/**
 * The text that a device signs for an offline sale. Pure.
 *
 * The text is JSON in UTF-8 without blanks and line ends, with members in the order of their names' code units, as RFC 8785 writes
 * it. Its members are the fields of the sale, as REST names them:
 *
 * - a member that is null or absent is omitted, and so is `device.signature`;
 * - a quantity, an amount or a percentage is a string without exponent, plus sign and trailing zeros: "2", "0.35", "12.5";
 * - a moment is a string in ISO 8601, UTC, with milliseconds: "2026-01-31T18:04:05.000Z";
 * - whole numbers (`redeem_points`, `device.sequence`), booleans and texts are as they were sent.
 *
 * The line `pospro-offline-sale/1` with a line feed precedes the JSON, so that the key signs nothing else by mistake.
 */
import { verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from '#kernel/canonical-json.rules';
import { Decimal } from '#kernel/decimal';
import { snake } from '#kernel/casing';
import type { DeviceSignatureInput } from '../inputs.generated';

const PREFIX = 'pospro-offline-sale/1\n';

/**
 * The text under a signature.
 *
 * @example
 * signedText({ clientReference: 'a', items: [{ sku: 'TEA', quantity: 2.50 }], device: { id: 'd', sequence: 1, signature: '…' } })
 * // 'pospro-offline-sale/1\n{"client_reference":"a","device":{"id":"d","sequence":1},"items":[{"quantity":"2.5","sku":"TEA"}]}'
 */
export function signedText(sale: { device?: Partial<DeviceSignatureInput> | null }): string {
  const { id, sequence } = sale.device ?? {};
  return PREFIX + canonicalJson(toRestForm({ ...sale, device: { id, sequence } }), { withoutNull: true });
}

/** Whether the key has signed the sale. */
export function isSignedBy(key: KeyObject, sale: { device?: DeviceSignatureInput | null }): boolean {
  const { device } = sale;
  return (
    device != null &&
    verify(null, Buffer.from(signedText(sale)), key, Buffer.from(device.signature, 'base64url'))
  );
}

/** The sale with REST's names of its fields, and decimals and moments as texts. */
function toRestForm(value: unknown): unknown {
  if (Decimal.isDecimal(value)) return value.toFixed();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toRestForm);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [snake(name), toRestForm(member)]));
}
