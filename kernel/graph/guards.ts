/**
 * `@auth` below the root fields. A relation may lead from data that a caller may read to data that they may
 * not: from an order to the customer's telephone number. The schema declares the permissions of such types and
 * fields, and their subgraph checks them, whatever path led there. A caller without the permission gets null,
 * and an error that names the field.
 *
 * The guarded fields are determined when the schema is built; a field without a guard keeps its resolver, or none.
 */
import {
  defaultFieldResolver,
  isNonNullType,
  isObjectType,
  Kind,
  visit,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type ObjectTypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import { forEachField } from '@graphql-tools/utils';
import { mayAccess, requireAccess } from '../auth/access';
import type { AccessDetails } from '../auth/admin-allow';
import { storefrontOf } from '../auth/actor';
import type { RequestContext } from '../context';
import { PosProError } from '../errors';
import { argumentsOf } from './directive-arguments';

/** Permissions; one of them is enough. */
export type AnyScope = readonly string[];

/** The guards of a schema below its root fields. */
export interface Guards {
  /** The permissions of a type when an entity is fetched by its key. */
  readonly types: ReadonlyMap<string, AnyScope>;
  /** By `Type.field`: the permissions of the field and of the type that it leads to. Both are needed. */
  readonly fields: ReadonlyMap<string, readonly AnyScope[]>;
}

const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/**
 * Reads the guards of a schema: of one subgraph's, or of the supergraph.
 * @throws Error for a guard that names no scope.
 */
export function readGuards(document: DocumentNode): Guards {
  const owners = document.definitions.filter(
    (node): node is ObjectTypeDefinitionNode =>
      node.kind === Kind.OBJECT_TYPE_DEFINITION && !ROOTS.has(node.name.value),
  );
  const types = new Map<string, AnyScope>();
  for (const owner of owners) {
    const scopes = scopesIn(owner, owner.name.value);
    if (scopes) types.set(owner.name.value, scopes);
  }
  const itemsOf = itemsOfPages(owners);
  const fields = new Map<string, readonly AnyScope[]>();
  for (const owner of owners) {
    for (const field of owner.fields ?? []) {
      const coordinate = `${owner.name.value}.${field.name.value}`;
      const named = namedIn(field.type);
      // The items of a page are guarded with the page, and the fields of a guarded type were checked with the type.
      const led = itemsOf.has(owner.name.value) ? undefined : types.get(itemsOf.get(named) ?? named);
      const asked = types.get(owner.name.value)?.join();
      const needed = [scopesIn(field, coordinate), led?.join() === asked ? undefined : led].filter(
        (one) => one !== undefined,
      );
      if (needed.length > 0)
        fields.set(coordinate, needed[0]?.join() === needed[1]?.join() ? [needed[0]!] : needed);
    }
  }
  return { types, fields };
}

/** The item types of the pages among these types. */
function itemsOfPages(owners: readonly ObjectTypeDefinitionNode[]): ReadonlyMap<string, string> {
  const pages = owners.filter(({ name }) => name.value.endsWith('Page'));
  return new Map(
    pages.flatMap(({ name, fields = [] }) => {
      const items = fields.find((field) => field.name.value === 'items');
      return items ? [[name.value, namedIn(items.type)] as const] : [];
    }),
  );
}

/** The scopes of a definition's own `@auth`, if any. */
function scopesIn(
  { directives }: Pick<FieldDefinitionNode, 'directives'>,
  place: string,
): AnyScope | undefined {
  const [auth] = argumentsOf(directives, 'auth');
  if (!auth) return undefined;
  const scopes = (auth.scopes as string[] | undefined) ?? [];
  if (scopes.length === 0) throw new Error(`${place}: @auth below the root fields must name its scopes.`);
  return scopes;
}

function namedIn(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedIn(type.type);
}

/**
 * Adds the required permissions to the description of each guarded field, so that GraphiQL, OpenAPI and
 * generated clients show them.
 * @param document the types of one subgraph.
 */
export function describeGuards(document: DocumentNode): DocumentNode {
  const { fields } = readGuards(document);
  return visit(document, {
    ObjectTypeDefinition(owner) {
      const described = owner.fields?.map((field) => {
        const needed = fields.get(`${owner.name.value}.${field.name.value}`);
        return needed
          ? { ...field, description: { kind: Kind.STRING, value: descriptionOf(field, needed) } as const }
          : field;
      });
      return { ...owner, ...(described && { fields: described }) };
    },
  });
}

function descriptionOf({ description }: FieldDefinitionNode, needed: readonly AnyScope[]): string {
  const words = needed.map((scopes) => scopes.map((scope) => `\`${scope}\``).join(' or ')).join(', and ');
  return [description?.value, `Needs the permission ${words}; null without it.`]
    .filter((part) => part !== undefined)
    .join(' ');
}

/**
 * Puts the guards around the resolvers of a subgraph.
 * @throws Error at start-up for a guarded field that cannot be null.
 */
export function guardTypes(schema: GraphQLSchema, { types, fields }: Guards): void {
  for (const type of Object.values(schema.getTypeMap()))
    if (isObjectType(type)) guardReference(type, types.get(type.name));
  forEachField(schema, (field: GraphQLField<unknown, RequestContext>, typeName, name) => {
    const coordinate = `${typeName}.${name}`;
    for (const scopes of fields.get(coordinate) ?? []) guardField(field, coordinate, scopes);
  });
}

function guardField(
  field: GraphQLField<unknown, RequestContext>,
  coordinate: string,
  scopes: AnyScope,
): void {
  if (isNonNullType(field.type))
    throw new Error(`${coordinate}: a field that asks for a permission must be nullable.`);
  const { resolve = defaultFieldResolver } = field;
  const ask = asking(coordinate, scopes);
  field.resolve = (source, args, ctx, info) => {
    ask(source, ctx);
    return resolve(source, args, ctx, info);
  };
}

type ResolveReference = (reference: object, ctx: RequestContext, info: unknown) => unknown;

/**
 * Checks the permissions of a type when an entity is fetched by its key. A type without any is open to staff and closed to visitors of
 * a web shop: from their cart or order, no relation leads to the shop's own records.
 */
function guardReference(type: GraphQLObjectType, scopes: AnyScope | undefined): void {
  const { subgraph } = (type.extensions.apollo ?? {}) as {
    subgraph?: { resolveReference?: ResolveReference };
  };
  const resolve = subgraph?.resolveReference;
  if (!resolve) return;
  const ask = asking(type.name, scopes ?? []);
  // A rejection hides one of the requested entities; an exception would hide all of them.
  const guarded: ResolveReference = async (reference, ctx, info) => {
    ask(reference, ctx);
    return await resolve(reference, ctx, info);
  };
  subgraph.resolveReference = scopes
    ? guarded
    : (reference, ctx, info) => (storefrontOf(ctx.actor) ? guarded : resolve)(reference, ctx, info);
}

/** Objects that are shown in full to every caller. */
const own = new WeakSet<object>();

/** Marks an object as the caller's own. The answer of a login shows the user before the caller has any permission. */
export function asOwn<Row extends object>(row: Row): Row {
  own.add(row);
  return row;
}

/** Makes the check of a guard. A list with a thousand hidden fields shares one error of its request. */
function asking(hiddenField: string, scopes: AnyScope): (source: unknown, ctx: RequestContext) => void {
  const refusals = new WeakMap<RequestContext, unknown>();
  return (source, ctx) => {
    if (ctx.actor.kind === 'system' || (typeof source === 'object' && source !== null && own.has(source)))
      return;
    if (refusals.has(ctx)) throw refusals.get(ctx);
    try {
      requireField(ctx, hiddenField, scopes);
    } catch (error) {
      refusals.set(ctx, error);
      throw error;
    }
  };
}

/** Whether a caller may see an object with such guards. Objects marked as their own are always visible. */
export function maySee(ctx: AccessDetails, needed: readonly AnyScope[]): boolean {
  return needed.every((scopes) => mayAccess(ctx, scopes));
}

/**
 * Checks like `@auth` on a field, if the required scopes depend on the row.
 * @param hiddenField the field's coordinate, `Type.field`.
 * @throws PosProError 403 FORBIDDEN, for this field only.
 */
export function requireField(ctx: RequestContext, hiddenField: string, scopes: AnyScope): void {
  try {
    requireAccess(ctx, scopes);
  } catch (error) {
    if (!(error instanceof PosProError)) throw error;
    throw new PosProError('FORBIDDEN', `${hiddenField} is hidden. ${error.message}`, {
      details: { scopes, hiddenField },
    });
  }
}

/** Whether an error only means that a guarded field is hidden from the caller; the rest of the answer is valid. */
export function isHiddenField({ path, extensions }: GraphQLError): boolean {
  const details = extensions.details as { hiddenField?: string } | undefined;
  return extensions.code === 'FORBIDDEN' && details?.hiddenField !== undefined && (path?.length ?? 0) > 1;
}
