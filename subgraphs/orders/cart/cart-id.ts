/**
 * Ids of carts: every caller with the id of a cart can read and change it, so it is signed and cannot be made from the id of a row.
 * Staff may also use the row's id, which lists and reservations show.
 */
import { timingSafeEqual } from 'node:crypto';
import { storefrontOf } from '#kernel/auth/actor';
import { derivedSecret } from '#kernel/auth/secrets';
import type { RequestContext } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';

const PREFIX = 'cart_';
const UUID_BYTES = 16;
/** 128 bits of the signature are as hard to guess as a random id. */
const SIGNATURE_BYTES = 16;

/** The signed id of a cart. */
export function signedCartId({ config }: Pick<RequestContext, 'config'>, id: string): string {
  const uuid = Buffer.from(id.replaceAll('-', ''), 'hex');
  return PREFIX + Buffer.concat([uuid, signatureOf(config, id)]).toString('base64url');
}

function signatureOf(config: RequestContext['config'], id: string): Buffer {
  return derivedSecret(config, 'cart', id.toLowerCase()).subarray(0, SIGNATURE_BYTES);
}

/**
 * The id of the row that a caller means.
 * @throws PosProError 404 for an id that is not signed by this platform, as for an unknown cart.
 */
export function cartRowId(ctx: Pick<RequestContext, 'actor' | 'config'>, cartId: string): string {
  if (!storefrontOf(ctx.actor) && isUuid(cartId)) return cartId.toLowerCase();
  const bytes = Buffer.from(cartId.startsWith(PREFIX) ? cartId.slice(PREFIX.length) : '', 'base64url');
  if (bytes.length !== UUID_BYTES + SIGNATURE_BYTES) throw notFound('cart', cartId);
  const digits = bytes.subarray(0, UUID_BYTES).toString('hex');
  const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  if (!timingSafeEqual(signatureOf(ctx.config, id), bytes.subarray(UUID_BYTES)))
    throw notFound('cart', cartId);
  return id;
}
