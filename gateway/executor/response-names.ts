/**
 * The names of response keys while an operation is carried out. Subgraphs answer into one growing result, and the planner adds fields
 * to it under their own names: keys, what @requires asks for, `__typename`. A caller's alias that takes such a name would be read in
 * its place (`id: total` would send a total where an id is meant). Such keys get another name inside, and the answer's shape gives
 * them back. It happens once per document, and a document without such keys stays as it is.
 */
import {
  Kind,
  parse,
  visit,
  type ArgumentNode,
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
} from 'graphql';

/** A document as it is planned and carried out. */
export interface InternalDocument {
  readonly document: DocumentNode;
  /** The key under which the result holds what a field of the caller's document asks for. */
  readonly sourceOf: (field: FieldNode) => string;
  /** The caller's own key for a key of the result. */
  readonly callersKey: (key: string) => string;
  /** Variables of the caller that have another name inside; undefined where all have their own. */
  readonly variables: ReadonlyMap<string, string> | undefined;
}

/** Names of every object of JavaScript: a value that lacks them would still have them. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

/** How the planner names a field that it had to tell apart from another one. */
const PLANNERS_ALIAS = /__alias_\d+$/;

/** Variables that get another name inside: that by which the planner hands entities to a subgraph, and what every object has. */
const RESERVED_VARIABLES: ReadonlySet<string> = new Set(['representations', ...INHERITED]);

export const keyOf = (field: FieldNode): string => (field.alias ?? field.name).value;

export class ResponseNames {
  private readonly reserved = new Set(['__typename', ...INHERITED]);
  /** Of the reserved ones, those that the planner asks for with arguments of its own. */
  private readonly withArguments = new Set<string>();

  /** @param supergraph the composed schema, whose directives name every field that a plan may need. */
  constructor(supergraph: DocumentNode) {
    visit(supergraph, {
      Directive: (node) => {
        if (node.name.value.startsWith('join__')) fieldSetsOf(node).forEach((text) => this.reserve(text));
      },
    });
  }

  private reserve(fieldSet: string): void {
    visit(parseFieldSet(fieldSet), {
      Field: ({ name, arguments: given }) => {
        this.reserved.add(name.value);
        if (given?.length) this.withArguments.add(name.value);
      },
    });
  }

  /** Gives a document names that collide with nothing. */
  internal(document: DocumentNode): InternalDocument {
    const taken = namesIn(document);
    const fresh = (name: string) => {
      const stem = name.replace(/^_+/, '') || 'key';
      let counter = 1;
      while (taken.has(`${stem}_${counter}`) || this.reserved.has(`${stem}_${counter}`)) counter += 1;
      taken.add(`${stem}_${counter}`);
      return `${stem}_${counter}`;
    };
    const sources = new Map<string, string>();
    const callers = new Map<string, string>();
    const variables = new Map<string, string>();
    const rename = (key: string) => {
      let source = sources.get(key);
      if (source === undefined) {
        source = fresh(key);
        sources.set(key, source);
        callers.set(source, key);
      }
      return source;
    };
    const renamed = visit(document, {
      Field: (node) => (this.collides(node) ? { ...node, alias: nameNode(rename(keyOf(node))) } : undefined),
      Variable: (node) => {
        const name = node.name.value;
        if (!RESERVED_VARIABLES.has(name)) return undefined;
        if (!variables.has(name)) variables.set(name, fresh(name));
        return { ...node, name: nameNode(variables.get(name)!) };
      },
    });
    return {
      document: renamed,
      sourceOf: (field) => (this.collides(field) ? sources.get(keyOf(field))! : keyOf(field)),
      callersKey: (key) => callers.get(key) ?? key,
      variables: variables.size > 0 ? variables : undefined,
    };
  }

  private collides(field: FieldNode): boolean {
    const key = keyOf(field);
    if (PLANNERS_ALIAS.test(key)) return true;
    if (!this.reserved.has(key)) return false;
    return key !== field.name.value || !!field.arguments?.length || this.withArguments.has(key);
  }
}

/** The field sets of one of composition's directives: of keys, of @requires and @provides, of contexts. */
function fieldSetsOf({ arguments: given }: DirectiveNode): string[] {
  const texts: string[] = [];
  const read = (node: ASTNode) => visit(node, { StringValue: ({ value }) => void texts.push(value) });
  given?.forEach((argument: ArgumentNode) => {
    if (['key', 'requires', 'provides'].includes(argument.name.value)) read(argument.value);
  });
  return texts;
}

export function parseFieldSet(text: string): DocumentNode {
  const set = text.trim();
  return parse(set.startsWith('{') ? set : `{ ${set} }`, { noLocation: true });
}

/** Every response key and variable of a document. */
function namesIn(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, {
    Field: (node) => void names.add(keyOf(node)),
    Variable: (node) => void names.add(node.name.value),
  });
  return names;
}

const nameNode = (value: string) => ({ kind: Kind.NAME, value }) as const;
