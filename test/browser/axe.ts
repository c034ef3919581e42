/** Accessibility of a page, by axe-core: every rule of WCAG 2.2 A and AA, and its best practices. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What `axe.run` answers, as far as a test reads it. */
interface AxeResults {
  violations: { id: string; help: string; nodes: { target: unknown[]; failureSummary?: string }[] }[];
}

/** The violations of the page as it is shown now, one text for each place; none if there are none. */
export async function violations(page: Page): Promise<string[]> {
  // The page's policy forbids scripts of others in the page; the protocol of the browser runs this one beside it.
  await page.evaluate(AXE);
  const results = await page.evaluate<AxeResults>('axe.run()');
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help} (${target.join(' ')}) ${failureSummary ?? ''}`),
  );
}
