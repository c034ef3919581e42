/**
 * Selects only fields that the caller may see. A hidden field (`@auth` below the root) is null in every row; a
 * page of a thousand rows would otherwise collect a thousand errors for it, and fetch in vain.
 */
import { LRUCache } from 'lru-cache';
import { getNamedType, isNonNullType, isObjectType, type FieldNode, type GraphQLOutputType } from 'graphql';
import type { RequestContext } from '#kernel/context';
import { maySee, type AnyScope } from '#kernel/graph/guards';
import { fieldsOf, partOf, responseName, rootOf, type GraphDocument } from './documents';
import type { RestOperation } from './rest-schema';

/** The part of a document that one caller may see. */
export interface VisiblePart {
  readonly graph: GraphDocument;
  /** Adds null for hidden fields, so that every caller's answers have the same names in the same order. */
  readonly complete: (value: unknown) => unknown;
}

/** A field that needs permissions. */
interface GuardedField {
  /** Its path from the answer, in REST names joined with dots. */
  readonly path: string;
  /** The sets of permissions that it needs, of those of the document. */
  readonly needs: number;
}

/**
 * Maximum cached parts of one document: a shop has a handful of roles, and few of them differ in the hidden
 * fields of a route.
 */
const MAX_PARTS = 16;

/** A document, and its parts by caller. */
export class VisibleParts {
  private readonly whole: VisiblePart;
  private readonly guarded: readonly GuardedField[];
  /** The different sets of permissions that fields of the document need. */
  private readonly needs: (readonly AnyScope[])[] = [];
  private readonly parts = new LRUCache<string, VisiblePart>({ max: MAX_PARTS });

  constructor(document: GraphDocument, { route, answer }: Pick<RestOperation, 'route' | 'answer'>) {
    this.whole = { graph: document, complete: (value) => value };
    // A route without permissions shows the callers' own data: there only the rows decide what is hidden.
    this.guarded = route.operation.scopes.length === 0 ? [] : this.guardedBelow(rootOf(document), answer, []);
  }

  /** The part for one caller. Callers who lack the same permissions share one, and with it the gateway's plan. */
  visibleTo(context: RequestContext): VisiblePart {
    const hidden = this.needs.flatMap((needed, at) => (maySee(context, needed) ? [] : [at]));
    if (hidden.length === 0) return this.whole;
    const key = hidden.join();
    const known = this.parts.get(key);
    if (known) return known;
    const paths = new Set(this.guarded.filter(({ needs }) => hidden.includes(needs)).map(({ path }) => path));
    const graph = partOf(this.whole.graph, (path) => !paths.has(path.join('.')));
    const root = rootOf(this.whole.graph);
    const part: VisiblePart = { graph, complete: (value) => completed(value, root) };
    this.parts.set(key, part);
    return part;
  }

  private guardedBelow(field: FieldNode, type: GraphQLOutputType, path: readonly string[]): GuardedField[] {
    const owner = getNamedType(type);
    if (!isObjectType(owner)) return [];
    return fieldsOf(field).flatMap((selected) => {
      const shown = owner.getFields()[responseName(selected)];
      // `__typename` is not a field of the type, and needs no permission.
      if (!shown) return [];
      const below = [...path, shown.name];
      const inner = this.guardedBelow(selected, shown.type, below);
      const needed = shown.extensions.guards as readonly AnyScope[] | undefined;
      if (!needed || isNonNullType(shown.type)) return inner;
      return [{ path: below.join('.'), needs: this.numberOf(needed) }, ...inner];
    });
  }

  private numberOf(needed: readonly AnyScope[]): number {
    const text = JSON.stringify(needed);
    const at = this.needs.findIndex((one) => JSON.stringify(one) === text);
    return at < 0 ? this.needs.push(needed) - 1 : at;
  }
}

/** A part of an answer, completed with all names that the whole document selects at its place. */
function completed(value: unknown, field: FieldNode): unknown {
  if (Array.isArray(value)) return value.map((item) => completed(item, field));
  if (typeof value !== 'object' || value === null || !field.selectionSet) return value;
  const whole: Record<string, unknown> = {};
  for (const selected of fieldsOf(field)) {
    const name = responseName(selected);
    whole[name] = completed((value as Record<string, unknown>)[name] ?? null, selected);
  }
  return whole;
}
