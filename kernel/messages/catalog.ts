/** The texts of a catalogue: those of the English one. */
import type { en } from './catalogs/en';

/** The name of a text. */
export type MessageKey = keyof typeof en;

/** A text with placeholders in braces; or one for each plural form of the language, chosen by the value `count`. */
export type Message = string | PluralMessage;
export type PluralMessage = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** The texts of a language. A text with plural forms has them in every language. */
export type Catalog = {
  readonly [Key in MessageKey]: (typeof en)[Key] extends string ? string : PluralMessage;
};
