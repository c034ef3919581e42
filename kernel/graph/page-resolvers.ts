import { defaultFieldResolver, isListType, isObjectType, getNullableType, type GraphQLSchema } from 'graphql';

/**
 * Lets lists be counted only where somebody asks for the count: `Page.total` and `Page.pages` are functions, and the compiled
 * operations of graphql-jit read properties as they are, without calling them. So every field of a page beside its items gets the
 * resolver that graphql-js would use, which calls functions. Domains need not do anything for it.
 */
export function addPageResolvers(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || !type.name.endsWith('Page')) continue;
    const fields = type.getFields();
    if (!fields.items || !isListType(getNullableType(fields.items.type))) continue;
    for (const name of ['total', 'pages']) {
      const field = fields[name];
      if (field) field.resolve ??= defaultFieldResolver;
    }
  }
}
