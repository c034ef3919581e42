/** Chooses a language by the header `Accept-Language`, and the languages in which a text is looked for. Pure. */
import { match } from '@formatjs/intl-localematcher';
import Negotiator from 'negotiator';
import { canonicalLanguage } from '#kernel/messages/language-tags.rules';

/** A language of an organization, beside its default one. */
export interface LanguageFallback {
  readonly code: string;
  readonly fallback: string | null;
}

/** No language: what the matcher answers if none fits, since it always answers one. */
const NONE = 'und';

/**
 * The language for a caller, by RFC 4647 and the preferences of the header: the first wanted language that is available, also in another
 * region. `*` stands for the other languages, and quality 0 excludes one. Without any that fits, it is the default one.
 *
 * @example
 * chooseLanguage('fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5', ['de', 'en'], 'de') // 'en'
 */
export function chooseLanguage(
  header: string,
  available: readonly string[],
  defaultLanguage: string,
): string {
  const excluded = excludedLanguages(header);
  const permitted = available.filter((code) => !excluded.has(code.toLowerCase()));
  const others = permitted.includes(defaultLanguage) ? defaultLanguage : permitted[0];
  for (const wanted of new Negotiator({ headers: { 'accept-language': header } }).languages()) {
    if (wanted === '*') return others ?? defaultLanguage;
    const tag = canonicalLanguage(wanted);
    if (tag === undefined || permitted.length === 0) continue;
    const found = match([tag], permitted, NONE);
    if (found !== NONE) return found;
  }
  return defaultLanguage;
}

/** The languages with quality 0, in lower case. */
function excludedLanguages(header: string): ReadonlySet<string> {
  return new Set(
    header.split(',').flatMap((part) => {
      const [range = '', ...parameters] = part
        .toLowerCase()
        .split(';')
        .map((one) => one.trim());
      return parameters.some((one) => /^q\s*=\s*0(\.0*)?$/.test(one)) ? [range] : [];
    }),
  );
}

/**
 * The languages in which a text is looked for, the wanted one first and the default one last.
 *
 * @example
 * fallbackChain('de-AT', [{ code: 'de-AT', fallback: null }, { code: 'de', fallback: null }], 'en') // ['de-AT', 'de', 'en']
 */
export function fallbackChain(
  code: string,
  languages: readonly LanguageFallback[],
  defaultLanguage: string,
): string[] {
  const byCode = new Map(languages.map((language) => [language.code, language]));
  const chain: string[] = [];
  let next: string | undefined = code;
  while (next !== undefined && next !== defaultLanguage && !chain.includes(next)) {
    chain.push(next);
    next = byCode.get(next)?.fallback ?? parentOf(next, byCode);
  }
  return [...chain, defaultLanguage];
}

/** The next available language with fewer parts: "zh-Hant" of "zh-Hant-TW". */
function parentOf(code: string, available: ReadonlyMap<string, unknown>): string | undefined {
  const parts = code.split('-');
  while (parts.length > 1) {
    parts.pop();
    if (available.has(parts.join('-'))) return parts.join('-');
  }
  return undefined;
}

const names = new Map<string, Intl.DisplayNames>();

/** A language's name in another language: "German", "Deutsch". */
export function languageName(code: string, inLanguage: string): string {
  let display = names.get(inLanguage);
  if (!display) {
    display = new Intl.DisplayNames([inLanguage, 'en'], { type: 'language' });
    names.set(inLanguage, display);
  }
  return display.of(code) ?? code;
}
