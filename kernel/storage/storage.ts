import type { Readable } from 'node:stream';

/** A file that was found. */
export interface StoredFile {
  /** Read it to its end, or destroy it. */
  readonly stream: Readable;
  /** In bytes. */
  readonly size: number;
}

/** A file in a list. */
export interface ListedFile {
  readonly key: string;
  /** When it was written, by the store's own clock. */
  readonly modifiedAt: Date;
}

/** Files under keys such as `images/<organization>/<name>.webp`. A key is never written twice with other bytes. */
export interface Storage {
  /** @throws Error where the store did not take it. */
  put(key: string, bytes: Buffer, contentType: string): Promise<void>;
  /** The file, or undefined where there is none. */
  get(key: string): Promise<StoredFile | undefined>;
  /** Removes files; those that are not there are no fault. */
  remove(keys: readonly string[]): Promise<void>;
  /** All files below a folder such as `images/<organization>`, one by one, in no particular order. */
  list(folder: string): AsyncIterable<ListedFile>;
}

/** What a key is made of: names of letters, digits, points, dashes and underscores, none of them hidden, with slashes between. */
const KEY = /^[A-Za-z0-9_-][\w.-]*(\/[A-Za-z0-9_-][\w.-]*)*$/;
export const MAX_KEY_LENGTH = 250;

/** Whether a text can be the key of a file. No other text reaches the store: so no key ever leaves its folder. */
export function isStorageKey(text: string): boolean {
  return text.length <= MAX_KEY_LENGTH && KEY.test(text);
}
