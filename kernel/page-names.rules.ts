/** The pages for people, which the setting PAGES names. */

export const PAGE_NAMES = ['dashboard', 'till', 'docs'] as const;

/** `docs` means /docs and /redoc. */
export type PageName = (typeof PAGE_NAMES)[number];

/**
 * Reads the setting: names of pages, or `none` alone. Pure.
 * @throws Error with a text for the operator that names what is unknown.
 */
export function readPageNames(names: readonly string[]): readonly PageName[] {
  if (names.length === 1 && names[0] === 'none') return [];
  const unknown = names.filter((name) => !PAGE_NAMES.some((page) => page === name));
  if (unknown.length > 0)
    throw new Error(`has "${unknown.join(', ')}"; it must be none, or some of ${PAGE_NAMES.join(', ')}`);
  return PAGE_NAMES.filter((page) => names.includes(page));
}
