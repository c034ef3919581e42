/**
 * `npm run compose`: writes supergraph.graphql; with `--check` it writes nothing and fails if the committed
 * file is stale. Both fail for lists without a declared length.
 */
import { buildASTSchema, parse } from 'graphql';
import { keepFresh } from '#kernel/generated-file';
import { subgraphs } from '#subgraphs/list';
import { unsizedLists } from '#gateway/limits/list-sizes';
import { composeSupergraph } from '#gateway/compose';
import { SUPERGRAPH_FILE } from '#gateway/supergraph';

function main(): number {
  const composed = composeSupergraph(subgraphs);
  const unsized = unsizedLists(buildASTSchema(parse(composed), { assumeValidSDL: true }));
  if (unsized.length > 0) {
    process.stderr.write(`Say with @listSize how long these lists may be: ${unsized.join(', ')}.\n`);
    return 1;
  }
  return keepFresh({ file: SUPERGRAPH_FILE, text: composed, command: 'npm run compose' });
}

process.exitCode = main();
