/** `If-Match` (RFC 9110, 13.1.1): the versions of which the thing to be changed must have one. */
import { PosProError } from '#kernel/errors';

/** One entity tag, and the comma before the next; a list may have empty places. */
const ELEMENT = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)/y;
const VERSION = /^\d{1,10}$/;

/**
 * The versions that a header names. A tag that is weak, or is not a version, matches nothing.
 * @returns undefined where any version will do: without the header, and for `*`.
 * @throws PosProError 400 for what is not a list of entity tags.
 */
export function readIfMatch(header: string | undefined): readonly number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const versions: number[] = [];
  let tags = 0;
  ELEMENT.lastIndex = 0;
  do {
    const [, weak, tag] = ELEMENT.exec(header) ?? malformed();
    if (tag !== undefined) tags += 1;
    if (weak === undefined && tag !== undefined && VERSION.test(tag)) versions.push(Number(tag));
  } while (ELEMENT.lastIndex < header.length);
  return tags > 0 ? versions : malformed();
}

function malformed(): never {
  throw new PosProError(
    'BAD_REQUEST',
    'If-Match is a list of entity tags in quotation marks, such as "3", or an asterisk.',
  );
}
