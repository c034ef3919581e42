/** Names and symbols of currencies in any language, from the runtime's data (CLDR). Pure. */

const names = new Map<string, Intl.DisplayNames>();

/** A currency's name: "Euro", "Swiss Franc"; its code if the runtime has no name. @param language BCP 47. */
export function currencyName(code: string, language: string): string {
  let display = names.get(language);
  if (!display) {
    display = new Intl.DisplayNames([language, 'en'], { type: 'currency' });
    names.set(language, display);
  }
  return display.of(code) ?? code;
}

/** A currency's short symbol: "€", "$", "zł"; its code if it has none. */
export function currencySymbol(code: string, language: string): string {
  const parts = new Intl.NumberFormat(language, {
    style: 'currency',
    currency: code,
    currencyDisplay: 'narrowSymbol',
  }).formatToParts(0);
  return parts.find(({ type }) => type === 'currency')?.value ?? code;
}
