/**
 * Persisted queries: a client sends the id of a trusted document in place of its text, or, automatically, a document once with its hash and
 * afterwards the hash alone.
 */
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { PosProError } from '#kernel/errors';
import type { TrustedDocuments } from './trusted-documents';

/** All texts together, in characters. */
const KEPT_CHARACTERS = 8 * 1024 * 1024;

export class PersistedQueries {
  private readonly texts = new LRUCache<string, string>({
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (text) => text.length + 1,
  });

  constructor(private readonly trusted: Pick<TrustedDocuments, 'textOf'>) {}

  /**
   * The text of a document by its hash, or by its id in a manifest.
   * @param query the text, if the request includes it.
   * @throws PosProError PERSISTED_QUERY_NOT_FOUND, after which clients send the text; 400 for the hash of
   * another text.
   */
  textOf(hash: string, query: string | undefined): string {
    // Clients look for this exact text.
    if (query === undefined) {
      const known = this.trusted.textOf(hash) ?? this.texts.get(hash);
      if (known === undefined) throw new PosProError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
      return known;
    }
    if (createHash('sha256').update(query).digest('hex') !== hash) {
      throw new PosProError('BAD_REQUEST', 'The hash of the persisted query does not match its text.');
    }
    return query;
  }

  /** Stores the text of an admitted document. */
  keep(hash: string, text: string): void {
    this.texts.set(hash, text);
  }
}
