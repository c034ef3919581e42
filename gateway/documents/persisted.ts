/** Automatic persisted queries: a client sends a document once with its hash, and afterwards the hash alone. */
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { PosProError } from '#kernel/errors';

/** All texts together, in characters. */
const KEPT_CHARACTERS = 8 * 1024 * 1024;

export class PersistedQueries {
  private readonly texts = new LRUCache<string, string>({
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (text) => text.length + 1,
  });

  /**
   * The text of a document by its hash.
   * @param query the text where the request brings it along.
   * @throws PosProError PERSISTED_QUERY_NOT_FOUND, upon which clients send the text; 400 for a hash of another text.
   */
  textOf(hash: string, query: string | undefined): string {
    // Clients look for these very words.
    if (query === undefined) {
      const known = this.texts.get(hash);
      if (known === undefined) throw new PosProError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
      return known;
    }
    if (createHash('sha256').update(query).digest('hex') !== hash) {
      throw new PosProError('BAD_REQUEST', 'The hash of the persisted query does not match its text.');
    }
    return query;
  }

  /** Keeps the text of a document that has been let in. */
  keep(hash: string, text: string): void {
    this.texts.set(hash, text);
  }
}
