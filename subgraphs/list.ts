import { createRequire } from 'node:module';
import { invariant } from '#kernel/errors';
import type { SubgraphModule } from '#kernel/graph/subgraph';
import domains from './domains.json';
import { initialStock } from './inventory/index';

const load = createRequire(__filename);

/**
 * Parts of later domains that an earlier domain needs and may not import. The `subgraph` of such a domain is a function that takes them.
 */
const later = { initialStock };

interface Loaded {
  subgraph?: SubgraphModule | ((parts: typeof later) => SubgraphModule);
}

/** Every domain of the graph, in the order of domains.json: a domain calls only those before it. */
export const subgraphs: readonly SubgraphModule[] = domains.map(({ name }) => {
  const { subgraph } = load(`./${name}/subgraph`) as Loaded;
  invariant(subgraph, `subgraphs/${name}/subgraph.ts must export "subgraph"`);
  return typeof subgraph === 'function' ? subgraph(later) : subgraph;
});
