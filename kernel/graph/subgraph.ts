/**
 * A domain's part of the graph: its SDL and its resolvers. The rules for every operation wrap the resolvers
 * here, once: deny by default, and masked errors.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { mergeTypeDefs } from '@graphql-tools/merge';
import { getDirective } from '@graphql-tools/utils';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper';
import {
  Kind,
  defaultFieldResolver,
  parse,
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { requireAccess } from '../auth/access';
import type { Actor } from '../auth/actor';
import type { RequestContext, Services } from '../context';
import { isFeature, requireFeature, type Feature } from '../features';
import type { Retention } from '../retention';
import { readDefaults } from './coerce-defaults';
import { completeTypes } from './complete-types';
import { describeGuards, guardTypes, readGuards } from './guards';
import { keepAnswers } from './kept-answers';
import { addMoneyResolvers } from './money-fields';
import { addPageResolvers } from './page-resolvers';
import { addRelationResolvers } from './relations';
import type { MetricSource } from '../metric-source';
import type { FileRoute } from './file-route';
import type { RawRoute } from './raw-route';
import { scalarResolvers } from './scalars';
import { readStandIns } from './deferred-input';
import { guardTexts } from './texts';

/** A function that stops the work of `start`. */
export type Stop = () => Promise<void>;

export interface SubgraphModule {
  /** The domain's folder name. */
  readonly name: string;
  readonly typeDefs: DocumentNode;
  readonly resolvers: object;
  /** The domain's routes outside the graph, if it has any. */
  readonly routes?: readonly RawRoute[];
  /** The domain's routes of private files, if it has any. */
  readonly files?: readonly FileRoute[];
  /** The domain's figures for Prometheus, if it has any. */
  readonly metrics?: readonly MetricSource[];
  /** The tables of the domain: the rules that delete rows after some time, and the reasons why others stay. */
  readonly retention?: Retention;
  /** Begins the domain's background work, if it has any. */
  start?(services: Services): Promise<Stop>;
  /** The auth domain only: identifies the holder of a bearer token. @throws PosProError 401 for an invalid token. */
  authenticate?(services: Services, bearerToken: string): Promise<Actor>;
}

export interface SubgraphParts extends Pick<
  SubgraphModule,
  'resolvers' | 'routes' | 'files' | 'metrics' | 'retention' | 'start' | 'authenticate'
> {
  /** Files of types that several domains share. */
  readonly sharedTypes?: readonly string[];
}

/**
 * Declares the subgraph of a domain: its name is its folder's, its schema every `*.graphql` file below the
 * folder.
 */
export function defineSubgraph(
  folder: string,
  { sharedTypes = [], ...parts }: SubgraphParts,
): SubgraphModule {
  return { name: path.basename(folder), typeDefs: loadTypeDefs(folder, ...sharedTypes), ...parts };
}

/** The schema files of a domain, in an order that does not depend on the machine. */
function schemaFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => path.join(folder, file));
}

/**
 * Reads every schema file of a domain, together with the shared directives and scalars. Topics may extend the
 * same type, as all of them extend `Query`. The permissions that fields require are added to their descriptions.
 * @param sharedTypes files of types that several domains share.
 */
export function loadTypeDefs(folder: string, ...sharedTypes: readonly string[]): DocumentNode {
  const directives = ['directives.graphql', 'scalars.graphql'].map((file) => path.join(__dirname, file));
  const sources = [...directives, ...sharedTypes, ...schemaFiles(folder)].map((file) =>
    parse(readFileSync(file, 'utf8'), { noLocation: true }),
  );
  return describeGuards(completeTypes(mergeTypeDefs(sources), sharedByDomains(folder)));
}

/** The types that all domains may answer: `shared-types.graphql` beside their folders. */
function sharedByDomains(folder: string): DocumentNode {
  const file = path.join(folder, '../shared-types.graphql');
  const none: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };
  return existsSync(file) ? parse(readFileSync(file, 'utf8'), { noLocation: true }) : none;
}

/**
 * Makes the executable schema of one subgraph.
 * @throws Error at start-up for a root field that has neither `@auth` nor `@public`, or both: deny by default;
 * for a guarded field below the root that is not nullable; and for an unknown feature, or one of a public field.
 */
export function buildSubgraph(module: SubgraphModule): GraphQLSchema {
  const resolvers = { ...scalarResolvers, ...module.resolvers } as GraphQLResolverMap<RequestContext>;
  const schema = buildSubgraphSchema([{ typeDefs: module.typeDefs, resolvers }]);
  readStandIns(schema);
  readDefaults(schema);
  addPageResolvers(schema);
  addMoneyResolvers(schema);
  addRelationResolvers(schema);
  guardTypes(schema, readGuards(module.typeDefs));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
    (type) => type != null,
  );
  for (const type of roots) {
    for (const field of Object.values(type.getFields())) {
      if (field.name.startsWith('_')) continue;
      const guarded = field as GraphQLField<unknown, RequestContext>;
      if (type === schema.getMutationType()) nameOperation(guarded);
      keepAnswers(schema, guarded, field.name, module.name);
      guardField(schema, guarded, `${module.name}: ${type.name}.${field.name}`);
    }
  }
  guardTexts(schema);
  return schema;
}

function guardField(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, RequestContext>,
  where: string,
): void {
  const needed = requiredScopes(schema, field, where);
  const feature = featureOf(schema, field, where, needed);
  if (!needed) return;
  const { resolve = defaultFieldResolver, subscribe } = field;
  /** Nothing is awaited unless the switches of the organization have to be read. */
  const admit = (ctx: RequestContext): Promise<void> | undefined => {
    requireAccess(ctx, needed);
    return feature && requireFeature(ctx, feature);
  };
  field.resolve = (source, args, ctx, info) => {
    const waiting = admit(ctx);
    return waiting
      ? waiting.then((): unknown => resolve(source, args, ctx, info))
      : resolve(source, args, ctx, info);
  };
  if (subscribe) {
    field.subscribe = (source, args, ctx, info) => {
      const waiting = admit(ctx);
      return waiting
        ? waiting.then((): unknown => subscribe(source, args, ctx, info))
        : subscribe(source, args, ctx, info);
    };
  }
}

/** The switch of a field; undefined for a field that cannot be switched off. */
function featureOf(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, RequestContext>,
  where: string,
  needed: readonly string[] | undefined,
): Feature | undefined {
  const name = getDirective(schema, field, 'feature')?.[0]?.name as string | undefined;
  if (name === undefined) return undefined;
  if (!isFeature(name)) throw new Error(`${where}: there is no feature "${name}" (kernel/features.ts).`);
  if (!needed) throw new Error(`${where}: a public field has no organization, so it cannot be switched off.`);
  return name;
}

/** Names the mutation in its context, for the audit trail. */
function nameOperation(field: GraphQLField<unknown, RequestContext>): void {
  const { name, resolve = defaultFieldResolver } = field;
  field.resolve = (source, args: Record<string, unknown>, ctx, info) => {
    const request = { ...ctx.request, operation: { name, input: args } };
    return resolve(source, args, { ...ctx, request }, info);
  };
}

/** The scopes of which a caller needs one; undefined for a public field. */
function requiredScopes(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, RequestContext>,
  where: string,
): readonly string[] | undefined {
  const auth = getDirective(schema, field, 'auth')?.[0];
  const open = getDirective(schema, field, 'public')?.[0];
  if (!auth === !open)
    throw new Error(`${where} must have either @auth or @public: nothing is open by accident.`);
  return auth ? (auth.scopes as string[]) : undefined;
}
