/**
 * A look at a document's text before it is parsed. Lexing is linear; parsing recurses and everything behind it costs more, so what is
 * too long, too many or nested too deeply is refused here.
 */
import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { exceeded } from './document-errors';

/** A document as long as this is no document of a client; in characters. */
const MAX_DOCUMENT_LENGTH = 64 * 1024;
/** Braces, brackets and parentheses within each other. The standard introspection query has 14. */
const MAX_NESTING = 60;
/** Names are compared with others when a suggestion is sought, which takes the product of their lengths. */
const MAX_NAME_LENGTH = 200;
/** No name of the schema is longer, so nothing could be suggested for one that is. */
const MAX_SUGGESTED_NAME = 60;

export interface Scan {
  readonly tokens: number;
  /** Whether the validation may look for names that resemble unknown ones. */
  readonly suggests: boolean;
}

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** @throws GraphQLError where the text is no GraphQL, or exceeds a bound. */
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
