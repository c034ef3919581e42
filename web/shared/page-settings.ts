/** The settings of the pages, which the server has. */

export interface PageSettings {
  /** The pages that are served, such as `dashboard` and `till`. */
  readonly pages: readonly string[];
  /** The logins of the demo shop; null elsewhere. */
  readonly demo: { readonly emails: readonly string[]; readonly password: string } | null;
}

/** @throws TypeError or Error if the server cannot be reached. */
export async function readPageSettings(): Promise<PageSettings> {
  const response = await fetch('/pages.json');
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return (await response.json()) as PageSettings;
}
