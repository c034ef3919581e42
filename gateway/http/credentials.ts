/** The caller of a request, by its headers, and the request context for operations. */
import type { FastifyRequest } from 'fastify';
import { ANONYMOUS, type Actor } from '#kernel/auth/actor';
import { maskCardNumbers } from '#kernel/card-numbers.rules';
import { createContext, type RequestContext, type RequestMeta, type Services } from '#kernel/context';
import { invalid, PosProError } from '#kernel/errors';

/** Identifies the holder of a bearer token or an API key. @throws PosProError 401 for an invalid token. */
export type Authenticate = (bearerToken: string) => Promise<Actor>;

const MAX_KEY_LENGTH = 255;
const MAX_USER_AGENT_LENGTH = 300;
/** Our JWTs have some 600 characters. */
const MAX_TOKEN_LENGTH = 4096;

/** The caller and the context of a request, each made once per request. */
export interface Callers {
  /** @throws PosProError 503 if tokens cannot be checked. */
  readonly actorFor: (request: FastifyRequest) => Promise<Actor>;
  /** @throws PosProError 422 for an invalid Idempotency-Key, and as `actorFor`. */
  readonly contextFor: (request: FastifyRequest) => Promise<RequestContext>;
}

/**
 * Makes the functions that turn an HTTP request into its caller and a request context. An invalid token results
 * in an anonymous caller with a `refusal`, so that a client with an expired token can still sign in and
 * refresh.
 */
export function callersOf(services: Services, authenticate: Authenticate): Callers {
  const actorFor = oncePerRequest((request) => actorOf(request, authenticate));
  const contextFor = oncePerRequest(async (request) => {
    const meta = requestMeta(request);
    return createContext(services, await actorFor(request), meta);
  });
  return { actorFor, contextFor };
}

function oncePerRequest<Made>(
  make: (request: FastifyRequest) => Promise<Made>,
): (request: FastifyRequest) => Promise<Made> {
  const made = new WeakMap<FastifyRequest, Promise<Made>>();
  return (request) => {
    const known = made.get(request) ?? make(request);
    made.set(request, known);
    return known;
  };
}

async function actorOf({ headers }: FastifyRequest, authenticate: Authenticate): Promise<Actor> {
  try {
    const token = bearerToken(headers.authorization) ?? apiKey(headers['x-api-key']);
    return token === undefined ? ANONYMOUS : await authenticate(token);
  } catch (error) {
    if (error instanceof PosProError && error.status === 401) return { kind: 'anonymous', refusal: error };
    throw error;
  }
}

/** The key of an X-API-Key header: the other way to send one, for programs that cannot set Authorization. */
function apiKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && /^pospro_sk_[\w-]{1,200}$/.test(header)) return header;
  throw new PosProError(
    'UNAUTHENTICATED',
    'The X-API-Key header must be an API key, which begins with "pospro_sk_".',
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
  return {
    requestId: request.id,
    address: request.ip,
    ...(userAgent !== undefined && { userAgent }),
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
