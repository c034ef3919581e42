/**
 * The supergraph for a router other than PosPro's gateway. Some routers show every directive of a supergraph in their public
 * introspection, and PosPro's own ones (permissions, routes) serve its gateway and its REST layer alone.
 */
import {
  Kind,
  parse,
  print,
  visit,
  type ConstDirectiveNode,
  type DirectiveDefinitionNode,
  type EnumValueDefinitionNode,
} from 'graphql';
import { argumentsOf } from '#kernel/graph/directive-arguments';

/** The address that `kernel/graph/directives.graphql` gives to PosPro's directives. */
const OWN_SPECIFICATION = 'https://specs.pospro.dev/pospro/';
const OWN_TYPES = 'pospro__';

/**
 * Removes PosPro's own directives and their types, and enters the addresses of the subgraphs.
 * @param supergraph the composed text.
 * @param urls the addresses of subgraphs by their names; the others keep those of the composed text.
 */
export function supergraphForRouter(supergraph: string, urls: ReadonlyMap<string, URL>): string {
  const document = parse(supergraph);
  const isOwnLink = (link: ConstDirectiveNode) =>
    String(argumentsOf([link], 'link')[0]?.url).startsWith(OWN_SPECIFICATION);
  const links = document.definitions.flatMap((node) =>
    node.kind === Kind.SCHEMA_DEFINITION ? (node.directives ?? []) : [],
  );
  const own = argumentsOf(links.filter(isOwnLink), 'link').flatMap((link) => link.import as string[]);
  const isOwn = ({ name }: ConstDirectiveNode | DirectiveDefinitionNode) => own.includes(`@${name.value}`);
  const plain = visit(document, {
    Directive: (node) =>
      isOwn(node as ConstDirectiveNode) || isOwnLink(node as ConstDirectiveNode) ? null : undefined,
    DirectiveDefinition: (node) => (isOwn(node) ? null : undefined),
    EnumTypeDefinition: ({ name }) => (name.value.startsWith(OWN_TYPES) ? null : undefined),
    EnumValueDefinition: (node) => withAddress(node, urls),
  });
  return `${print(plain)}\n`;
}

/** The value of `join__Graph` that stands for a subgraph, with another address; undefined leaves any other value as it is. */
function withAddress(
  value: EnumValueDefinitionNode,
  urls: ReadonlyMap<string, URL>,
): EnumValueDefinitionNode | undefined {
  const url = urls.get(String(argumentsOf(value.directives, 'join__graph')[0]?.name))?.href;
  if (url === undefined) return undefined;
  const rename = (directive: ConstDirectiveNode): ConstDirectiveNode => ({
    ...directive,
    arguments: directive.arguments?.map((argument) =>
      argument.name.value === 'url' ? { ...argument, value: { kind: Kind.STRING, value: url } } : argument,
    ),
  });
  return { ...value, directives: value.directives?.map(rename) };
}
