/**
 * The supergraph for the planner. It avoids two bugs of @apollo/query-planner 2.14:
 *
 *  - to return to a subgraph with required fields, it takes the first key of the type there, even an
 *    unresolvable one: so resolvable keys come first;
 *  - it selects `price(currency: "USD")` and `price(currency: "EUR")`, which two fields require, under one
 *    name: so each such use gets a separate field, which argument-fields.ts turns back into the real one in the
 *    finished plan.
 *
 * A supergraph that cannot be executed correctly is rejected when it is loaded.
 */
import {
  Kind,
  print,
  stripIgnoredCharacters,
  visit,
  type ArgumentNode,
  type ASTNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';
import { parseFieldSet } from './response-names';

type FieldsNode = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** A field that represents another one with certain arguments. */
export interface ArgumentField {
  /** The real field. */
  readonly name: string;
  readonly arguments: readonly ArgumentNode[];
  /** Its type and name: one entity cannot be sent with two of the same kind. */
  readonly kind: string;
}

export interface PlannedSupergraph {
  /** The same document if nothing has to change. */
  readonly document: DocumentNode;
  /** The identifier of each subgraph in directives, by its name. */
  readonly graphs: ReadonlyMap<string, string>;
  /** By their names in plans. */
  readonly argumentFields: ReadonlyMap<string, ArgumentField>;
  /** The argument fields that a field requires, by `graph.Type.field`. */
  readonly required: ReadonlyMap<string, ReadonlySet<string>>;
}

/** @throws Error naming the parts of the supergraph that cannot be executed. */
export function plannedSupergraph(supergraph: DocumentNode): PlannedSupergraph {
  const types = new Map<string, FieldsNode>();
  for (const definition of supergraph.definitions)
    if (hasFields(definition)) types.set(definition.name.value, definition);
  const faults = [...types.values()].flatMap(faultsOf);
  if (faults.length > 0)
    throw new Error(['The supergraph asks for what cannot be carried out:', ...faults].join('\n  - '));
  const uses = new ArgumentUses(types);
  for (const type of types.values()) uses.collect(type);
  const document = visit(supergraph, {
    enter: (node) => (hasFields(node) ? changed(node, uses.rewritten(resolvableKeysFirst(node))) : undefined),
  });
  return { document, graphs: graphsOf(supergraph), argumentFields: uses.fields, required: uses.required };
}

/** A new node only if it differs, so that a supergraph without such cases stays the same object. */
const changed = <Node extends FieldsNode>(before: Node, after: Node) =>
  before === after ? undefined : after;

function graphsOf(supergraph: DocumentNode): Map<string, string> {
  const graphs = new Map<string, string>();
  visit(supergraph, {
    EnumValueDefinition: (node) => {
      for (const directive of joins(node, 'join__graph'))
        graphs.set(textOf(directive, 'name')!, node.name.value);
    },
  });
  return graphs;
}

const hasFields = (node: ASTNode): node is FieldsNode =>
  node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;

const named = ({ arguments: given }: ConstDirectiveNode, name: string) =>
  given?.find((argument) => argument.name.value === name)?.value;

function textOf(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = named(directive, name);
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

function isResolvable(directive: ConstDirectiveNode): boolean {
  const value = named(directive, 'resolvable');
  return value?.kind !== Kind.BOOLEAN || value.value;
}

const joins = (node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }, name: string) =>
  (node.directives ?? []).filter((directive) => directive.name.value === name);

function faultsOf(type: FieldsNode): string[] {
  const keys = joins(type, 'join__type').filter((directive) => textOf(directive, 'key') !== undefined);
  return (type.fields ?? []).flatMap((field) =>
    joins(field, 'join__field').flatMap((directive) => {
      const where = `${type.name.value}.${field.name.value}`;
      if (named(directive, 'contextArguments')) return [`${where} takes an argument by @fromContext.`];
      const graph = textOf(directive, 'graph');
      const here = keys.filter((key) => textOf(key, 'graph') === graph);
      const isStuck =
        textOf(directive, 'requires') !== undefined && here.length > 0 && !here.some(isResolvable);
      return isStuck
        ? [
            `${where} has @requires in the subgraph ${graph}, where no @key of ${type.name.value} is resolvable.`,
          ]
        : [];
    }),
  );
}

function resolvableKeysFirst<Type extends FieldsNode>(type: Type): Type {
  const keys = joins(type, 'join__type');
  const others = (type.directives ?? []).filter((directive) => directive.name.value !== 'join__type');
  const sorted = [...keys.filter(isResolvable), ...keys.filter((key) => !isResolvable(key))];
  if (keys.every((key, index) => key === sorted[index])) return type;
  return { ...type, directives: [...sorted, ...others] };
}

/**
 * Every use of a field with arguments in @requires, and those fields that are used with more than one set of
 * them.
 */
class ArgumentUses {
  readonly fields = new Map<string, ArgumentField>();
  readonly required = new Map<string, Set<string>>();
  /** By `Type.field`: the arguments, and the name of the field that represents them. */
  private readonly uses = new Map<string, Map<string, string>>();

  constructor(private readonly types: ReadonlyMap<string, FieldsNode>) {}

  collect(type: FieldsNode): void {
    for (const field of type.fields ?? []) {
      for (const directive of joins(field, 'join__field')) {
        const text = textOf(directive, 'requires');
        if (text === undefined) continue;
        this.mapped(requiredSet(text), type.name.value, (node, kind) => {
          const known = this.uses.get(kind) ?? new Map<string, string>();
          const given = givenTo(node);
          this.uses.set(kind, known.set(given, known.get(given) ?? this.freeName(node.name.value)));
          return node;
        });
      }
    }
  }

  /** A type with the representing fields, and with its @requires selecting them. */
  rewritten<Type extends FieldsNode>(type: Type): Type {
    if (![...this.uses.keys()].some((kind) => this.isAmbiguous(kind))) return type;
    const fields = (type.fields ?? []).flatMap((field) => [
      this.asking(type, field),
      ...this.standIns(type, field),
    ]);
    return { ...type, fields };
  }

  private asking(type: FieldsNode, field: FieldDefinitionNode): FieldDefinitionNode {
    const directives = field.directives?.map((directive) => {
      const text = directive.name.value === 'join__field' ? textOf(directive, 'requires') : undefined;
      return text === undefined
        ? directive
        : this.withRequires(directive, requiredSet(text), type.name.value, field.name.value);
    });
    return { ...field, ...(directives && { directives }) };
  }

  private withRequires(
    directive: ConstDirectiveNode,
    set: SelectionSetNode,
    type: string,
    field: string,
  ): ConstDirectiveNode {
    const names = new Set<string>();
    const mapped = this.mapped(set, type, (node, kind) => {
      const name = this.isAmbiguous(kind) ? this.uses.get(kind)!.get(givenTo(node)) : undefined;
      if (name === undefined) return node;
      names.add(name);
      this.fields.set(name, { name: node.name.value, arguments: node.arguments ?? [], kind });
      return { ...node, name: { kind: Kind.NAME, value: name }, arguments: [] };
    });
    if (names.size === 0) return directive;
    this.required.set(`${textOf(directive, 'graph')}.${type}.${field}`, names);
    const value = { kind: Kind.STRING, value: stripIgnoredCharacters(print(mapped)).slice(1, -1) } as const;
    const given = directive.arguments?.map((argument) =>
      argument.name.value === 'requires' ? { ...argument, value } : argument,
    );
    return { ...directive, ...(given && { arguments: given }) };
  }

  private standIns(type: FieldsNode, field: FieldDefinitionNode): FieldDefinitionNode[] {
    const owners = [type.name.value, ...(type.interfaces ?? []).map(({ name }) => name.value)];
    return owners.flatMap((owner) => {
      const kind = `${owner}.${field.name.value}`;
      if (!this.isAmbiguous(kind)) return [];
      const names = [...this.uses.get(kind)!.values()];
      return names.map((name) => ({
        ...field,
        name: { kind: Kind.NAME, value: name } as const,
        arguments: [],
      }));
    });
  }

  private isAmbiguous(kind: string): boolean {
    return (this.uses.get(kind)?.size ?? 0) > 1;
  }

  /** Replaces every field with arguments of a selection by the result of `change`. */
  private mapped(
    set: SelectionSetNode,
    type: string,
    change: (node: FieldNode, kind: string) => FieldNode,
  ): SelectionSetNode {
    const selections = set.selections.map((node): SelectionNode => {
      if (node.kind === Kind.FRAGMENT_SPREAD) return node;
      if (node.kind === Kind.INLINE_FRAGMENT) {
        return {
          ...node,
          selectionSet: this.mapped(node.selectionSet, node.typeCondition?.name.value ?? type, change),
        };
      }
      const definition = this.types.get(type)?.fields?.find(({ name }) => name.value === node.name.value);
      const inner =
        node.selectionSet && definition && this.mapped(node.selectionSet, nameOf(definition.type), change);
      const whole = inner ? { ...node, selectionSet: inner } : node;
      return node.arguments?.length ? change(whole, `${type}.${node.name.value}`) : whole;
    });
    return { ...set, selections };
  }

  private freeName(field: string): string {
    const isTaken = (name: string) =>
      [...this.types.values()].some(({ fields }) => fields?.some((each) => each.name.value === name)) ||
      [...this.uses.values()].some((names) => [...names.values()].includes(name));
    let counter = 1;
    while (isTaken(`${field}_given_${counter}`)) counter += 1;
    return `${field}_given_${counter}`;
  }
}

function requiredSet(text: string): SelectionSetNode {
  const [definition] = parseFieldSet(text).definitions;
  return (definition as { readonly selectionSet: SelectionSetNode }).selectionSet;
}

const givenTo = ({ arguments: given }: FieldNode): string =>
  (given ?? [])
    .map((argument) => print(argument))
    .sort()
    .join();

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}
