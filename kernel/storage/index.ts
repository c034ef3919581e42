/** Files that people upload: kept in a folder by default, in an S3-compatible store where one is configured. */
import path from 'node:path';
import type { Config } from '../config';
import { diskStorage } from './disk';
import { s3Storage } from './s3';
import { isStorageKey, MAX_KEY_LENGTH, type Storage } from './storage';

const storages = new WeakMap<Config, Storage>();

/** The configured storage; one for each process. */
export function storageOf(config: Config): Storage {
  let storage = storages.get(config);
  if (!storage) {
    const { storageUrl, dataDir } = config;
    storage = guarded(
      storageUrl === undefined ? diskStorage(path.join(dataDir, 'media')) : s3Storage(storageUrl),
    );
    storages.set(config, storage);
  }
  return storage;
}

function guarded(storage: Storage): Storage {
  const checked = (key: string): string => {
    if (!isStorageKey(key))
      throw new Error(`"${key.slice(0, MAX_KEY_LENGTH)}" is not a valid key of a file.`);
    return key;
  };
  return {
    put: (key, bytes, contentType) => storage.put(checked(key), bytes, contentType),
    get: (key) => storage.get(checked(key)),
    list: (folder) => storage.list(checked(folder)),
    remove: (keys) => (keys.length === 0 ? Promise.resolve() : storage.remove(keys.map(checked))),
  };
}
