/** The types that a domain names without declaring them: pages of its types, and the types of subgraphs/shared-types.graphql. */
import {
  Kind,
  parse,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type ObjectTypeDefinitionNode,
} from 'graphql';

/** Every page has the same fields; kernel/paging.ts makes their values. */
const page = (item: string) => `
  "One page of a list."
  type ${item}Page @shareable {
    "Items of this page, in the requested order."
    items: [${item}!]!
    "Number of items on all pages: exact up to 10,000, an estimate beyond."
    total: Int!
    "Whether total and pages are estimates, as they are for more than 10,000 items."
    totalIsEstimate: Boolean!
    "Number of this page, from 1."
    page: Int!
    "Number of items per page."
    size: Int!
    "Number of pages. Only pages that begin within the first 10,000 items have a number; continue with nextCursor."
    pages: Int!
    "Whether items follow this page."
    hasNextPage: Boolean!
    "Cursor of the next page; null on the last page."
    nextCursor: String
  }`;

/** Names of the fields that every page has. */
export const PAGE_FIELDS: readonly string[] = pageDefinition('Item').fields!.map(({ name }) => name.value);

/**
 * Adds the types that a schema names and does not declare: `XPage` is a page of `X`, other types come from `shared`. Types that are
 * unknown here too are left to the check of the schema.
 *
 * @param shared declares types that several domains answer.
 */
export function completeTypes(schema: DocumentNode, shared: DocumentNode): DocumentNode {
  const sharedTypes = new Map(shared.definitions.map((definition) => [nameOf(definition), definition]));
  const declared = new Set(schema.definitions.map(nameOf));
  const added: DefinitionNode[] = [];
  const queue = [...namedTypes(schema)];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const definition = declared.has(name) ? undefined : (sharedTypes.get(name) ?? pageOf(name));
    if (!definition) continue;
    declared.add(name);
    added.push(definition);
    queue.push(...namedTypes({ kind: Kind.DOCUMENT, definitions: [definition] }));
  }
  added.sort((a, b) => (nameOf(a)! < nameOf(b)! ? -1 : 1));
  return { ...schema, definitions: [...schema.definitions, ...added] };
}

function pageOf(name: string): ObjectTypeDefinitionNode | undefined {
  return /.Page$/.test(name) ? pageDefinition(name.slice(0, -'Page'.length)) : undefined;
}

function pageDefinition(item: string): ObjectTypeDefinitionNode {
  const [definition] = parse(page(item), { noLocation: true }).definitions;
  return definition as ObjectTypeDefinitionNode;
}

function nameOf(definition: DefinitionNode): string | undefined {
  return 'name' in definition ? definition.name?.value : undefined;
}

function namedTypes(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, { NamedType: ({ name }) => void names.add(name.value) });
  return names;
}
