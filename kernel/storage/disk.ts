import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, open, opendir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Storage } from './storage';

/** Keeps files in a folder; keys are paths below it. */
export function diskStorage(folder: string): Storage {
  const placeOf = (key: string) => path.join(folder, ...key.split('/'));
  const place = async (key: string, write: (draft: string) => Promise<void>) => {
    const file = placeOf(key);
    await mkdir(path.dirname(file), { recursive: true });
    // Renamed only when it is complete, so that half a file is never served.
    const draft = `${file}.${randomBytes(6).toString('hex')}.part`;
    try {
      await write(draft);
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  };
  return {
    put: (key, bytes) => place(key, (draft) => writeFile(draft, bytes, { flag: 'wx' })),
    putFile: (key, file) => place(key, (draft) => copyFile(file, draft, constants.COPYFILE_EXCL)),
    async get(key) {
      const handle = await open(placeOf(key)).catch(absent);
      if (!handle) return undefined;
      const stats = await handle.stat();
      if (stats.isFile()) return { stream: handle.createReadStream(), size: stats.size };
      await handle.close();
      return undefined;
    },
    async remove(keys) {
      for (const key of keys) await rm(placeOf(key), { force: true });
    },
    async *list(below) {
      const entries = await opendir(placeOf(below), { recursive: true }).catch(absent);
      for await (const entry of entries ?? []) {
        if (!entry.isFile()) continue;
        const place = path.join(entry.parentPath, entry.name);
        const stats = await stat(place).catch(absent);
        if (stats)
          yield { key: path.relative(folder, place).split(path.sep).join('/'), modifiedAt: stats.mtime };
      }
    },
  };
}

/** A missing file or folder is not an error; everything else is. */
function absent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
