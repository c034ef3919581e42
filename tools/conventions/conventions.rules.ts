/** The rules of docs/API-CONVENTIONS.md that a schema can be checked for. Pure. */
import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { PAGE_FIELDS } from '#kernel/graph/complete-types';
import { EXCEPTIONS, type Rule } from './exceptions';

export interface ConventionError {
  /** `Type.field`, `Type.field(argument)` or `Type`. */
  readonly coordinate: string;
  readonly rule: Rule;
  readonly message: string;
}

/** Parts of the supergraph that its API schema does not have. */
export interface Declared {
  /** Whether a type is an entity, that is, has a key. */
  readonly isEntity: (type: string) => boolean;
  /** The paths of the REST routes of an operation, as declared: "/products/{id=productId}". */
  readonly pathsOf: (coordinate: string) => readonly string[];
}

type Check = (report: Report, schema: GraphQLSchema, declared: Declared) => void;
type Report = (rule: Rule, coordinate: string, message: string) => void;

/** A named value with a type: a field of an object or input, or an argument. */
interface Member {
  readonly coordinate: string;
  readonly name: string;
  readonly type: string;
  readonly description: string;
}

/** Errors of a schema, without the listed exceptions, and exceptions that are no longer needed. */
export function conventionErrors(schema: GraphQLSchema, declared: Declared): ConventionError[] {
  const errors: ConventionError[] = [];
  const unused = new Set(EXCEPTIONS.map(({ coordinate, rule }) => `${rule} ${coordinate}`));
  const report: Report = (rule, coordinate, message) => {
    const key = `${rule} ${coordinate}`;
    const isException = EXCEPTIONS.some((one) => one.rule === rule && one.coordinate === coordinate);
    unused.delete(key);
    if (!isException) errors.push({ rule, coordinate, message });
  };
  for (const check of CHECKS) check(report, schema, declared);
  const stale = [...unused].map((key): ConventionError => {
    const [rule, coordinate] = key.split(' ') as [Rule, string];
    return { rule, coordinate, message: 'This exception is no longer needed; delete it from exceptions.ts.' };
  });
  return [...errors, ...stale];
}

// --- Lists ---

const PAGE_ARGUMENTS = ['page', 'size', 'cursor', 'sort'];
const OTHER_LIST_WORDS = new Set(['q', 'query', 'limit', 'offset', 'first', 'last', 'after', 'before', 'orderBy', 'filter']); // prettier-ignore

const checkPages: Check = (report, schema) => {
  for (const type of objectTypes(schema).filter(({ name }) => name.endsWith('Page'))) {
    const fields = Object.keys(type.getFields());
    const missing = PAGE_FIELDS.filter((field) => !fields.includes(field));
    if (missing.length > 0) report('page', type.name, `A page also has ${missing.join(', ')}.`);
  }
  for (const { coordinate, field } of rootFields(schema, ['Query'])) {
    const isPage = getNamedType(field.type).name.endsWith('Page');
    const names = field.args.map(({ name }) => name);
    if (isPage)
      for (const name of PAGE_ARGUMENTS.filter((one) => !names.includes(one)))
        report('page', coordinate, `A list has the argument ${name}.`);
    if (isListType(getNullableType(field.type)))
      report('plain-list', coordinate, 'A list is a page; only a short and bounded one is a plain list.');
  }
};

const checkListWords: Check = (report, schema) => {
  for (const { coordinate, field } of rootFields(schema, ['Query', 'Subscription']))
    for (const { name } of field.args.filter((argument) => OTHER_LIST_WORDS.has(argument.name)))
      report('list-words', `${coordinate}(${name}:)`, 'Lists have search, sort, page, size and cursor.');
};

