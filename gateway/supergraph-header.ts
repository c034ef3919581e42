import { createHash } from 'node:crypto';
import { print } from 'graphql';
import type { SubgraphModule } from '#kernel/graph/subgraph';

const HEADER =
  '# Composed by "npm run compose" from the schema.graphql of every subgraph: do not edit. Sources: ';

/** The part of a subgraph that is composed. */
export type Source = Pick<SubgraphModule, 'name' | 'typeDefs'>;

/** The first line of a composed text: a fingerprint of all subgraphs' schemas. */
export function headerOf(subgraphs: readonly Source[]): string {
  const hash = createHash('sha256');
  for (const subgraph of subgraphs) hash.update(`${subgraph.name}\n${print(subgraph.typeDefs)}\n`);
  return `${HEADER}${hash.digest('hex')}\n`;
}
