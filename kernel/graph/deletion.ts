/** The answer of every operation that deletes one thing: `Deletion` of subgraphs/shared-types.graphql. */
export interface Deletion {
  readonly id: string;
  readonly deleted: true;
}

export const deletionOf = (id: string): Deletion => ({ id, deleted: true });