/** A client that keeps a copy of a list asks only for changes. */
const checkUpdatedSince: Check = (report, schema) => {
  for (const { coordinate, field } of rootFields(schema, ['Query'])) {
    const page = getNamedType(field.type);
    if (!isObjectType(page) || !page.name.endsWith('Page') || !page.getFields().items) continue;
    const item = getNamedType(page.getFields().items!.type);
    if (!isObjectType(item) || !item.getFields().updatedAt) continue;
    if (!field.args.some(({ name }) => name === 'updatedSince'))
      report('updated-since', coordinate, `${item.name} changes, so its lists have updatedSince.`);
  }
  for (const type of objectTypes(schema))
    if (type.getFields().version && !type.getFields().updatedAt)
      report('updated-since', type.name, 'A type with a version also has updatedAt.');
};

// --- Names and types ---

const CODES = /^(sku|barcode|parentSku)$/;

const checkIds: Check = (report, schema) => {
  for (const { coordinate, name, type } of membersOf(schema)) {
    const named = type.replace(/[[\]!]/g, '');
    if (/^(id|ids|\w+Ids?)$/.test(name) && named !== 'ID')
      report('ids', coordinate, `An id has the type ID, not ${named}.`);
    if (CODES.test(name.replace(/s$/, '')) && named !== 'String')
      report('ids', coordinate, `A code has the type String, not ${named}.`);
  }
};

const checkRelations: Check = (report, schema, { isEntity }) => {
  for (const type of objectTypes(schema)) {
    if (['Query', 'Mutation', 'Subscription'].includes(type.name)) continue;
    const fields = type.getFields();
    for (const field of Object.values(fields)) {
      const coordinate = `${type.name}.${field.name}`;
      const target = /^(\w+)Id(s?)$/.exec(field.name);
      const relation = target && (target[2] ? `${plural(target[1]!)}` : target[1]!);
      if (relation && !isObjectType(fields[relation] && getNamedType(fields[relation].type)))
        report('relations', coordinate, `Beside an id stands the object: ${relation}.`);
      const named = getNamedType(field.type);
      const single = !isListType(getNullableType(field.type));
      if (single && isObjectType(named) && isEntity(named.name) && !fields[`${field.name}Id`])
        report('relations', coordinate, `Beside an object stands its id: ${field.name}Id.`);
    }
  }
};

/** `{id}` fills the argument `id` if the operation is about that object itself; `productId` and the like otherwise. */
const checkPathArguments: Check = (report, schema, { pathsOf }) => {
  for (const { coordinate, field } of rootFields(schema, ['Query', 'Mutation'])) {
    for (const { name } of field.args.filter((argument) => /^[a-z]id$/.test(argument.name)))
      report('path-arguments', `${coordinate}(${name}:)`, 'An argument has the name of its entity.');
    const ids = field.args.filter(({ name }) => /^id$|Id$/.test(name));
    const inPath = pathsOf(coordinate).some((path) => path.split('{').length > 2);
    if (inPath && ids.some(({ name }) => name === 'id'))
      report('path-arguments', `${coordinate}(id:)`, 'Of two ids in a path each has the name of its entity.');
    const item = itemType(field);
    if (item && pathsOf(coordinate).some((path) => /\{id\}\/[a-z-]+$/.test(path)) && isList(field))
      report(
        'path-arguments',
        `${coordinate}(id:)`,
        `The id is not that of a ${item.name}: name its entity.`,
      );
  }
};

/** Days are inclusive on both ends; moments are half-open. The description says so. */
const checkRanges: Check = (report, schema) => {
  for (const { coordinate, field } of rootFields(schema, ['Query'])) {
    const [from, to] = ['from', 'to'].map((name) => field.args.find((argument) => argument.name === name));
    if (!from && !to) continue;
    if (!from || !to) report('ranges', coordinate, 'A range has from and to.');
    for (const [argument, word] of [
      [from, 'inclusive'],
      [to, isDay(to) ? 'inclusive' : 'exclusive'],
    ] as const) {
      // prettier-ignore
      if (argument && !argument.description?.includes(word))
        report('ranges', `${coordinate}(${argument.name}:)`, `The description says "${word}".`);
    }
  }
};

const checkDeletions: Check = (report, schema) => {
  for (const { coordinate, field } of rootFields(schema, ['Mutation']))
    if (/^delete[A-Z]/.test(field.name) && String(field.type) !== 'Deletion!')
      report('deletions', coordinate, 'A deletion answers Deletion!.');
  for (const type of objectTypes(schema))
    if (/^Deleted[A-Z]/.test(type.name)) report('deletions', type.name, 'A deletion answers Deletion!.');
};

