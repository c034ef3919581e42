/**
 * `npm run permissions`: writes docs/PERMISSIONS.md, who may call what, from the schemas and the default roles. With `--check` it
 * fails where the committed one is stale.
 */
import path from 'node:path';
import { Kind, valueFromASTUntyped, type ConstDirectiveNode, type FieldDefinitionNode } from 'graphql';
import { expandScopes, SCOPES } from '../../kernel/auth/scopes';
import { keepFresh } from '../../kernel/generated-file';
import { DEFAULT_ROLES } from '../../subgraphs/auth/roles.rules';
import { subgraphs } from '../../subgraphs/list';

interface Operation {
  domain: string;
  root: string;
  name: string;
  routes: string[];
  /** Undefined for an operation that is open to anybody. */
  scopes: readonly string[] | undefined;
}

const ROOTS = new Set(['Query', 'Mutation', 'Subscription']);

function argument(directive: ConstDirectiveNode, name: string): unknown {
  const found = directive.arguments?.find((one) => one.name.value === name);
  return found && valueFromASTUntyped(found.value);
}

function readOperation(domain: string, root: string, field: FieldDefinitionNode): Operation {
  const directives = (name: string) => (field.directives ?? []).filter((one) => one.name.value === name);
  const auth = directives('auth')[0];
  const routes = directives('rest').map((rest) => `${String(argument(rest, 'method'))} ${String(argument(rest, 'path'))}`);
  const scopes = auth ? ((argument(auth, 'scopes') as string[] | undefined) ?? []) : undefined;
  return { domain, root, name: field.name.value, routes, scopes };
}

const operations = subgraphs.flatMap(({ name: domain, typeDefs }) =>
  typeDefs.definitions.flatMap((definition) => {
    const isRoot = definition.kind === Kind.OBJECT_TYPE_DEFINITION && ROOTS.has(definition.name.value);
    return isRoot ? (definition.fields ?? []).map((field) => readOperation(domain, definition.name.value, field)) : [];
  }),
);

const roles = DEFAULT_ROLES.map(({ name, scopes }) => ({ name, scopes: new Set<string>(expandScopes(scopes)) }));

function mayCall({ scopes }: Operation): string {
  if (!scopes) return 'anybody';
  const able = roles.filter((role) => scopes.length === 0 || scopes.some((scope) => role.scopes.has(scope)));
  return able.length === roles.length ? 'everybody signed in' : able.map(({ name }) => name).join(', ');
}

function row(operation: Operation): string {
  const { root, name, routes, scopes } = operation;
  const needs = !scopes ? 'nothing' : scopes.length === 0 ? 'a token' : scopes.map((scope) => `\`${scope}\``).join(' or ');
  return `| \`${root}.${name}\` | ${routes.map((route) => `\`${route}\``).join('<br>')} | ${needs} | ${mayCall(operation)} |`;
}

const sections = subgraphs.map(({ name }) => {
  const rows = operations.filter(({ domain }) => domain === name).map(row);
  return [`## ${name}`, '', '| operation | route below /api/v1 | needs | default roles |', '|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
});

const text = `# Who may do what

Made from the schemas by \`npm run permissions\`; do not edit. An operation with neither \`@auth\` nor \`@public\` stops the start, so
this list is complete. Of several permissions, one is enough. Roles are an organization's own and can be changed; the last column
says what the roles of a new organization permit.

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

process.exitCode = keepFresh({ file: path.resolve(__dirname, '../PERMISSIONS.md'), text, command: 'npm run permissions' });
