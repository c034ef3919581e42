/**
 * `npm run permissions`: writes docs/PERMISSIONS.md, the permissions of all operations, from the schemas and the default roles. With
 * `--check` it fails if the committed file is stale.
 */
import path from 'node:path';
import { Kind, type FieldDefinitionNode } from 'graphql';
import { expandScopes, SCOPES } from '#kernel/auth/scopes';
import { keepFresh } from '#kernel/generated-file';
import { argumentsOf } from '#kernel/graph/directive-arguments';
import { readGuards, type AnyScope } from '#kernel/graph/guards';
import { DEFAULT_ROLES } from '#subgraphs/auth/roles.rules';
import { subgraphs } from '#subgraphs/list';

interface Operation {
  domain: string;
  root: string;
  name: string;
  routes: string[];
  /** Undefined for a public operation. */
  scopes: readonly string[] | undefined;
}

const ROOTS = new Set(['Query', 'Mutation', 'Subscription']);

function readOperation(domain: string, root: string, field: FieldDefinitionNode): Operation {
  const routes = argumentsOf(field.directives, 'rest').map(
    ({ method, path }) => `${String(method)} ${String(path)}`,
  );
  const [auth] = argumentsOf(field.directives, 'auth');
  const scopes = auth && ((auth.scopes as string[] | undefined) ?? []);
  return { domain, root, name: field.name.value, routes, scopes };
}

const operations = subgraphs.flatMap(({ name: domain, typeDefs }) =>
  typeDefs.definitions.flatMap((definition) => {
    const isRoot = definition.kind === Kind.OBJECT_TYPE_DEFINITION && ROOTS.has(definition.name.value);
    return isRoot
      ? (definition.fields ?? []).map((field) => readOperation(domain, definition.name.value, field))
      : [];
  }),
);

const roles = DEFAULT_ROLES.map(({ name, scopes }) => ({
  name,
  scopes: new Set<string>(expandScopes(scopes)),
}));

/** @param needed lists of scopes, of each of which the caller needs one; undefined for a public operation. */
function rolesWith(needed: readonly AnyScope[] | undefined): string {
  if (!needed) return 'anyone';
  const holds = (role: (typeof roles)[number]) =>
    needed.every((scopes) => scopes.length === 0 || scopes.some((scope) => role.scopes.has(scope)));
  const able = roles.filter(holds);
  return able.length === roles.length ? 'every signed-in user' : able.map(({ name }) => name).join(', ');
}

const inWords = (scopes: AnyScope) => scopes.map((scope) => `\`${scope}\``).join(' or ');

function row({ root, name, routes, scopes }: Operation): string {
  const needs = !scopes ? 'nothing' : scopes.length === 0 ? 'a token' : inWords(scopes);
  const paths = routes.map((route) => `\`${route}\``).join('<br>');
  return `| \`${root}.${name}\` | ${paths} | ${needs} | ${rolesWith(scopes && [scopes])} |`;
}

const sections = subgraphs.map(({ name, typeDefs }) => {
  const rows = operations.filter(({ domain }) => domain === name).map(row);
  const table = [
    `## ${name}`,
    '',
    '| operation | route below /api/v1 | needs | default roles |',
    '|---|---|---|---|',
    ...rows,
    '',
  ];
  const hidden = [...readGuards(typeDefs).fields].map(
    ([field, needed]) => `| \`${field}\` | ${needed.map(inWords).join(', and ')} | ${rolesWith(needed)} |`,
  );
  if (hidden.length > 0) table.push('| field | needs | default roles |', '|---|---|---|', ...hidden, '');
  return table.join('\n');
});

const text = `# Permissions

Generated from the schemas by \`npm run permissions\`; do not edit. An operation with neither \`@auth\` nor \`@public\` stops the start, so
this list is complete. Of several permissions, one is enough. A field needs its permission in addition to that of the operation, by
whatever relation it is reached: without it the answer has null there, and in GraphQL an error \`FORBIDDEN\` at its path. Each organization
can change its roles; the last column lists the roles of a new organization.

${sections.join('\n')}
## Permissions

| permission | permits | default roles |
|---|---|---|
${Object.entries(SCOPES)
  .map(
    ([scope, words]) =>
      `| \`${scope}\` | ${words} | ${roles
        .filter((r) => r.scopes.has(scope))
        .map((r) => r.name)
        .join(', ')} |`,
  )
  .join('\n')}
`;

process.exitCode = keepFresh({
  file: path.resolve(__dirname, '../docs/PERMISSIONS.md'),
  text,
  command: 'npm run permissions',
});
