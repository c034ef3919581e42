/** Random valid operations over a schema, for comparing two ways to carry them out. */
import fc from 'fast-check';
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isUnionType,
  parse,
  validate,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

export interface RandomOperation {
  readonly text: string;
  readonly variables: Record<string, unknown>;
}

export interface RandomOptions {
  readonly operation?: 'query' | 'mutation' | 'subscription';
  /** Names that aliases are taken from. */
  readonly aliases: readonly string[];
  /** Whether selections have `@skip` and `@include`. */
  readonly conditions?: boolean;
  /** Texts of literals by the name of a scalar. */
  readonly literals: Readonly<Record<string, readonly string[]>>;
  /** Texts of literals that an argument of a field takes in place of those of its scalar. */
  readonly literalsOf?: (field: string, argument: string) => readonly string[] | undefined;
  readonly maxDepth?: number;
}

/** Operations that are valid against the schema; none is empty. */
export function operations(schema: GraphQLSchema, options: RandomOptions): fc.Arbitrary<RandomOperation> {
  return fc.gen().map((gen) => {
    // A document whose selections cannot be merged is no use; a few attempts give one whose can.
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const made = new Writer(schema, options, (max) => gen(fc.nat, { max })).operation();
      if (validate(schema, parse(made.text)).length === 0) return made;
    }
    return { text: '{ __typename }', variables: {} };
  });
}

class Writer {
  private readonly fragments: string[] = [];
  private readonly declared = new Map<string, string>();
  private readonly variables: Record<string, unknown> = {};

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly options: RandomOptions,
    private readonly upTo: (max: number) => number,
  ) {}

  operation(): RandomOperation {
    const { operation = 'query', maxDepth = 4 } = this.options;
    const root = this.schema.getRootType(operation as never)!;
    const selections =
      operation === 'subscription'
        ? this.field(root.getFields()[this.one(Object.keys(root.getFields()))]!, maxDepth, new Map(), false)
        : this.selections(root, maxDepth, new Map());
    const declared = [...this.declared].map(([name, type]) => `$${name}: ${type}`);
    const head = declared.length > 0 ? `(${declared.join(', ')})` : '';
    return {
      text: `${operation} Q${head} { ${selections} } ${this.fragments.join(' ')}`,
      variables: this.variables,
    };
  }

  private one<T>(all: readonly T[]): T {
    return all[this.upTo(all.length - 1)]!;
  }

  private often(percent: number): boolean {
    return this.upTo(99) < percent;
  }

  /** @param keys what response keys of the selection set stand for. */
  private selections(type: GraphQLCompositeType, depth: number, keys: Map<string, string>): string {
    const fields = isUnionType(type) ? [] : Object.values(type.getFields());
    const leaves = fields.filter((field) => depth > 1 || !isCompositeType(getNamedType(field.type)));
    const parts: string[] = [];
    const count = 1 + this.upTo(4);
    for (let index = 0; index < count; index += 1) {
      if (leaves.length === 0 || this.often(8)) parts.push(this.typename(keys));
      else if (isAbstractType(type) && this.often(40))
        parts.push(this.fragment(this.one(this.schema.getPossibleTypes(type)), depth, keys));
      else if (this.often(12)) parts.push(this.fragment(type, depth, keys));
      else parts.push(this.field(this.one(leaves), depth, keys, true));
    }
    if (isUnionType(type))
      parts.push(...this.schema.getPossibleTypes(type).map((each) => this.fragment(each, depth, keys)));
    return parts.join(' ');
  }

  private typename(keys: Map<string, string>): string {
    const key = this.keyFor('__typename', '__typename', keys);
    return `${key === '__typename' ? '' : `${key}: `}__typename${this.condition()}`;
  }

  private fragment(type: GraphQLCompositeType, depth: number, keys: Map<string, string>): string {
    const inside = this.selections(type, depth - (isUnionType(type) ? 0 : 1) || 1, keys);
    if (this.often(60)) return `... on ${type.name}${this.condition()} { ${inside} }`;
    const name = `F${this.fragments.length}`;
    this.fragments.push(`fragment ${name} on ${type.name} { ${inside} }`);
    const once = `...${name}${this.condition()}`;
    return this.often(20) ? `${once} ...${name}${this.condition()}` : once;
  }

  private field(
    field: GraphQLField<unknown, unknown>,
    depth: number,
    keys: Map<string, string>,
    conditional: boolean,
  ): string {
    const given = field.args.flatMap((argument) => this.argument(argument, field.name)).join(', ');
    const call = `${field.name}${given && `(${given})`}`;
    const key = this.keyFor(field.name, call, keys);
    const type = getNamedType(field.type);
    const inner = isCompositeType(type) ? ` { ${this.selections(type, depth - 1, new Map())} }` : '';
    return `${key === field.name ? '' : `${key}: `}${call}${conditional ? this.condition() : ''}${inner}`;
  }

  private keyFor(name: string, call: string, keys: Map<string, string>): string {
    const wanted = this.often(55) ? this.one(this.options.aliases) : name;
    const isFree = (key: string) => !keys.has(key) || keys.get(key) === call;
    const key = isFree(wanted)
      ? wanted
      : [...this.options.aliases, ...Array.from({ length: 40 }, (_, n) => `k${n}`)].find(isFree)!;
    keys.set(key, call);
    return key;
  }

  private argument(argument: GraphQLArgument, field: string): string[] {
    const needed = isNonNullType(argument.type) && argument.defaultValue === undefined;
    if (!needed && this.often(40)) return [];
    const known = this.options.literalsOf?.(field, argument.name);
    if (known) return [`${argument.name}: ${this.leaf(argument.type, known)}`];
    return [`${argument.name}: ${this.value(argument.type)}`];
  }

  private value(type: GraphQLInputType): string {
    if (!isNonNullType(type) && this.often(10)) return 'null';
    const nullable = getNullableType(type);
    if (isListType(nullable))
      return `[${Array.from({ length: this.upTo(2) }, () => this.value(nullable.ofType)).join(', ')}]`;
    if (isEnumType(nullable)) return this.one(nullable.getValues()).name;
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields()).filter(
        (field) => isNonNullType(field.type) || this.often(60),
      );
      return `{ ${fields.map((field) => `${field.name}: ${this.value(field.type)}`).join(', ')} }`;
    }
    return this.leaf(type, this.options.literals[nullable.name]!);
  }

  private leaf(type: GraphQLInputType, literals: readonly string[]): string {
    const literal = this.one(literals);
    return this.often(30) ? this.variable(type, literal) : literal;
  }

  /** A variable with a value, with a default, or, where it may be, with neither. */
  private variable(type: GraphQLInputType, literal: string): string {
    const name = `v${this.declared.size}`;
    const way = this.upTo(isNonNullType(type) ? 1 : 3);
    this.declared.set(name, way === 1 ? `${getNullableType(type).toString()} = ${literal}` : type.toString());
    if (way === 0 || way === 3) this.variables[name] = JSON.parse(literal) as unknown;
    return `$${name}`;
  }

  private condition(): string {
    if (!this.options.conditions || !this.often(25)) return '';
    const directive = this.one(['skip', 'include']);
    if (this.often(20)) return ` @${directive}(if: ${this.one(['true', 'false'])})`;
    const name = this.one(['yes', 'no', 'either']);
    if (!this.declared.has(name)) {
      this.declared.set(name, name === 'no' ? 'Boolean = false' : 'Boolean!');
      if (name !== 'no') this.variables[name] = name === 'yes' || this.often(50);
    }
    return ` @${directive}(if: $${name})`;
  }
}
