/**
 * The fields of a type that a REST answer shows. REST has no selection sets, so these rules choose:
 *
 * - scalars, enums and plain objects (three deep) are shown if the type's own domain provides them;
 * - fields of other domains are shown only if `@rest(include:)` names them, since each costs another fetch;
 * - a field that a route names in `@rest(include:)` is shown only by such routes;
 * - an entity beside its own id (`customer` beside `customerId`) is omitted: the id is the reference;
 * - an entity without such an id is shown in full on the first level, and as `{ id, name }` further down,
 *   unless it points back at its parent;
 * - fields with required arguments, and pages inside objects, are omitted: they have their own routes.
 */
import {
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  getNamedType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  type GraphQLNamedType,
  type GraphQLOutputType,
} from 'graphql';
import { PAGE_FIELDS } from '#kernel/graph/complete-types';
import { assertPlainCamelCase, pascal, singular, snake } from './casing';
import type { SupergraphInfo } from './supergraph';

const DEEPEST = 3;

/** Whether a type is one page of a list; it may have additional fields, as a valuation has totals. */
export function isPage(type: GraphQLNamedType): boolean {
  return isObjectType(type) && PAGE_FIELDS.every((field) => field in type.getFields());
}

/** Records the graph's element on a renamed field or argument. */
export interface GraphOrigin {
  /** Its name there. */
  readonly name: string;
  /** Where it is declared: `Product.unitPrice`, `Query.products(search)`. */
  readonly coordinate: string;
}

export function originOf(renamed: {
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly name: string;
}): GraphOrigin {
  const origin = renamed.extensions.origin as GraphOrigin | undefined;
  if (!origin) throw new Error(`"${renamed.name}" does not say what it is in the graph.`);
  return origin;
}

interface View {
  readonly type: GraphQLObjectType;
  readonly signature: string;
}

interface Place {
  /** 0 for the answer itself, and for the items of a list. */
  readonly depth: number;
  /** The graph's types from the answer down to here. */
  readonly path: readonly string[];
  readonly include: readonly string[];
}

const ROOT: Place = { depth: 0, path: [], include: [] };

/** Makes the views of a schema's types; equal views of one type are one. */
export class Views {
  private readonly byType = new Map<string, View[]>();
  private readonly names = new Set<string>();
  /** Numbers the views, so that a signature is independent of a view's name. */
  private readonly numbers = new Map<unknown, number>();

  /**
   * @param answers the types that are answers themselves: their full view has the type's own name.
   * @param chosen fields that some route includes, as `Customer.duplicates`.
   */
  constructor(
    private readonly supergraph: SupergraphInfo,
    answers: Iterable<GraphQLObjectType>,
    private readonly chosen: ReadonlySet<string>,
  ) {
    const own = [...new Set(answers)].filter((type) => !isPage(type));
    for (const type of own) this.names.add(type.name);
    for (const type of own) this.view(type, ROOT, type.name).name = type.name;
  }

  /** The type of a route's answer, with every object type replaced by its view. */
  answer(type: GraphQLOutputType, include: readonly string[]): GraphQLOutputType {
    const named = getNamedType(type);
    if (isLeafType(named)) return type;
    if (!isObjectType(named)) throw new Error(`REST cannot answer the abstract type ${named.name}.`);
    const suffix = include.length > 0 ? `With${include.map(pascal).join('')}` : '';
    return rewrap(type, this.view(named, { ...ROOT, include }, named.name + suffix));
  }

  private view(type: GraphQLObjectType, place: Place, name: string): GraphQLObjectType {
    const inside: Place = { ...place, path: [...place.path, type.name] };
    const fields: GraphQLFieldConfigMap<unknown, unknown> = {};
    const page = isPage(type);
    const wanted = new Set(page ? [] : place.include);
    for (const field of Object.values(type.getFields())) {
      const included = wanted.delete(snake(field.name));
      // The items of a page count as answers.
      const items = page && field.name === 'items';
      const shown = items
        ? this.answer(field.type, place.include)
        : this.shown(type, field, inside, included);
      if (!shown) continue;
      const [restName, config] = this.field(type, field, shown);
      fields[restName] = config;
    }
    if (wanted.size > 0)
      throw new Error(`@rest(include:) names what ${type.name} does not have: ${[...wanted].join(', ')}.`);
    return this.remember(type, fields, name);
  }

