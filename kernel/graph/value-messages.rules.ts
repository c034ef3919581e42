/**
 * Messages of graphql-js about values, without the values: an answer ends up in logs and screenshots of its receiver, and a rejected value
 * may be a password or the number of a card.
 */
import { maskCardNumbers } from '../card-numbers.rules';

/** The beginning of each message that ends with a value, and the words after which the value follows. */
const QUOTED_VALUES: readonly RegExp[] = [
  // Int cannot represent non-integer value: "secret"
  /^((?:Enum "\w+"|\w+) cannot represent [\w -]*\bvalue)\b.*$/s,
  // Expected value of type "CardInput!", found "secret".
  /^(Expected value of type "[^"]*"), found .*$/s,
  // Syntax Error: Expected Name, found String "secret".
  /^(Syntax Error: .*?\b(?:String|BlockString|Int|Float)) ".*$/s,
  // Syntax Error: Invalid number, expected digit but got: "s".
  /^(Syntax Error: Invalid (?:number|character|Unicode escape sequence|character escape sequence))\b.*$/s,
];

/**
 * A message of graphql-js about a document, without the value that it quotes.
 *
 * @example
 * withoutValue('Int cannot represent non-integer value: "secret"'); // 'Int cannot represent non-integer value.'
 */
export function withoutValue(message: string): string {
  for (const pattern of QUOTED_VALUES) {
    const kept = pattern.exec(message)?.[1];
    if (kept !== undefined) return `${kept}.`;
  }
  return maskCardNumbers(message);
}

/** A variable's value that graphql-js has rejected. */
interface RejectedVariable {
  /** "input.items[0].quantity". */
  readonly field: string;
  /** The name of the expected scalar, enum or input; undefined if the message does not have it. */
  readonly type: string | undefined;
}

/** Reads graphql-js's message about the value of a variable; undefined for other messages. Neither part is a part of the value. */
export function rejectedVariable(message: string): RejectedVariable | undefined {
  const name = /^Variable "\$(\w+)" got invalid value /.exec(message)?.[1];
  if (name === undefined) return undefined;
  // The last ones: a value may have the same words.
  const place = /^.* at "([\w.[\]]+)"; /s.exec(message)?.[1];
  const type = /^.*; (?:(\w+) cannot represent|Expected [\w-]*? ?type "?(\w+))/s.exec(message);
  return { field: place ?? name, type: type?.[1] ?? type?.[2] };
}
