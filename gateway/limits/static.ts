/**
 * Limits that the text of a document alone decides: how deep it goes, how many aliases and directives it has. They are judged with
 * its validation, once per document, and stop a caller from asking for the same costly field a thousand times in one request.
 */
import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

export interface StaticLimits {
  readonly depth: number;
  readonly aliases: number;
}

/** No operation needs more; a directive costs a little at each place it stands. */
const MAX_DIRECTIVES = 50;

interface Measure {
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
}

const NOTHING: Measure = { depth: 0, aliases: 0, directives: 0 };

/** Marks an error of a limit, so that it gets the code QUERY_TOO_COSTLY among the errors of validation. */
export const LIMIT_EXTENSION = 'limit';

/** A validation rule for Apollo Server. */
export function staticLimitsRule(limits: StaticLimits): ValidationRule {
  return (context): ASTVisitor => {
    const measurer = new Measurer(context);
    return {
      OperationDefinition(node) {
        const { depth, aliases, directives } = measurer.measure(node.selectionSet);
        const complain = (limit: string, message: string) =>
          context.reportError(new GraphQLError(message, { nodes: node, extensions: { [LIMIT_EXTENSION]: limit } }));
        if (depth > limits.depth) complain('depth', `The operation is ${depth} levels deep; ${limits.depth} are permitted.`);
        if (aliases > limits.aliases)
          complain('aliases', `The operation has ${aliases} aliases; ${limits.aliases} are permitted.`);
        const all = directives + (node.directives?.length ?? 0);
        if (all > MAX_DIRECTIVES) complain('directives', `The operation has ${all} directives; ${MAX_DIRECTIVES} are permitted.`);
      },
      Field(node) {
        // Names with two underscores are GraphQL's own; as a key of the answer `__proto__` would even vanish.
        if (node.alias?.value.startsWith('__')) {
          context.reportError(new GraphQLError(`The alias "${node.alias.value}" is reserved.`, { nodes: node }));
        }
      },
    };
  };
}

/** Measures selections with their fragments. Each fragment is measured once, so that nested fragments cannot make this slow. */
class Measurer {
  private readonly fragments = new Map<string, Measure>();

  constructor(private readonly context: ValidationContext) {}

  measure(set: SelectionSetNode): Measure {
    let { depth, aliases, directives } = NOTHING;
    for (const selection of set.selections) {
      directives += selection.directives?.length ?? 0;
      const isField = selection.kind === Kind.FIELD;
      if (isField && selection.alias) aliases += 1;
      // What is asked about the schema itself is deep by nature; graphql-js has a limit of its own for it.
      if (isField && selection.name.value.startsWith('__')) continue;
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD ? this.fragment(selection.name.value) : this.inner(selection.selectionSet);
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
      aliases += inner.aliases;
      directives += inner.directives;
    }
    return { depth, aliases, directives };
  }

  private inner(set: SelectionSetNode | undefined): Measure {
    return set ? this.measure(set) : NOTHING;
  }

  private fragment(name: string): Measure {
    const known = this.fragments.get(name);
    if (known) return known;
    const fragment: FragmentDefinitionNode | null | undefined = this.context.getFragment(name);
    if (!fragment) return NOTHING;
    // Stands while the fragment is being measured: one that contains itself is refused by another rule.
    this.fragments.set(name, NOTHING);
    const measure = this.measure(fragment.selectionSet);
    this.fragments.set(name, measure);
    return measure;
  }
}
