/** A plan's path to entities in the growing result, in which "@" stands for every item of a list. */
import type { ResponsePath } from '@apollo/query-planner';

export type Data = Record<string, unknown>;

/** An answer's place: keys and list indexes. */
export type ConcretePath = readonly (string | number)[];

export const isObject = (value: unknown): value is Data => typeof value === 'object' && value !== null;

export class EntityPath {
  private readonly steps: readonly string[];

  constructor(path: ResponsePath) {
    this.steps = path.map(String);
  }

  /** The path without list indexes: the place of an error that names no entity. */
  get keys(): ConcretePath {
    return this.steps.filter((step) => step !== '@');
  }

  /** All objects at the path, in the order of the result. */
  entitiesIn(root: Data): readonly Data[] {
    let level: unknown[] = [root];
    for (const step of this.steps) {
      const next: unknown[] = [];
      for (const value of level) {
        if (step === '@') {
          if (Array.isArray(value)) for (const item of value) next.push(item);
        } else readKey(value, step, next);
      }
      level = next;
    }
    const entities: Data[] = [];
    for (const value of level) addObjects(value, entities);
    return entities;
  }

  /** The actual path of each object at the path. Only errors need it, so it is not kept while entities are collected. */
  placesIn(root: Data): ReadonlyMap<Data, ConcretePath> {
    const places = new Map<Data, ConcretePath>();
    this.walk(root, 0, [], places);
    return places;
  }

  private walk(value: unknown, depth: number, place: ConcretePath, places: Map<Data, ConcretePath>): void {
    if (!isObject(value)) return;
    const step = this.steps[depth];
    if (Array.isArray(value)) {
      const next = step === '@' ? depth + 1 : depth;
      value.forEach((item, index) => this.walk(item, next, [...place, index], places));
    } else if (step === undefined) places.set(value, place);
    else if (step !== '@') this.walk(value[step], depth + 1, [...place, step], places);
  }
}

/** Adds the values under a key: a list without an "@" of its own in the path means its items. */
function readKey(value: unknown, key: string, into: unknown[]): void {
  if (Array.isArray(value)) for (const item of value) readKey(item, key, into);
  else if (isObject(value)) into.push(value[key]);
}

function addObjects(value: unknown, into: Data[]): void {
  if (Array.isArray(value)) for (const item of value) addObjects(item, into);
  else if (isObject(value)) into.push(value);
}
