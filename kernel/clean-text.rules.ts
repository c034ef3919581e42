/** Names and texts as they are stored. Pure. */

/** Words of visible ASCII characters with single blanks between: most names. */
const PLAIN_ASCII = /^[!-~]+(?: [!-~]+)*$/;
const NOT_ASCII = /[^\x01-\x7f]/;

/**
 * A name as it is stored: composed characters, single blanks, none at the ends. Control characters become
 * blanks and halves of
 * surrogate pairs the replacement character: PostgreSQL takes neither.
 */
export function cleanName(name: string): string {
  if (PLAIN_ASCII.test(name)) return name;
  return cleanText(name)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/** The same for a text of several lines, whose blanks and line breaks stay. */
export function cleanText(text: string): string {
  if (!NOT_ASCII.test(text)) return text.trim();
  return text
    .normalize('NFC')
    .replaceAll('\0', ' ')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .trim();
}

/** A text without blanks at its ends; null for an empty one. */
export function emptyToNull(text: string | null | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}
