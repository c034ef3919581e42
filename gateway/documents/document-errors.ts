/** The errors of rejected documents, with the codes of the error table. */
import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import { ERRORS, type ErrorCode } from '#kernel/errors';

/** A limit that a document exceeds. `extensions.limit` names it for the caller's program. */
export function exceeded(limit: string, message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  return new GraphQLError(message, { ...options, extensions: { code: 'QUERY_TOO_COSTLY', limit } });
}

/** Maximum length of a quote of the document in a message, in characters. */
const MAX_MESSAGE_LENGTH = 500;

/**
 * An error of a document for the cache and the answer: with its code, and without the syntax tree, which would
 * keep the whole document in memory.
 */
export function documentError({ message, locations, extensions }: GraphQLError): GraphQLError {
  const code: ErrorCode = extensions.code === 'QUERY_TOO_COSTLY' ? 'QUERY_TOO_COSTLY' : 'QUERY_INVALID';
  const shown = message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message;
  const error = new GraphQLError(shown, { extensions: { ...extensions, code, retry: ERRORS[code].retry } });
  return Object.assign(error, { locations });
}
