/**
 * `npm run compose`: writes supergraph.graphql and schema.graphql; with `--check` it writes nothing and fails if a committed
 * file is stale. Both fail for lists without a declared length. `npm run -s compose -- --router` prints it for
 * another router, with the addresses of SUBGRAPH_URLS.
 */
import { buildASTSchema, parse } from 'graphql';
import { readConfig } from '#kernel/config';
import { keepFresh } from '#kernel/generated-file';
import { subgraphs } from '#subgraphs/list';
import { API_SCHEMA_FILE, printApiSchema } from '#gateway/api-schema';
import { Planner } from '#gateway/executor/plans';
import { unsizedLists } from '#gateway/limits/list-sizes';
import { composeSupergraph } from '#gateway/compose';
import { supergraphForRouter } from '#gateway/router-supergraph';
import { SUPERGRAPH_FILE } from '#gateway/supergraph';

function main(): number {
  const composed = composeSupergraph(subgraphs);
  const unsized = unsizedLists(buildASTSchema(parse(composed), { assumeValidSDL: true }));
  if (unsized.length > 0) {
    process.stderr.write(`Say with @listSize how long these lists may be: ${unsized.join(', ')}.\n`);
    return 1;
  }
  if (process.argv.includes('--router')) {
    process.stdout.write(supergraphForRouter(composed, readConfig(process.env).subgraphUrls));
    return 0;
  }
  const command = 'npm run compose';
  const supergraph = keepFresh({ file: SUPERGRAPH_FILE, text: composed, command });
  const api = keepFresh({
    file: API_SCHEMA_FILE,
    text: printApiSchema(new Planner(composed).api),
    command,
  });
  return Math.max(supergraph, api);
}

process.exitCode = main();
