import { invariant } from '#kernel/errors';
import type { SubgraphModule } from '#kernel/graph/subgraph';
import { CATALOG_TRANSLATABLES } from './catalog/index';
import domains from './domains.json';
import type { Translatables } from './i18n/index';
import { initialStock } from './inventory/index';
import { shippingQuotes } from './shipping/index';

/** The kinds of rows with texts that can be translated, by their names. */
export const translatables: Translatables = new Map(
  CATALOG_TRANSLATABLES.map((entity) => [entity.name, entity]),
);

/** All domains, for the settings, which are defined by their schemas. The list is complete once all are loaded. */
const loaded = () => subgraphs;

/** Parts of other domains that a domain needs and may not import. The `subgraph` of such a domain is a function that takes them. */
const later = { initialStock, shippingQuotes, translatables, domains: loaded };

interface Loaded {
  subgraph?: SubgraphModule | ((parts: typeof later) => SubgraphModule);
}

/** Every domain of the graph, in the order of domains.json: a domain calls only those before it. */
export const subgraphs: readonly SubgraphModule[] = domains.map(({ name }) => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a name from the list; the build bundles every match
  const { subgraph } = require(`./${name}/subgraph.ts`) as Loaded;
  invariant(subgraph, `subgraphs/${name}/subgraph.ts must export "subgraph"`);
  return typeof subgraph === 'function' ? subgraph(later) : subgraph;
});
