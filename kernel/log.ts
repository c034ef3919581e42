import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

export interface LogOptions {
  level: string;
  /** Human-readable lines instead of JSON. */
  pretty: boolean;
  destination?: DestinationStream;
}

/** Values that must never reach a log, wherever they stand in the logged object. */
const SECRET_PATHS = ['password', 'otp', 'token', 'accessToken', 'refreshToken', 'authorization', 'cookie', 'secret'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

export function createLogger(options: LogOptions): Logger {
  const settings = { level: options.level, redact: { paths: SECRET_PATHS, censor: '[secret]' } };
  if (options.destination) return pino(settings, options.destination);
  return options.pretty ? pino(settings, pretty({ colorize: process.stdout.isTTY, ignore: 'pid,hostname' })) : pino(settings);
}
