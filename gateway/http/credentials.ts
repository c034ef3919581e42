/** The caller of a request, by its headers, and the request context for operations. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ANONYMOUS, type Actor, type AnonymousActor } from '#kernel/auth/actor';
import { maskCardNumbers } from '#kernel/card-numbers.rules';
import { createContext, type RequestContext, type RequestMeta, type Services } from '#kernel/context';
import { invalid, PosProError } from '#kernel/errors';

/** Identifies the holder of a bearer token or an API key. @throws PosProError 401 for an invalid token. */
export type Authenticate = (bearerToken: string) => Promise<Actor>;

const MAX_KEY_LENGTH = 255;
const MAX_USER_AGENT_LENGTH = 300;
/** Browsers send some 100 characters. */
const MAX_ACCEPT_LANGUAGE = 500;
/** Our JWTs have some 600 characters. */
const MAX_TOKEN_LENGTH = 4096;

/** Data of a request that depends on its protocol. */
export type ProtocolMeta = Pick<RequestMeta, 'names' | 'ifMatch'>;

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller, once it is known: several parts of a request ask for it. */
    actor: Promise<Actor> | undefined;
    /** The token or key of the caller, read with the actor; undefined for a request without one, and for headers of another form. */
    token: string | undefined;
  }
}

/** Functions that turn an HTTP request into its caller and a request context. */
export interface Callers {
  /** The caller, identified once per request. @throws PosProError 503 if tokens cannot be checked. */
  readonly actorFor: (request: FastifyRequest) => Promise<Actor>;
  /** Makes a context. @throws PosProError 422 for an invalid Idempotency-Key, and as `actorFor`. */
  readonly contextFor: (request: FastifyRequest, more?: ProtocolMeta) => Promise<RequestContext>;
}

/**
 * Makes the functions for one web server. An invalid token results in an anonymous caller with a `refusal`, so that a client with an
 * expired token can still sign in and refresh.
 */
export function callersOf(app: FastifyInstance, services: Services, authenticate: Authenticate): Callers {
  app.decorateRequest('actor', undefined);
  app.decorateRequest('token', undefined);
  const actorFor = (request: FastifyRequest) => (request.actor ??= actorOf(request, authenticate));
  const contextFor = async (request: FastifyRequest, more?: ProtocolMeta) => {
    const actor = await actorFor(request);
    return createContext(services, actor, { ...requestMeta(request), ...more, token: request.token });
  };
  return { actorFor, contextFor };
}

/** The caller by the headers of a request, who is anonymous with a `refusal` if they are not valid. */
export async function actorOf(request: FastifyRequest, authenticate: Authenticate): Promise<Actor> {
  try {
    const token = (request.token = tokenOf(request));
    return token === undefined ? ANONYMOUS : await authenticate(token);
  } catch (error) {
    return refused(error);
  }
}

/** The holder of a token; a caller with an invalid one is anonymous, and the error is that of operations that require one. */
export function actorOfToken(token: string, authenticate: Authenticate): Promise<Actor> {
  return authenticate(token).catch(refused);
}

function refused(error: unknown): AnonymousActor {
  if (error instanceof PosProError && error.status === 401) return { kind: 'anonymous', refusal: error };
  throw error;
}

/** The token or key of a request. @throws PosProError 401 for headers of another form. */
function tokenOf({ headers }: FastifyRequest): string | undefined {
  return bearerToken(headers.authorization) ?? apiKey(headers['x-api-key']);
}

/** The key of an X-API-Key header: the other way to send one, for programs that cannot set Authorization. */
function apiKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && /^pospro_[sp]k_[\w-]{1,200}$/.test(header)) return header;
  throw new PosProError(
    'UNAUTHENTICATED',
    'The X-API-Key header must be an API key, which begins with "pospro_sk_" or "pospro_pk_".',
  );
}

/** The token of an Authorization header. @throws PosProError 401 for a header of another kind. */
function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(header.trim())?.[1];
  if (token === undefined || token.length > MAX_TOKEN_LENGTH) {
    throw new PosProError(
      'UNAUTHENTICATED',
      'The Authorization header must be "Bearer " and an access token.',
    );
  }
  return token;
}

/** The data of a request besides its caller. @throws PosProError 422 for an invalid Idempotency-Key. */
export function requestMeta(request: FastifyRequest): RequestMeta {
  const userAgent =
    maskCardNumbers(request.headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH) ?? '') || undefined;
  const idempotencyKey = idempotencyKeyOf(request);
  const acceptLanguage = request.headers['accept-language'];
  return {
    requestId: request.id,
    address: request.ip,
    ...(userAgent !== undefined && { userAgent }),
    ...(acceptLanguage && { acceptLanguage: acceptLanguage.slice(0, MAX_ACCEPT_LANGUAGE) }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = String(header).trim();
  if (key === '' || key.length > MAX_KEY_LENGTH) {
    throw invalid(
      'Idempotency-Key',
      `The Idempotency-Key header must have 1 to ${MAX_KEY_LENGTH} characters.`,
    );
  }
  return key;
}
