/** A small disk of its own for a test: a tmpfs, which only root may mount. */
import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface SmallDisk {
  readonly folder: string;
  /** Takes all the room that is left. */
  fill(): void;
  /** Frees it. */
  free(): void;
  unmount(): void;
}

const BLOCK_BYTES = 4096;

/** Why no disk can be mounted here; undefined if one can. */
export function whyNoSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return 'a tmpfs is mounted on Linux only';
  if (process.getuid?.() !== 0) return 'only root may mount a tmpfs';
  try {
    mountSmallDisk(1).unmount();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** @throws Error where nothing can be mounted. */
export function mountSmallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-small-disk-'));
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (mount.status !== 0) {
    rmdirSync(folder);
    throw new Error(`mount failed: ${mount.error?.message ?? mount.stderr.trim()}`);
  }
  // As root the database runs as another user, who must be able to enter.
  chmodSync(folder, 0o755);
  const ballast = path.join(folder, 'ballast');
  return {
    folder,
    fill() {
      const file = openSync(ballast, 'w');
      try {
        for (;;) writeSync(file, Buffer.alloc(BLOCK_BYTES, 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast),
    unmount() {
      const unmount = spawnSync('umount', [folder], { encoding: 'utf8' });
      if (unmount.status !== 0) throw new Error(`umount failed: ${unmount.stderr.trim()}`);
      rmdirSync(folder);
    },
  };
}
