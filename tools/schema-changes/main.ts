/**
 * `npm run schema:changes`, a part of `npm run check`: compares schema.graphql with that of the last frozen release, and reads the reasons of
 * its deprecated parts. Exits with 1 and a line for each error.
 */
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { API_SCHEMA_FILE } from '#gateway/api-schema';
import { frozenReleases } from '../migrations/releases';
import { runTool, say } from '../run-tool';
import { breakingChanges, deprecationErrors } from './schema-changes.rules';

const read = (file: string) => buildSchema(readFileSync(file, 'utf8'));

async function main(): Promise<void> {
  const schema = read(API_SCHEMA_FILE);
  const errors = deprecationErrors(schema);
  const release = frozenReleases().at(-1);
  if (release) {
    const today = new Date().toISOString().slice(0, 10);
    errors.push(...(await breakingChanges(read(release.apiSchema), schema, today)));
  }
  for (const error of errors) process.stderr.write(`${error}\n`);
  if (errors.length > 0) {
    const rule = 'docs/UPGRADING.md has the rule: deprecate first, remove when the time is over.';
    process.stderr.write(`A client of ${release?.version ?? 'the API'} would break. ${rule}\n`);
    process.exitCode = 1;
    return;
  }
  say(release ? `No client of ${release.version} breaks.` : 'No release is frozen yet.');
}

runTool(main);
