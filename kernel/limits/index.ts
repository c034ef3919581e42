export { LOCKOUT, limitsOf, rateLimited } from './limits';
export { memoryRateLimiter, type RateState } from './rate';
