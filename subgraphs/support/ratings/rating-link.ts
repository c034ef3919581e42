/** Links with which customers rate their tickets. A token is signed, so that it cannot be made from the id of a ticket. */
import { timingSafeEqual } from 'node:crypto';
import { derivedSecret } from '#kernel/auth/secrets';
import type { Config } from '#kernel/config';
import type { TicketRow } from '../tables.generated';
import { isRatable } from '../tickets/ticket-states.rules';

const PREFIX = 'ticket_';
const UUID_BYTES = 16;
/** 128 bits of the signature are as hard to guess as a random id. */
const SIGNATURE_BYTES = 16;

/** The link of a ticket; undefined while it cannot be rated, and once it is. */
export function ratingUrl(
  config: Pick<Config, 'jwtSecret' | 'publicUrl'>,
  ticket: Pick<TicketRow, 'id' | 'status' | 'mergedIntoId' | 'satisfaction'>,
): string | undefined {
  if (!isRatable(ticket) || ticket.satisfaction !== null) return undefined;
  return `${config.publicUrl}/rate-ticket?token=${ratingToken(config, ticket.id)}`;
}

function ratingToken(config: Pick<Config, 'jwtSecret'>, id: string): string {
  const uuid = Buffer.from(id.replaceAll('-', ''), 'hex');
  return PREFIX + Buffer.concat([uuid, signatureOf(config, id)]).toString('base64url');
}

function signatureOf(config: Pick<Config, 'jwtSecret'>, id: string): Buffer {
  return derivedSecret(config, 'ticket rating', id).subarray(0, SIGNATURE_BYTES);
}

/** The id of the ticket of a token; undefined for a token that this platform did not sign. */
export function ratedTicketId(config: Pick<Config, 'jwtSecret'>, token: string): string | undefined {
  const bytes = Buffer.from(token.startsWith(PREFIX) ? token.slice(PREFIX.length) : '', 'base64url');
  if (bytes.length !== UUID_BYTES + SIGNATURE_BYTES) return undefined;
  const digits = bytes.subarray(0, UUID_BYTES).toString('hex');
  const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return timingSafeEqual(signatureOf(config, id), bytes.subarray(UUID_BYTES)) ? id : undefined;
}
