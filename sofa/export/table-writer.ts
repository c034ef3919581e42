/** What a format of tables must be able to do, so that one way of fetching and sending serves them all. */
import type { Readable } from 'node:stream';

/** Writes a table as text, a batch of rows at a time. */
export interface TableWriter {
  /** What stands before the rows, header included. */
  start(): string;
  /** @throws PosProError where the format cannot hold a row. */
  rows(objects: readonly unknown[]): string;
  /** What stands behind the rows. */
  end(): string;
  /** @throws PosProError where the format cannot hold as many rows as the list says it has. */
  checkTotal(rows: number): void;
  /** Puts the text into the file that is sent. */
  file(text: AsyncIterable<string>): Readable;
}
