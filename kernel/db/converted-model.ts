/** Types of columns that Prisma reads as other types than rows have. */
export type ConvertedType = 'numeric' | 'bigint' | 'date' | 'bytea';

/** The parts of a model that need conversion. */
export interface ConvertedModel {
  /** Fields of such types. */
  readonly fields: Readonly<Record<string, ConvertedType>>;
  /** Relations, with the models they lead to. */
  readonly relations: Readonly<Record<string, string>>;
}