const checkSameNames: Check = (report, schema) => {
  for (const type of objectTypes(schema)) {
    const fields = Object.keys(type.getFields()).sort().join();
    if (fields === 'net,rate,tax' && type.name !== 'TaxTotal')
      report('same-names', type.name, 'Net and tax by rate are a TaxTotal.');
    if (fields === 'amount,count,method' && type.name !== 'PaymentTotal')
      report('same-names', type.name, 'Amounts by payment method are a PaymentTotal.');
  }
  for (const { coordinate, name, type } of membersOf(schema)) {
    if (type.includes('TaxTotal') && name !== 'tax')
      report('same-names', coordinate, 'A list of net and tax by rate is called tax.');
    for (const [pattern, message] of OTHER_NAMES)
      if (pattern.test(name)) report('same-names', coordinate, message);
  }
};

/** Names that have another word in this API. */
const OTHER_NAMES: readonly (readonly [RegExp, string])[] = [
  [/[^s]Count$/, 'A count has the plural of its things: itemsCount.'],
  [/(Milliseconds|Millis)$/, 'Milliseconds end in Ms.'],
  [/^scopes?$/, 'Permissions are called permissions.'],
];

const CHECKS: readonly Check[] = [
  checkPages,
  checkListWords,
  checkUpdatedSince,
  checkIds,
  checkRelations,
  checkPathArguments,
  checkRanges,
  checkDeletions,
  checkSameNames,
];

// --- The schema's parts ---

type Root = 'Query' | 'Mutation' | 'Subscription';

function rootFields(schema: GraphQLSchema, roots: readonly Root[]) {
  return roots.flatMap((root) => {
    const type = schema.getType(root);
    return isObjectType(type)
      ? Object.values(type.getFields()).map((field) => ({ coordinate: `${root}.${field.name}`, field }))
      : [];
  });
}

function isOurs(type: GraphQLNamedType): boolean {
  return !isIntrospectionType(type) && !type.name.includes('__');
}

function objectTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap()).filter(isObjectType).filter(isOurs);
}

/** All fields and arguments. */
function membersOf(schema: GraphQLSchema): Member[] {
  const member = (coordinate: string, one: GraphQLArgument | GraphQLInputField | GraphQLField<unknown, unknown>): Member => ({
    coordinate,
    name: one.name,
    type: String(one.type),
    description: one.description ?? '',
  }); // prettier-ignore
  return Object.values(schema.getTypeMap())
    .filter(isOurs)
    .flatMap((type) => {
      if (isInputObjectType(type))
        return Object.values(type.getFields()).map((field) => member(`${type.name}.${field.name}`, field));
      if (!isObjectType(type)) return [];
      return Object.values(type.getFields()).flatMap((field) => [
        member(`${type.name}.${field.name}`, field),
        ...field.args.map((argument) => member(`${type.name}.${field.name}(${argument.name}:)`, argument)),
      ]);
    });
}

function isDay(argument: GraphQLArgument | undefined): boolean {
  return argument !== undefined && getNamedType(argument.type).name === 'Date';
}

function isList(field: GraphQLField<unknown, unknown>): boolean {
  return getNamedType(field.type).name.endsWith('Page') || isListType(getNullableType(field.type));
}

/** The type of a list's items, or of the object that an operation answers. */
function itemType(field: GraphQLField<unknown, unknown>): GraphQLObjectType | undefined {
  const named = getNamedType(field.type);
  if (!isObjectType(named)) return undefined;
  const items = named.name.endsWith('Page') ? named.getFields().items : undefined;
  const item = items ? getNamedType(items.type) : named;
  return isObjectType(item) ? item : undefined;
}

function plural(name: string): string {
  if (name.endsWith('y')) return `${name.slice(0, -1)}ies`;
  return /(s|x|ch)$/.test(name) ? `${name}es` : `${name}s`;
}
