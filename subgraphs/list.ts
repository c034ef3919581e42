import { invariant } from '#kernel/errors';
import type { SubgraphModule } from '#kernel/graph/subgraph';
import type { NewShopPart } from './auth/index';
import { CATALOG_TRANSLATABLES, newShopTaxClasses } from './catalog/index';
import domains from './domains.json';
import { newShopLanguages, type Translatables } from './i18n/index';
import { initialStock, newShopWarehouse } from './inventory/index';
import { newShopRegister } from './registers/index';
import { shippingQuotes } from './shipping/index';

/** The kinds of rows with texts that can be translated, by their names. */
export const translatables: Translatables = new Map(
  CATALOG_TRANSLATABLES.map((entity) => [entity.name, entity]),
);

/** The parts of the domains in a new shop, in the order of the domains. */
const newShop: readonly NewShopPart[] = [
  newShopLanguages,
  newShopTaxClasses,
  newShopWarehouse,
  newShopRegister,
];

/** All domains, for the settings, which are defined by their schemas. The list is complete once all are loaded. */
const loaded = () => subgraphs;

/** Parts of other domains that a domain needs and may not import. The `subgraph` of such a domain is a function that takes them. */
const later = { initialStock, newShop, shippingQuotes, translatables, domains: loaded };

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
