import { snake } from '../casing';
import type { OpenApiDocument, Parameter, Schema } from './types';

/** A field's name as code, with a sign before it in the name of an order: `createdAt`, `-createdAt`. */
const CODE = /`(-?)([a-z][a-zA-Z0-9]*)`/g;

/**
 * Names fields in descriptions as REST does: the schema's descriptions have the graph's names. Other words in code font stay, such as
 * operations of the graph and values of enums.
 */
export function inRestNames(document: OpenApiDocument): OpenApiDocument {
  const names = fieldNames(document);
  const rename = (text: string) =>
    text.replace(CODE, (code, sign: string, name: string) =>
      names.has(snake(name)) ? `\`${sign}${snake(name)}\`` : code,
    );
  return JSON.parse(
    JSON.stringify(document, (key, value: unknown) =>
      typeof value === 'string' && (key === 'description' || key === 'summary') ? rename(value) : value,
    ),
  ) as OpenApiDocument;
}

/** The names of all parameters and properties. */
function fieldNames({ paths, components }: OpenApiDocument): ReadonlySet<string> {
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const parameters = operations.flatMap((operation) => operation.parameters ?? []);
  const properties = (schema: Schema) => Object.keys(schema.properties ?? {});
  return new Set([
    ...parameters.flatMap((parameter) => ('name' in parameter ? (parameter satisfies Parameter).name : [])),
    ...Object.values(components.schemas).flatMap(properties),
  ]);
}
