/**
 * Distinguishes entities by the fields of their representations, so that a representation need not be made and compared
 * for each place of an entity.
 */
import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import { isObject, type Data } from './entity-path';

/** The fields of flat representations of one type. */
export interface FlatFields {
  readonly typename: string;
  /** Keys of the result, without `__typename`. */
  readonly keys: readonly string[];
}

/** The fields of representations; undefined if they have several types, fields with subfields, or are rewritten. */
export function flatFields(
  requires: readonly QueryPlanSelectionNode[],
  rewrites: readonly FetchDataRewrite[] | undefined,
): FlatFields | undefined {
  const [fragment, ...others] = requires;
  if (rewrites?.length || others.length > 0 || fragment?.kind !== 'InlineFragment') return undefined;
  const keys: string[] = [];
  for (const selection of fragment.selections) {
    if (selection.kind !== 'Field' || selection.selections) return undefined;
    if (selection.name !== '__typename') keys.push(selection.alias ?? selection.name);
  }
  const { typeCondition } = fragment;
  return typeCondition === undefined || keys.length === 0 ? undefined : { typename: typeCondition, keys };
}

/** One level of maps for each field: no text is made of the values, and 1 differs from "1". */
type SlotTree = Map<unknown, SlotTree | number>;

/** The slots of the distinct entities of one fetch. */
export class EntitySlots {
  private readonly tree: SlotTree = new Map();
  private readonly byText = new Map<string, number>();

  constructor(private readonly fields: FlatFields | undefined) {}

  /** The slot of an entity; undefined if it is new, or if only its representation can be compared. */
  slotOf(entity: Data): number | undefined {
    if (!this.fields || entity.__typename !== this.fields.typename) return undefined;
    let node: SlotTree | number | undefined = this.tree;
    for (const key of this.fields.keys) {
      node = (node as SlotTree).get(entity[key]);
      if (node === undefined) return undefined;
    }
    return node as number;
  }

  /** The slot of a representation that was sent for another entity; otherwise `next`, which is kept. */
  slotFor(entity: Data, representation: Data, next: number): number {
    if (this.keepByFields(entity, next)) return next;
    const text = JSON.stringify(representation);
    const known = this.byText.get(text);
    if (known === undefined) this.byText.set(text, next);
    return known ?? next;
  }

  private keepByFields(entity: Data, slot: number): boolean {
    if (!this.fields || entity.__typename !== this.fields.typename) return false;
    const values = this.fields.keys.map((key) => entity[key]);
    if (values.some(isObject)) return false;
    let node = this.tree;
    values.forEach((value, depth) => {
      if (depth === values.length - 1) node.set(value, slot);
      else {
        let next = node.get(value) as SlotTree | undefined;
        if (!next) node.set(value, (next = new Map()));
        node = next;
      }
    });
    return true;
  }
}
