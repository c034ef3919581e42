import { createRequire } from 'node:module';
import { invariant } from '#kernel/errors';
import type { SubgraphModule } from '#kernel/graph/subgraph';
import domains from './domains.json';

const load = createRequire(__filename);

/** Every domain of the graph, in the order of domains.json: a domain calls only those before it. */
export const subgraphs: readonly SubgraphModule[] = domains.map(({ name }) => {
  const { subgraph } = load(`./${name}/subgraph`) as { subgraph?: SubgraphModule };
  invariant(subgraph, `subgraphs/${name}/subgraph.ts must export "subgraph"`);
  return subgraph;
});
