/**
 * The supergraph: one schema composed from all subgraphs, offline. The composed text is committed as
 * supergraph.graphql, so that starting needs no composition (a second or two) and another router can serve the
 * same graph.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { headerOf, type Source } from './supergraph-header';

/** The path of the committed composed schema. */
export const SUPERGRAPH_FILE = path.resolve(__dirname, '../supergraph.graphql');

/** Whether a composed text was made from exactly these schemas. */
export function isFresh(supergraphSdl: string, subgraphs: readonly Source[]): boolean {
  return supergraphSdl.startsWith(headerOf(subgraphs));
}

/** The committed supergraph if it is fresh, otherwise one composed now, in memory. */
export async function loadSupergraph(subgraphs: readonly Source[], file = SUPERGRAPH_FILE): Promise<string> {
  const committed = readIfThere(file);
  if (committed !== undefined && isFresh(committed, subgraphs)) return committed;
  const { composeSupergraph } = await import('#gateway/compose');
  return composeSupergraph(subgraphs);
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
