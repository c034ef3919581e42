/** The composition of the supergraph, loaded only where the committed one is not fresh. */
import { composeServices } from '@apollo/composition';
import { headerOf, type Source } from './supergraph-header';

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
  return `${headerOf(subgraphs)}${supergraphSdl.trimEnd()}\n`;
}
