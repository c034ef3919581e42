import { forEachField } from '@graphql-tools/utils';
import { defaultFieldResolver, type GraphQLSchema } from 'graphql';

const COUNTS: ReadonlySet<string> = new Set(['total', 'totalIsEstimate', 'pages']);

/**
 * Counts a list only for a caller who asks for the count: the totals of a page are functions, and the compiled operations of
 * graphql-jit read properties without calling them. So these fields get graphql-js's own resolver, which calls functions.
 */
export function addPageResolvers(schema: GraphQLSchema): void {
  forEachField(schema, (field, typeName, name) => {
    if (typeName.endsWith('Page') && COUNTS.has(name)) field.resolve ??= defaultFieldResolver;
  });
}
