/** One data folder belongs to one process at a time; a lock file beside the cluster names it. */
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** The content of the lock file. */
export interface OwnerNote {
  pid: number;
  /** The start time of the process, as the system counts it: the pid alone may have been reused. */
  processStart: string | undefined;
  /** The port of the platform, if known. */
  platformPort: number | undefined;
  databasePort: number | undefined;
}

/** Another process runs PosPro on the same data folder. */
export class AlreadyRunningError extends Error {
  constructor(
    readonly pid: number,
    /** The port of that process, if known. */
    readonly port: number | undefined,
    readonly databasePort: number | undefined,
    /** The folder of the database. */
    readonly dataDir: string,
  ) {
    const where = port === undefined ? '' : ` on port ${port}`;
    super(
      `PosPro is running already${where} (process ${pid}) with the data in ${dataDir}. Stop it first, or set another DATA_DIR.`,
    );
    this.name = 'AlreadyRunningError';
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A missing permission to signal it means that it exists.
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** The start time of a process on Linux (field 22 of its stat line, counted after its name); undefined elsewhere. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isStale(note: OwnerNote): boolean {
  return (
    !isAlive(note.pid) || (note.processStart !== undefined && processStart(note.pid) !== note.processStart)
  );
}

export interface Ownership {
  /** Adds the database's port to the lock file. */
  update(databasePort: number): void;
  release(): void;
}

/**
 * Locks the data folder for this process.
 * @throws AlreadyRunningError while the owning process lives.
 */
export function takeOwnership(file: string, dataDir: string, platformPort: number | undefined): Ownership {
  const mine: OwnerNote = {
    pid: process.pid,
    processStart: processStart(process.pid),
    platformPort,
    databasePort: undefined,
  };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o644 });
  try {
    while (!claim(draft, file)) removeStale(file, dataDir);
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    update: (databasePort) => writeFileSync(file, JSON.stringify({ ...mine, databasePort })),
    release: () => rmSync(file, { force: true }),
  };
}

/** Creating a link is atomic, even with concurrent attempts. */
function claim(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw error;
  }
}

function readNote(file: string): { text: string; note: OwnerNote | undefined } {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  try {
    return { text, note: JSON.parse(text) as OwnerNote };
  } catch {
    // Truncated in a crash of the machine: its writer no longer runs.
    return { text, note: undefined };
  }
}

function removeStale(file: string, dataDir: string): void {
  const { text, note } = readNote(file);
  if (note && !isStale(note))
    throw new AlreadyRunningError(note.pid, note.platformPort, note.databasePort, dataDir);
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return;
    throw error;
  }
  // Between reading and moving, another process may have locked the folder; then its lock file is restored.
  if (readFileSync(aside, 'utf8') !== text) claim(aside, file);
  rmSync(aside, { force: true });
}
