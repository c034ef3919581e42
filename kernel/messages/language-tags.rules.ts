/** Language tags of BCP 47. Pure. */
import type { FieldError } from '../errors';

/** The longest tag that is accepted: all its registered parts, and no private ones. */
const MAX_LENGTH = 35;

const NOT_A_LANGUAGE = 'Is not a language tag of BCP 47, such as "en" or "pt-BR".';

/** A language tag in its canonical form: "pt-br" becomes "pt-BR"; undefined for any other text. */
export function canonicalLanguage(text: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(text.trim())[0];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The errors of a language. */
export function languageErrors(field: string, value: string): FieldError[] {
  const tag = canonicalLanguage(value);
  if (tag !== undefined && tag.length <= MAX_LENGTH) return [];
  return [{ field, message: NOT_A_LANGUAGE, code: 'INVALID' }];
}

/** Whether texts of a language run from right to left. */
export function isRightToLeft(code: string): boolean {
  const { script } = new Intl.Locale(code).maximize();
  return RIGHT_TO_LEFT.has(script ?? '');
}

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm', 'Rohg']);
