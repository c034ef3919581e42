/** Places that do not follow a rule of docs/API-CONVENTIONS.md, each with its reason. An exception that is no longer needed is an error. */

export type Rule =
  | 'page'
  | 'plain-list'
  | 'list-words'
  | 'updated-since'
  | 'ids'
  | 'relations'
  | 'path-arguments'
  | 'ranges'
  | 'deletions'
  | 'same-names';

export interface Exception {
  readonly rule: Rule;
  readonly coordinate: string;
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [];
