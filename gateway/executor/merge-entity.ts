/** Merges what subgraphs returned into the growing result. */
import { deepMerge } from '@apollo/gateway/dist/utilities/deepMerge';
import { isObject, type Data } from './entity-path';

/**
 * Merges the fields of an entity into one of its places. Places of one entity never share an object or a list, because
 * later fetches change what is below each place.
 * @param owns whether the place may take the entity's own objects; every further place gets copies.
 * @param keepsType whether the place keeps its own `__typename`.
 */
export function mergeEntity(target: Data, entity: Data, owns: boolean, keepsType: boolean): void {
  for (const key of Object.keys(entity)) {
    const value = entity[key];
    if (value === undefined || (keepsType && key === '__typename')) continue;
    if (!isObject(value)) target[key] = value;
    else {
      const own = owns ? value : copyOf(value);
      if (isObject(target[key])) deepMerge(target, { [key]: own });
      else target[key] = own;
    }
  }
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  // The value of a scalar may be of a class; it is not merged into.
  if (!isObject(value) || !isPlain(value)) return value;
  const copy: Data = {};
  for (const key of Object.keys(value)) copy[key] = copyOf(value[key]);
  return copy;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
