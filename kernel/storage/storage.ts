import type { Readable } from 'node:stream';

/** A file of the store. */
export interface StoredFile {
  /** Read it to its end, or destroy it. */
  readonly stream: Readable;
  /** In bytes. */
  readonly size: number;
}

/** A file in a list. */
export interface ListedFile {
  readonly key: string;
  /** Time of writing, by the store's own clock. */
  readonly modifiedAt: Date;
}

/** Files under keys such as `images/<organization>/<name>.webp`. A key is never written twice with other bytes. */
export interface Storage {
  /** @throws Error if the store did not accept the file. */
  put(key: string, bytes: Buffer, contentType: string): Promise<void>;
  /** Stores a file of the disk, of any size. @throws Error if the store did not accept it. */
  putFile(key: string, file: string, contentType: string): Promise<void>;
  /** The file, or undefined if there is none. */
  get(key: string): Promise<StoredFile | undefined>;
  /** Removes files; missing ones are ignored. */
  remove(keys: readonly string[]): Promise<void>;
  /** All files below a folder such as `images/<organization>`, in no particular order. */
  list(folder: string): AsyncIterable<ListedFile>;
}

/** The form of a key: names of letters, digits, points, dashes and underscores, none of them hidden, with slashes between. */
const KEY = /^[A-Za-z0-9_-][\w.-]*(\/[A-Za-z0-9_-][\w.-]*)*$/;
export const MAX_KEY_LENGTH = 250;

/** Whether a text can be the key of a file. No other text reaches the store, so no key can leave its folder. */
export function isStorageKey(text: string): boolean {
  return text.length <= MAX_KEY_LENGTH && KEY.test(text);
}
