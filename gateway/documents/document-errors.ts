/** The errors of rejected documents, with the codes of the error table. */
import {
  GraphQLError,
  isInputObjectType,
  isObjectType,
  type GraphQLErrorOptions,
  type GraphQLSchema,
} from 'graphql';
import { ERRORS, type ErrorCode } from '#kernel/errors';
import { withoutValue } from '#kernel/graph/value-messages.rules';

/** A limit that a document exceeds. `extensions.limit` names it for the caller's program. */
export function exceeded(limit: string, message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  return new GraphQLError(message, { ...options, extensions: { code: 'QUERY_TOO_COSTLY', limit } });
}

/** A document that is not among those of the operator. */
export function notTrusted(): GraphQLError {
  return new GraphQLError('Only documents of the manifests in TRUSTED_DOCUMENTS are admitted here.', {
    extensions: { code: 'DOCUMENT_NOT_TRUSTED' },
  });
}

const KNOWN_CODES: readonly ErrorCode[] = ['QUERY_TOO_COSTLY', 'DOCUMENT_NOT_TRUSTED'];

/** Maximum length of a quote of the document in a message, in characters. */
const MAX_MESSAGE_LENGTH = 500;

/**
 * An error of a document for the cache and the answer: with its code, and without the syntax tree, which would
 * keep the whole document in memory.
 *
 * @param schema names the known fields and arguments for an unknown one. Optional; without it the schema stays hidden.
 */
export function documentError(
  { message, locations, extensions }: GraphQLError,
  schema?: GraphQLSchema,
): GraphQLError {
  const code = KNOWN_CODES.find((known) => known === extensions.code) ?? 'QUERY_INVALID';
  const safe = withoutValue(message);
  const shown = safe.length > MAX_MESSAGE_LENGTH ? `${safe.slice(0, MAX_MESSAGE_LENGTH)}…` : safe;
  const error = new GraphQLError(shown + (schema ? alternatives(message, schema) : ''), {
    extensions: { ...extensions, code, retry: ERRORS[code].retry },
  });
  return Object.assign(error, { locations });
}

/** graphql-js's messages for an unknown field or argument; the first group is the type, the second the field. */
const UNKNOWN_FIELD = /^Cannot query field "\w+" on type "(\w+)"|^Field "\w+" is not defined by type "(\w+)"/;
const UNKNOWN_ARGUMENT = /^Unknown argument "\w+" on field "(\w+)\.(\w+)"/;

/** The known names, as REST lists them for an unknown field; nothing for other errors. */
function alternatives(message: string, schema: GraphQLSchema): string {
  const [, output, input] = UNKNOWN_FIELD.exec(message) ?? [];
  const [, owner, field] = UNKNOWN_ARGUMENT.exec(message) ?? [];
  const type = schema.getType(output ?? input ?? owner ?? '');
  if (!isObjectType(type) && !isInputObjectType(type)) return '';
  const fields = type.getFields();
  const names = field ? argumentNames(fields[field]) : Object.keys(fields);
  return ` Known are: ${names.join(', ') || 'none'}.`;
}

function argumentNames(field: unknown): string[] {
  const { args = [] } = field as { args?: readonly { name: string }[] };
  return args.map(({ name }) => name);
}
