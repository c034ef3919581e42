/**
 * The internal names of response keys. Subgraphs answer into one growing result, and the planner adds fields to
 * it under their own names: keys, fields of @requires, `__typename`. A caller's alias with such a name would be
 * read in its place (`id: total` would send a total as an id). Such keys get another name internally, and the
 * answer's shape restores them. This happens once per document, and a document without such keys is unchanged.
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

/** A document for planning and execution. */
export interface InternalDocument {
  readonly document: DocumentNode;
  /** The key of the result for a field of the caller's document. */
  readonly sourceOf: (field: FieldNode) => string;
  /** The caller's own key for a key of the result. */
  readonly callersKey: (key: string) => string;
  /** The caller's variables with another internal name; undefined without any. */
  readonly variables: ReadonlyMap<string, string> | undefined;
}

/** Names that every JavaScript object has, even if a value lacks them. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

/** The planner's name for a field that it had to distinguish from another one. */
const PLANNERS_ALIAS = /__alias_\d+$/;

/**
 * Variables that get another internal name: the planner's variable for entities, and the names that every
 * object has.
 */
const RESERVED_VARIABLES: ReadonlySet<string> = new Set(['representations', ...INHERITED]);

export const keyOf = (field: FieldNode): string => (field.alias ?? field.name).value;

export class ResponseNames {
  private readonly reserved = new Set(['__typename', ...INHERITED]);
  /** The reserved ones that the planner selects with its own arguments. */
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

  /** Renames the keys and variables of a document so that nothing collides. */
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
