/** One data folder belongs to one process at a time; a note beside the cluster says to which. */
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** What the note says. */
export interface OwnerNote {
  pid: number;
  /** When the process was started, as the system counts it: a pid alone may have been given to another process meanwhile. */
  processStart: string | undefined;
  /** The port on which the platform answers, if it said so. */
  platformPort: number | undefined;
  databasePort: number | undefined;
}

/** Another process runs PosPro on the same data folder. */
export class AlreadyRunningError extends Error {
  constructor(
    readonly pid: number,
    /** The first one's own port; undefined where it did not say. */
    readonly port: number | undefined,
    readonly databasePort: number | undefined,
    dataDir: string,
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
    // Not being allowed to signal it means that it is there.
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** Linux tells when a process started (field 22 of its stat line, counted from behind its name); elsewhere undefined. */
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
  /** Adds the database's port to the note. */
  update(databasePort: number): void;
  release(): void;
}

/**
 * Takes the data folder for this process.
 * @throws AlreadyRunningError while the process that has it lives.
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

/** A link is made or is not, whoever else tries at the same moment. */
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
    // Cut off when the machine went down: whoever wrote it is gone.
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
  // Between reading and moving, another process may have taken the folder; then its note goes back.
  if (readFileSync(aside, 'utf8') !== text) claim(aside, file);
  rmSync(aside, { force: true });
}
