export { countLimitsIn, LOCKOUT, limitsOf, rateLimited } from './limits';
export { assertMayGuess, countGuesses } from './wrong-codes';
export { memoryRateLimiter, type RateState } from './rate';
