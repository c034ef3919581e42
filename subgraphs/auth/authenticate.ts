import type { SignedInActor } from '#kernel/auth/actor';
import type { Services } from '#kernel/context';
import { authenticateKey, isApiKey } from './api-keys';
import { authenticate } from './session-cache';

/**
 * Authenticates a bearer token: the access token of a login, or an API key.
 * @throws PosProError 401: TOKEN_EXPIRED, TOKEN_REVOKED, otherwise UNAUTHENTICATED.
 */
export function authenticateBearer(services: Services, token: string): Promise<SignedInActor> {
  return isApiKey(token) ? authenticateKey(services, token) : authenticate(services, token);
}
