import type { SignedInActor } from '#kernel/auth/actor';
import type { Services } from '#kernel/context';
import { API_KEY_PREFIX, authenticateKey } from './api-keys';
import { authenticate } from './session-cache';

/**
 * Authenticates a bearer token: the access token of a login, or an API key.
 * @throws PosProError 401: TOKEN_EXPIRED, TOKEN_REVOKED, otherwise UNAUTHENTICATED.
 */
export function authenticateBearer(services: Services, token: string): Promise<SignedInActor> {
  return token.startsWith(API_KEY_PREFIX) ? authenticateKey(services, token) : authenticate(services, token);
}
