/** Files that people upload: kept in a folder by default, in an S3-compatible store where one is configured. */
import path from 'node:path';
import type { Config } from '../config';
import { diskStorage } from './disk';
import { isStorageKey, MAX_KEY_LENGTH, type Storage } from './storage';

const storages = new WeakMap<Config, Storage>();

/** The configured storage; one for each process. */
export function storageOf(config: Config): Storage {
  let storage = storages.get(config);
  if (!storage) {
    const { storageUrl, dataDir } = config;
    storage = guarded(
      storageUrl === undefined
        ? Promise.resolve(diskStorage(path.join(dataDir, 'media')))
        : // The SDK is one of the largest packages, so only a process that uses it loads it.
          import('#kernel/storage/s3').then(({ s3Storage }) => s3Storage(storageUrl)),
    );
    storages.set(config, storage);
  }
  return storage;
}

function guarded(opening: Promise<Storage>): Storage {
  const checked = (key: string): string => {
    if (!isStorageKey(key))
      throw new Error(`"${key.slice(0, MAX_KEY_LENGTH)}" is not a valid key of a file.`);
    return key;
  };
  const use = <Result>(key: string, work: (storage: Storage, key: string) => Promise<Result>) => {
    const valid = checked(key);
    return opening.then((storage) => work(storage, valid));
  };
  return {
    put: (key, bytes, contentType) => use(key, (storage, valid) => storage.put(valid, bytes, contentType)),
    putFile: (key, file, contentType) =>
      use(key, (storage, valid) => storage.putFile(valid, file, contentType)),
    get: (key) => use(key, (storage, valid) => storage.get(valid)),
    list: (folder) => listOf(opening, checked(folder)),
    async remove(keys) {
      if (keys.length > 0) await (await opening).remove(keys.map(checked));
    },
  };
}

async function* listOf(opening: Promise<Storage>, folder: string): ReturnType<Storage['list']> {
  yield* (await opening).list(folder);
}
