/**
 * Checks a document's text before it is parsed. Lexing is linear; parsing recurses and all later steps cost
 * more, so texts that are too long, have too many tokens or are nested too deeply are rejected here.
 */
import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { exceeded } from './document-errors';

/** Maximum length of a document, in characters; real clients send less. */
const MAX_DOCUMENT_LENGTH = 64 * 1024;
/** Nesting of braces, brackets and parentheses. The standard introspection query has 14. */
const MAX_NESTING = 60;
/** Validation compares unknown names with others for a suggestion, which costs the product of their lengths. */
const MAX_NAME_LENGTH = 200;
/** No name of the schema is longer, so there is no suggestion for a longer one. */
const MAX_SUGGESTED_NAME = 60;

export interface Scan {
  readonly tokens: number;
  /** Whether the validation may look for similar names. */
  readonly suggests: boolean;
}

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** @throws GraphQLError for invalid GraphQL, or an exceeded limit. */
export function scanDocument(text: string, maxTokens: number): Scan {
  if (text.length > MAX_DOCUMENT_LENGTH) {
    throw exceeded(
      'length',
      `The document has ${text.length} characters; ${MAX_DOCUMENT_LENGTH} are permitted.`,
    );
  }
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let nesting = 0;
  let longestName = 0;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    tokens += 1;
    if (tokens > maxTokens) throw exceeded('tokens', `The document has more than ${maxTokens} tokens.`);
    if (OPENING.has(token.kind)) nesting += 1;
    else if (CLOSING.has(token.kind)) nesting -= 1;
    else if (token.kind === TokenKind.NAME) longestName = Math.max(longestName, token.end - token.start);
    if (nesting > MAX_NESTING)
      throw exceeded('nesting', `The document nests deeper than ${MAX_NESTING} levels.`);
    if (longestName > MAX_NAME_LENGTH)
      throw new GraphQLError(`A name has more than ${MAX_NAME_LENGTH} characters.`);
  }
  return { tokens, suggests: longestName <= MAX_SUGGESTED_NAME };
}
