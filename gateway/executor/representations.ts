/**
 * The representations of entities for another subgraph, compiled once per plan. Equal representations are sent once,
 * however often the entity occurs.
 */
import type { GraphQLSchema } from 'graphql';
import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import { EntitySlots, flatFields, type FlatFields } from './distinct-entities';
import { isObject, type Data, type EntityPath } from './entity-path';
import { applyRewrites, isOfType } from './rewrites';

/** The entities that a fetch completes. */
export interface GatheredEntities {
  /** The objects in the result, each at another place. */
  readonly targets: readonly Data[];
  /** For each of the targets, the index of its representation. */
  readonly slots: readonly number[];
  /** Distinct. */
  readonly representations: readonly Data[];
}

/** Makes the representation of an entity; undefined if a required field is missing. */
type Represent = (entity: Data) => Data | undefined;

export class EntitySelection {
  private readonly represent: Represent;
  private readonly flatFields: FlatFields | undefined;

  /** @param requires the fields of the representations. @param rewrites the changes to each. */
  constructor(
    private readonly schema: GraphQLSchema,
    readonly path: EntityPath,
    requires: readonly QueryPlanSelectionNode[],
    private readonly rewrites: readonly FetchDataRewrite[] | undefined,
  ) {
    this.represent = compileRepresentation(schema, requires);
    this.flatFields = flatFields(requires, rewrites);
  }

  gather(root: Data): GatheredEntities {
    const targets: Data[] = [];
    const slots: number[] = [];
    const representations: Data[] = [];
    const known = new EntitySlots(this.flatFields);
    for (const entity of this.path.entitiesIn(root)) {
      let slot = known.slotOf(entity);
      if (slot === undefined) {
        const representation = this.represent(entity);
        if (representation?.__typename === undefined) continue;
        applyRewrites(this.schema, this.rewrites, representation);
        slot = known.slotFor(entity, representation, representations.length);
        if (slot === representations.length) representations.push(representation);
      }
      targets.push(entity);
      slots.push(slot);
    }
    return { targets, slots, representations };
  }
}

function compileRepresentation(
  schema: GraphQLSchema,
  selections: readonly QueryPlanSelectionNode[],
): Represent {
  const parts = selections.map((selection) => compileSelection(schema, selection));
  return (entity) => {
    const representation: Data = {};
    for (const addTo of parts) if (!addTo(representation, entity)) return undefined;
    return representation;
  };
}

/** Adds a part to a representation; false if a required field is missing. */
type AddTo = (representation: Data, entity: Data) => boolean;

function compileSelection(schema: GraphQLSchema, selection: QueryPlanSelectionNode): AddTo {
  if (selection.kind === 'Field') {
    const { name, selections } = selection;
    // An alias is our key of the value; the subgraph expects the field's name.
    const key = selection.alias ?? name;
    const inner = selections && compileRepresentation(schema, selections);
    return (representation, entity) => {
      const value = entity[key];
      if (value === undefined) return false;
      representation[name] = inner ? representInside(inner, value) : value;
      return true;
    };
  }
  const { typeCondition } = selection;
  const inner = compileRepresentation(schema, selection.selections);
  return (representation, entity) => {
    if (!typeCondition || isOfType(schema, entity, typeCondition)) {
      const part = inner(entity);
      if (part) Object.assign(representation, part);
    }
    return true;
  };
}

function representInside(inner: Represent, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => representInside(inner, item));
  return isObject(value) ? (inner(value) ?? null) : null;
}