  /** The type of a shown field; undefined for a hidden one. */
  private shown(
    owner: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    place: Place,
    included: boolean,
  ): GraphQLOutputType | undefined {
    if (!included && this.isOnlyIncluded(owner, field)) return undefined;
    if (field.args.some(isRequiredArgument)) return undefined;
    const named = getNamedType(field.type);
    if (isLeafType(named)) return field.type;
    if (!isObjectType(named) || isPage(named)) return undefined;
    const below: Place = { depth: place.depth + 1, path: place.path, include: [] };
    if (!this.supergraph.isEntity(named.name)) {
      if (below.depth > DEEPEST || place.path.includes(named.name)) return undefined;
      return rewrap(field.type, this.view(named, below, this.nestedName(named)));
    }
    if (!included && isSaidElsewhere(owner, field, named, place)) return undefined;
    const full = place.depth === 0 && !place.path.includes(named.name);
    const view = full ? this.view(named, below, this.nestedName(named)) : this.reference(owner, named);
    return rewrap(field.type, view);
  }

  /** Whether a field is shown only by the routes that include it. */
  private isOnlyIncluded(owner: GraphQLObjectType, { name }: GraphQLField<unknown, unknown>): boolean {
    return this.chosen.has(`${owner.name}.${name}`) || !this.supergraph.isAtHome(owner.name, name);
  }

  private reference(owner: GraphQLObjectType, entity: GraphQLObjectType): GraphQLObjectType {
    // A name from another domain would cost a fetch for each reference.
    const near = this.supergraph.ownerOf(owner.name) === this.supergraph.ownerOf(entity.name);
    const shown = Object.values(entity.getFields()).filter(
      ({ name }) => name === 'id' || (near && name === 'name'),
    );
    const fields = Object.fromEntries(shown.map((field) => this.field(entity, field, field.type)));
    return this.remember(entity, fields, `${entity.name}Reference`);
  }

  private nestedName(type: GraphQLObjectType): string {
    return this.names.has(type.name) ? `${type.name}Summary` : type.name;
  }

  private field(
    owner: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    type: GraphQLOutputType,
  ): [string, GraphQLFieldConfig<unknown, unknown>] {
    const coordinate = `${owner.name}.${field.name}`;
    assertPlainCamelCase(field.name, coordinate);
    const origin: GraphOrigin = { name: field.name, coordinate };
    const guards = this.supergraph.guards.fields.get(coordinate);
    return [
      snake(field.name),
      { type, description: field.description, extensions: { origin, ...(guards && { guards }) } },
    ];
  }

  private remember(
    type: GraphQLObjectType,
    fields: GraphQLFieldConfigMap<unknown, unknown>,
    wanted: string,
  ): GraphQLObjectType {
    const signature = Object.entries(fields)
      .map(([name, config]) => `${name}:${this.signatureOf(config.type)}`)
      .join();
    const known = this.byType.get(type.name) ?? [];
    const same = known.find((view) => view.signature === signature);
    if (same) return same.type;
    let name = wanted;
    for (let number = 2; this.names.has(name); number += 1) name = `${wanted}${number}`;
    this.names.add(name);
    const view = { type: new GraphQLObjectType({ name, description: type.description, fields }), signature };
    this.byType.set(type.name, [...known, view]);
    this.numbers.set(view.type, this.numbers.size);
    return view.type;
  }

  private signatureOf(type: GraphQLOutputType): string {
    const named = getNamedType(type);
    const number = this.numbers.get(named);
    return number === undefined ? String(type) : String(type).replace(named.name, String(number));
  }
}

/** Whether an entity is omitted: its id is beside it, or the answer is inside it. */
function isSaidElsewhere(
  owner: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  entity: GraphQLObjectType,
  place: Place,
): boolean {
  const ids = [`${field.name}Id`, `${singular(field.name)}Ids`];
  if (ids.some((id) => id in owner.getFields())) return true;
  // A variant inside its product need not repeat the product; a category's parent is another category.
  return place.path.includes(entity.name) && entity !== owner;
}

/** Wraps a type in the lists and non-nulls of another. */
function rewrap(type: GraphQLOutputType, inner: GraphQLObjectType): GraphQLOutputType {
  if (isNonNullType(type))
    return new GraphQLNonNull(rewrap(type.ofType as GraphQLOutputType, inner) as GraphQLObjectType);
  if (isListType(type)) return new GraphQLList(rewrap(type.ofType, inner));
  return inner;
}
