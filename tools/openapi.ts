/**
 * `npm run openapi`: writes openapi.json and asyncapi.json from the committed supergraph.graphql, so that clients can be
 * generated without a running server; with `--check` it does not, and fails if a committed file is
 * stale. The types of our own client, which are not committed, are written from it in both cases.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Supergraph } from '@apollo/federation-internals';
import { keepFresh } from '#kernel/generated-file';
import { apiDocuments } from '#sofa/index';
import { writeClientTypes } from './build-client';

const ROOT = path.resolve(__dirname, '..');
const SUPERGRAPH = path.join(ROOT, 'supergraph.graphql');

async function main(): Promise<number> {
  if (!existsSync(SUPERGRAPH)) {
    console.error('There is no supergraph.graphql: run "npm run compose" first.');
    return 1;
  }
  const supergraphSdl = readFileSync(SUPERGRAPH, 'utf8');
  const apiSchema = Supergraph.build(supergraphSdl, { validateSupergraph: false })
    .apiSchema()
    .toGraphQLJSSchema();
  const { openApi, asyncApi } = await apiDocuments({ supergraphSdl, apiSchema });
  const keep = (file: string, document: object): number =>
    keepFresh({
      file: path.join(ROOT, file),
      text: `${JSON.stringify(document, null, 2)}\n`,
      command: 'npm run openapi',
    });
  const codes = [keep('openapi.json', openApi), ...(asyncApi ? [keep('asyncapi.json', asyncApi)] : [])];
  await writeClientTypes();
  return Math.max(...codes);
}

void main().then((code) => {
  process.exitCode = code;
});
