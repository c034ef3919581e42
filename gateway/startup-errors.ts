/** The messages of a failed start, for operators. */
import { ConfigError } from '#kernel/config';
import { AlreadyRunningError, NoEmbeddedDatabaseError } from '#kernel/db/embedded/index';
import { isConnectionFailure, sqlState } from '#kernel/db/pg-errors';
import { MightyRoleError } from '#kernel/db/logins';
import { MigrationError } from '#kernel/db/migrate';
import { ProcessFailedError } from './process-group';

/** The settings are wrong. */
const EXIT_CONFIG = 2;
export const EXIT_FAILED = 1;

export interface Explanation {
  /** A sentence or two; only unexpected errors are shown with their stack. */
  readonly lines: string;
  readonly exitCode: number;
}

interface SystemError {
  readonly code?: string;
  readonly syscall?: string;
  readonly message?: string;
  readonly port?: number;
  readonly address?: string;
  readonly path?: string;
}

/** Errors whose message is complete, with the remedy. */
const FORESEEN = [AlreadyRunningError, NoEmbeddedDatabaseError, MigrationError, MightyRoleError];

/** Ends the process after a failed start, with the reason. */
export function endFailedStart(error: unknown): never {
  const { lines, exitCode } = explain(error, Boolean(process.env.DATABASE_URL));
  process.stderr.write(`\n${lines}\n`);
  process.exit(exitCode);
}

/** @param ownDatabase whether DATABASE_URL is set. */
export function explain(error: unknown, ownDatabase: boolean): Explanation {
  if (error instanceof ConfigError) return { lines: error.message, exitCode: EXIT_CONFIG };
  if (error instanceof ProcessFailedError) return { lines: error.message, exitCode: error.exitCode };
  if (FORESEEN.some((kind) => error instanceof kind)) return failed((error as Error).message);
  return failed(
    sentenceFor(error, ownDatabase) ??
      (error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
}

function sentenceFor(error: unknown, ownDatabase: boolean): string | undefined {
  const known = systemErrorOf(error);
  if (known.syscall === 'listen') return aboutListening(known);
  if (ownDatabase && messagesOf(error).includes('unsupported startup parameter')) {
    return 'A pooler such as PgBouncer stands before the database, and rejects settings of a session.\nAdd ?pgbouncer=true to its address: DATABASE_URL, or DATABASE_REPLICA_URL.';
  }
  if (ownDatabase && isAboutDatabase(error)) {
    return `The database of DATABASE_URL cannot be used: ${known.message}.\nSee that it runs and that address, user, password and name are right.`;
  }
  if (known.path !== undefined && FOLDER_CODES.has(known.code ?? '')) {
    return `${known.path} cannot be made or written: ${known.code}.\nSet DATA_DIR to a folder with free space that this user may write to.`;
  }
  return undefined;
}

function failed(lines: string): Explanation {
  return { lines, exitCode: EXIT_FAILED };
}

/** A name with several addresses fails once for each of them, and the wrapping error has no message. */
function systemErrorOf(error: unknown): SystemError {
  const one: unknown = error instanceof AggregateError ? (error.errors as unknown[])[0] : error;
  return typeof one === 'object' && one !== null ? one : {};
}

function aboutListening({ code, port, address }: SystemError): string | undefined {
  if (code === 'EADDRINUSE') {
    return (
      `Port ${port} is in use, maybe by a PosPro that runs already. ` +
      `Stop what uses it, or set another port: PORT=${Number(port) + 1} npm start`
    );
  }
  if (code === 'EACCES')
    return `Port ${port} may not be used by this user. Set another one, such as PORT=8000.`;
  if (code === 'EADDRNOTAVAIL')
    return `This machine has no address ${address}. Set HOST to one that it has; 0.0.0.0 means all.`;
  return undefined;
}

/** The message of an error and of its cause. */
function messagesOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return error.cause instanceof Error ? `${error.message} ${error.cause.message}` : error.message;
}

/** Unreachable, or access denied: a wrong password, user or name. */
function isAboutDatabase(error: unknown): boolean {
  const state = sqlState(error) ?? '';
  return isConnectionFailure(error) || state.startsWith('28') || state.startsWith('3D');
}

const FOLDER_CODES = new Set(['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR', 'ENOENT', 'ENOSPC', 'EDQUOT']);
