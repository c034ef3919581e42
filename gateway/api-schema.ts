/**
 * The schema that callers see, as text: `schema.graphql` in the repository, and what `/schema.graphql` answers. Unlike supergraph.graphql it
 * has no internals of the federation, so that a code generator or an editor reads it as any other schema.
 */
import path from 'node:path';
import { printSchema, type GraphQLSchema } from 'graphql';

/** The path of the committed text. */
export const API_SCHEMA_FILE = path.resolve(__dirname, '../schema.graphql');

const HEADER = '# The schema of PosPro, written by "npm run compose": do not edit.\n\n';

/** @returns the same text for the same schema. */
export function printApiSchema(api: GraphQLSchema): string {
  return `${HEADER}${printSchema(api)}\n`;
}
