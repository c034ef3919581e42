/**
 * The supergraph: one schema composed from all subgraphs, offline. The composed text is committed as
 * supergraph.graphql, so that starting needs no composition (a second or two) and another router can serve the
 * same graph.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { composeServices } from '@apollo/composition';
import { print } from 'graphql';
import type { SubgraphModule } from '#kernel/graph/subgraph';

/** The path of the committed composed schema. */
export const SUPERGRAPH_FILE = path.resolve(__dirname, '../supergraph.graphql');

const HEADER =
  '# Composed by "npm run compose" from the schema.graphql of every subgraph: do not edit. Sources: ';

type Source = Pick<SubgraphModule, 'name' | 'typeDefs'>;

/** A fingerprint of all subgraphs' schemas: the committed supergraph is fresh while it has the same one. */
function fingerprint(subgraphs: readonly Source[]): string {
  const hash = createHash('sha256');
  for (const subgraph of subgraphs) hash.update(`${subgraph.name}\n${print(subgraph.typeDefs)}\n`);
  return hash.digest('hex');
}

/**
 * Composes the supergraph, with the fingerprint in the first line.
 * @throws Error naming every conflict between the subgraphs.
 */
export function composeSupergraph(subgraphs: readonly Source[]): string {
  const services = subgraphs.map(({ name, typeDefs }) => ({
    name,
    typeDefs,
    url: `http://${name}:4000/graphql`,
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) {
    throw new Error(
      ['The subgraphs do not compose:', ...(errors ?? []).map((error) => `  - ${error.message}`)].join('\n'),
    );
  }
  return `${HEADER}${fingerprint(subgraphs)}\n${supergraphSdl.trimEnd()}\n`;
}

/** Whether a composed text was made from exactly these schemas. */
export function isFresh(supergraphSdl: string, subgraphs: readonly Source[]): boolean {
  return supergraphSdl.startsWith(`${HEADER}${fingerprint(subgraphs)}\n`);
}

/** The committed supergraph if it is fresh, otherwise one composed now, in memory. */
export function loadSupergraph(subgraphs: readonly Source[], file = SUPERGRAPH_FILE): string {
  const committed = readIfThere(file);
  return committed !== undefined && isFresh(committed, subgraphs) ? committed : composeSupergraph(subgraphs);
}

/** A file's text; undefined if the file does not exist. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
