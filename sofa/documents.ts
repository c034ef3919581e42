/** SOFA's documents are in snake_case. Each is translated once into one for the graph that answers in snake_case. */
import { createHash } from 'node:crypto';
import {
  Kind,
  TypeInfo,
  print,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type NameNode,
  type OperationDefinitionNode,
} from 'graphql';
import { camel } from './casing';
import { originOf } from './projections';

export interface GraphDocument {
  readonly document: DocumentNode;
  /** Equal for equal documents; the key of the gateway's plan. */
  readonly key: string;
}

/** Fields get the graph's names and their REST names as aliases; arguments and variables get the graph's names. */
export function translate(document: DocumentNode, restSchema: GraphQLSchema): GraphDocument {
  const info = new TypeInfo(restSchema);
  const translated = visit(
    document,
    visitWithTypeInfo(info, {
      Argument: {
        leave(node) {
          const argument = info.getArgument();
          return argument ? { ...node, name: nameNode(originOf(argument).name) } : undefined;
        },
      },
      Variable: (node) => ({ ...node, name: nameNode(camel(node.name.value)) }),
      Field: {
        leave(node) {
          const field = info.getFieldDef();
          if (!field) return undefined;
          const { name } = originOf(field);
          if (name === node.name.value) return undefined;
          return { ...node, alias: nameNode(node.alias?.value ?? node.name.value), name: nameNode(name) };
        },
      },
    }),
  );
  return withKey(translated);
}

/**
 * The same document with only a part of its fields. An object without any wanted field is still selected, to
 * know whether it exists.
 * @param wanted whether a field is wanted, by its path from the answer.
 */
export function partOf(
  { document }: GraphDocument,
  wanted: (path: readonly string[]) => boolean,
): GraphDocument {
  const prune = (field: FieldNode, path: readonly string[]): FieldNode => {
    if (!field.selectionSet) return field;
    const kept: FieldNode[] = [];
    for (const selection of fieldsOf(field)) {
      const below = [...path, responseName(selection)];
      if (wanted(below)) kept.push(prune(selection, below));
    }
    const selections = kept.length > 0 ? kept : [{ kind: Kind.FIELD, name: nameNode('__typename') } as const];
    return { ...field, selectionSet: { ...field.selectionSet, selections } };
  };
  const definitions = document.definitions.map((definition) => {
    const { selectionSet, ...operation } = definition as OperationDefinitionNode;
    const selections = selectionSet.selections.map((root) => prune(root as FieldNode, []));
    return { ...operation, selectionSet: { ...selectionSet, selections } };
  });
  return withKey({ ...document, definitions });
}

/** The field of the answer: a document of SOFA has just this one at its root. */
export function rootOf({ document }: GraphDocument): FieldNode {
  return (document.definitions[0] as OperationDefinitionNode).selectionSet.selections[0] as FieldNode;
}

/** The selections below a field; SOFA makes no fragments. */
export function fieldsOf({ selectionSet }: FieldNode): readonly FieldNode[] {
  return (selectionSet?.selections ?? []) as readonly FieldNode[];
}

/** The name under which the answer has a field. */
export function responseName({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value;
}

function nameNode(value: string): NameNode {
  return { kind: Kind.NAME, value };
}

function withKey(document: DocumentNode): GraphDocument {
  return { document, key: createHash('sha256').update(print(document)).digest('base64url') };
}
