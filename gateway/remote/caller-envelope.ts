/**
 * The facts of a request for a subgraph in another process, signed by the gateway: the caller, and all that the audit trail,
 * idempotency and error messages need. A subgraph answers only requests with such an envelope. The caller's own token travels beside
 * it, and the subgraph verifies it again.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { ANONYMOUS, type Actor } from '#kernel/auth/actor';
import { derivedSecret } from '#kernel/auth/secrets';
import type { Config } from '#kernel/config';
import type { RequestContext, RequestMeta } from '#kernel/context';
import { ERRORS, PosProError, type ErrorCode } from '#kernel/errors';

/** The header of the envelope. */
export const ENVELOPE_HEADER = 'pospro-caller';

const ALGORITHM = 'HS256';
/** An envelope is for one request. The time is generous, because the clocks of two processes may differ. */
const LIFETIME_SECONDS = 7_200;

type Keys = Pick<Config, 'jwtSecret'>;

const ids = { organizationId: z.string(), branchId: z.string().optional() };

const actorShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('anonymous'),
    refusal: z.object({ code: z.enum(Object.keys(ERRORS) as ErrorCode[]), message: z.string() }).optional(),
  }),
  z.object({
    kind: z.enum(['user', 'apiKey']),
    ...ids,
    userId: z.string(),
    role: z.string(),
    scopes: z.array(z.string()),
    sessionId: z.string(),
    vendorId: z.string().optional(),
    storefront: z.object({ channel: z.enum(['web', 'marketplace']) }).optional(),
  }),
  z.object({
    kind: z.literal('system'),
    ...ids,
    person: z
      .object({
        kind: z.enum(['user', 'anonymous']),
        userId: z.string(),
        role: z.string(),
        sessionId: z.string().nullable(),
      })
      .optional(),
  }),
]);

const envelopeShape = z.object({
  actor: actorShape,
  request: z.object({
    requestId: z.string(),
    address: z.string(),
    userAgent: z.string().optional(),
    idempotencyKey: z.string().optional(),
    ifMatch: z.array(z.number()).optional(),
    acceptLanguage: z.string().optional(),
    names: z.literal('rest').optional(),
    recorded: z.boolean().optional(),
  }),
  posted: z.array(z.string()).optional(),
});

/** The content of an envelope. */
export interface Envelope {
  /** The caller as the gateway knows it; the subgraph uses it only for requests without a token. */
  readonly actor: Actor;
  readonly request: RequestMeta;
  /** Orders that the same request has posted; see ReplyNotes. */
  readonly posted: readonly string[] | undefined;
}

/** Signs the caller and the facts of a request for one subgraph. */
export function signEnvelope(subgraph: string, { config, actor, request, reply }: RequestContext): string {
  // The token has a header of its own, and the subgraph names the operation itself.
  const facts = { ...request, token: undefined, operation: undefined };
  const content = { actor: plainActor(actor), request: facts, posted: reply.posted };
  return jwt.sign(content, keyOf(config), {
    algorithm: ALGORITHM,
    audience: subgraph,
    expiresIn: LIFETIME_SECONDS,
  });
}

/** @throws PosProError UNAUTHENTICATED for a missing or forged envelope, and for one of another subgraph. */
export function openEnvelope(config: Keys, subgraph: string, header: unknown): Envelope {
  try {
    const options = { algorithms: [ALGORITHM as typeof ALGORITHM], audience: subgraph };
    const content = jwt.verify(String(header), keyOf(config), {
      ...options,
      clockTolerance: LIFETIME_SECONDS,
    });
    const { actor, request, posted } = envelopeShape.parse(content);
    return { actor: actorOf(actor), request, posted };
  } catch (error) {
    throw new PosProError(
      'UNAUTHENTICATED',
      'A subgraph answers its gateway alone. Send the request to the gateway.',
      {
        cause: error,
      },
    );
  }
}

function plainActor(actor: Actor): unknown {
  if (actor.kind === 'anonymous') {
    const { kind, refusal } = actor;
    return { kind, ...(refusal && { refusal: { code: refusal.code, message: refusal.message } }) };
  }
  return actor.kind === 'system' ? actor : { ...actor, scopes: [...actor.scopes] };
}

function actorOf(plain: z.infer<typeof actorShape>): Actor {
  if (plain.kind === 'anonymous') {
    const { kind, refusal } = plain;
    return refusal ? { kind, refusal: new PosProError(refusal.code, refusal.message) } : ANONYMOUS;
  }
  const { branchId, ...rest } = plain;
  return rest.kind === 'system' ? { ...rest, branchId } : { ...rest, branchId, scopes: new Set(rest.scopes) };
}

const keys = new WeakMap<Keys, KeyObject>();

function keyOf(config: Keys): KeyObject {
  let key = keys.get(config);
  if (!key) {
    key = createSecretKey(derivedSecret(config, 'subgraph', 'envelope'));
    keys.set(config, key);
  }
  return key;
}
