/** `npm run conventions`: checks the supergraph by the rules of docs/API-CONVENTIONS.md, and prints where it breaks one. */
import { buildASTSchema, parse } from 'graphql';
import { readFileSync } from 'node:fs';
import { readSupergraph } from '#sofa/supergraph';
import { conventionErrors } from './conventions.rules';

const sdl = readFileSync('supergraph.graphql', 'utf8');
const supergraph = readSupergraph(sdl);
const paths = new Map(
  supergraph.operations.map(({ root, field, rest }) => [
    `${root}.${field}`,
    rest.map(({ path }) => String(path)),
  ]),
);
const errors = conventionErrors(buildASTSchema(parse(sdl), { assumeValid: true }), {
  isEntity: (type) => supergraph.isEntity(type),
  pathsOf: (coordinate) => paths.get(coordinate) ?? [],
});
for (const { rule, coordinate, message } of errors)
  process.stdout.write(`${coordinate}: ${message} (${rule})\n`);
if (errors.length > 0) {
  process.stdout.write(`${errors.length} errors. See docs/API-CONVENTIONS.md.\n`);
  process.exitCode = 1;
}
