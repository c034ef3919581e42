/**
 * `npm run compose`: writes supergraph.graphql; with `--check` it writes nothing and fails where the committed one is stale. Either fails
 * for lists of which the schema does not say how long they may be.
 */
import { writeFileSync } from 'node:fs';
import { buildASTSchema, parse } from 'graphql';
import { subgraphs } from '#subgraphs/list';
import { unsizedLists } from '#gateway/limits/list-sizes';
import { composeSupergraph, readIfThere, SUPERGRAPH_FILE } from '#gateway/supergraph';

function main(check: boolean): number {
  const composed = composeSupergraph(subgraphs);
  const unsized = unsizedLists(buildASTSchema(parse(composed), { assumeValidSDL: true }));
  if (unsized.length > 0) {
    process.stderr.write(`Say with @listSize how long these lists may be: ${unsized.join(', ')}.\n`);
    return 1;
  }
  const fresh = readIfThere(SUPERGRAPH_FILE) === composed;
  if (fresh) process.stdout.write('supergraph.graphql is fresh.\n');
  else if (check) process.stderr.write('supergraph.graphql is stale: run "npm run compose" and commit it.\n');
  else writeFileSync(SUPERGRAPH_FILE, composed);
  if (!fresh && !check) process.stdout.write('supergraph.graphql written.\n');
  return fresh || !check ? 0 : 1;
}

process.exitCode = main(process.argv.includes('--check'));
