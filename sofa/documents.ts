/** SOFA's documents speak snake_case. Each is translated once into one that the graph understands and that answers in snake_case. */
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
import { camel } from './names';
import { originOf } from './views';

export interface GraphDocument {
  readonly document: DocumentNode;
  /** Equal for equal documents; the gateway keeps the plan under it. */
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

/** The same document, asking only for what CSV shows: no counts of a page, no nested list but the unfolded one. */
export function forCsv({ document }: GraphDocument, wanted: (path: readonly string[]) => boolean): GraphDocument {
  const prune = (field: FieldNode, path: readonly string[]): FieldNode => {
    if (!field.selectionSet) return field;
    const kept: FieldNode[] = [];
    for (const selection of field.selectionSet.selections) {
      if (selection.kind !== Kind.FIELD) continue;
      const below = [...path, selection.alias?.value ?? selection.name.value];
      if (wanted(below)) kept.push(prune(selection, below));
    }
    return { ...field, selectionSet: { ...field.selectionSet, selections: kept } };
  };
  const definitions = document.definitions.map((definition) => {
    const { selectionSet, ...operation } = definition as OperationDefinitionNode;
    const selections = selectionSet.selections.map((root) => prune(root as FieldNode, []));
    return { ...operation, selectionSet: { ...selectionSet, selections } };
  });
  return withKey({ ...document, definitions });
}

function nameNode(value: string): NameNode {
  return { kind: Kind.NAME, value };
}

function withKey(document: DocumentNode): GraphDocument {
  return { document, key: createHash('sha256').update(print(document)).digest('base64url') };
}
