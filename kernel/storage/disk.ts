import { randomBytes } from 'node:crypto';
import { mkdir, open, opendir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Storage } from './storage';

/** Keeps files in a folder; keys are paths below it. */
export function diskStorage(folder: string): Storage {
  const placeOf = (key: string) => path.join(folder, ...key.split('/'));
  return {
    async put(key, bytes) {
      const place = placeOf(key);
      await mkdir(path.dirname(place), { recursive: true });
      // Renamed only when it is complete, so that half a file is never served.
      const draft = `${place}.${randomBytes(6).toString('hex')}.part`;
      try {
        await writeFile(draft, bytes, { flag: 'wx' });
        await rename(draft, place);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
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
