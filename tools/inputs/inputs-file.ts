/** The text of a domain's `inputs.generated.ts`: its inputs, enums and arguments as plain data, without resolvers. */
import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import ts from 'typescript';

/** By enum and value: the value inside the platform, where that is another. */
export type EnumValues = Readonly<Record<string, Readonly<Record<string, string>>>>;

type Fields = readonly (GraphQLArgument | GraphQLInputField)[];

/**
 * @param scalars the type of each scalar as an operation receives it; `./module#Name` is imported.
 * @throws Error for a scalar without a type.
 */
export function inputsFile(
  schema: GraphQLSchema,
  scalars: Readonly<Record<string, string>>,
  values: EnumValues,
): string {
  const imports = new Map<string, string>();
  const bodies = Object.values(schema.getTypeMap()).flatMap((type) => {
    // Two underscores: introspection's own types, and those of directives.
    if (type.name.includes('__')) return [];
    if (isEnumType(type)) return [enumText(type, values[type.name] ?? {})];
    if (isInputObjectType(type))
      return [fieldsText(type.name, type.description, Object.values(type.getFields()))];
    if (!isObjectType(type)) return [];
    const fields = Object.values(type.getFields()).filter(({ args }) => args.length > 0);
    return fields.map(({ name, description, args }) =>
      fieldsText(`${type.name}${capitalized(name)}Args`, description, args),
    );
  });
  const importLines = [...imports].map(([name, from]) => `import type { ${name} } from '${from}';`).sort();
  return [...importLines, '', ...bodies].join('\n');

  function fieldsText(name: string, description: string | null | undefined, fields: Fields): string {
    const lines = fields.map((field) => {
      const optional = !isNonNullType(field.type) || field.defaultValue !== undefined;
      return `${docOf(field.description)}readonly ${field.name}${optional ? '?' : ''}: ${typeText(field.type)};`;
    });
    return `${docOf(description)}export type ${name} = {\n${lines.join('\n')}\n};\n`;
  }

  function typeText(type: GraphQLInputType): string {
    if (!isNonNullType(type)) return `${bareText(type)} | null`;
    return bareText(type.ofType);
  }

  function bareText(type: GraphQLInputType): string {
    if (isListType(type)) return `readonly (${typeText(type.ofType)})[]`;
    if (isScalarType(type)) return scalarText(type.name);
    return String(type);
  }

  function scalarText(scalar: string): string {
    const text = scalars[scalar];
    if (text === undefined) throw new Error(`codegen.yml does not say which type the scalar ${scalar} has.`);
    const [from, name] = text.split('#');
    if (name === undefined) return text;
    imports.set(name, from!);
    return name;
  }
}

function enumText(type: GraphQLEnumType, given: Readonly<Record<string, string>>): string {
  const values = type
    .getValues()
    .map(({ name, description }) => `${docOf(description)}| '${given[name] ?? name}'`);
  return `${docOf(type.description)}export type ${type.name} =\n${values.join('\n')};\n`;
}

function docOf(text: string | null | undefined): string {
  return text ? `/** ${text.replaceAll('\n', ' ')} */\n` : '';
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/**
 * Removes from a file of types the declarations of another file, and imports them from there.
 * @param from the other file's module, for example "./inputs.generated".
 */
export function importDeclared(text: string, declaredIn: string, from: string): string {
  const declared = new Set(declarationsOf(declaredIn).flatMap(({ name }) => name ?? []));
  const kept = declarationsOf(text).filter(({ name }) => name === undefined || !declared.has(name));
  const rest = kept.map((each) => each.text).join('');
  const used = [...declared].filter((name) => new RegExp(`\\b${name}\\b`).test(rest));
  return used.length > 0 ? `import type { ${used.join(', ')} } from '${from}';\n${rest}` : rest;
}

/** The names under which a file exports types: `export type { Row as Name } from './module'`. */
export function exportedTypes(text: string): string[] {
  const source = ts.createSourceFile('exports.ts', text, ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const named = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
    return named && ts.isNamedExports(named) ? named.elements.map(({ name }) => name.text) : [];
  });
}

/** The statements of a file, each with the comments before it and, for a type, its name. */
function declarationsOf(text: string): { name: string | undefined; text: string }[] {
  const source = ts.createSourceFile('types.ts', text, ts.ScriptTarget.Latest);
  return source.statements.map((statement) => {
    const isType = ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement);
    return { name: isType ? statement.name.text : undefined, text: statement.getFullText(source) };
  });
}
