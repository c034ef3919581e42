/** The interface of a table format, so that all formats share fetching and sending. */
import type { Readable } from 'node:stream';

/** Writes a table as text, a batch of rows at a time. */
export interface TableWriter {
  /** The text before the rows, including the header. */
  start(): string;
  /** @throws PosProError if the format cannot represent a row. */
  rows(objects: readonly unknown[]): string;
  /** The text after the rows. */
  end(): string;
  /** @throws PosProError if the format cannot have as many rows as the list. */
  checkTotal(rows: number): void;
  /** Packs the text into the file that is sent. */
  file(text: AsyncIterable<string>): Readable;
}
