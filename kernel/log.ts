import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { maskCardNumbers } from './card-numbers.rules';
import { PosProError } from './errors';
import type { Tracing } from './traces';

export type { Logger };

export interface LogOptions {
  level: string;
  /** Human-readable lines instead of JSON. */
  pretty: boolean;
  destination?: DestinationStream;
  /** Traces, whose ids then stand in the lines of a request. */
  tracing?: Tracing | undefined;
}

/** Values that must never reach a log, at any depth of the logged object. */
const SECRET_PATHS = [
  'password',
  'otp',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  'secret',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** A text in a line of JSON. Numbers are unchanged: the digits of a duration are not a card number. */
const TEXT = /"(?:[^"\\]|\\.)*"/g;

/**
 * An error in a line of the log. A database or a Redis that is busy or away for a moment is not a bug: its error is the message and the
 * reason, in one line, instead of a page with the stacks of both.
 */
function describeError(error: Error): unknown {
  if (!(error instanceof PosProError) || error.code !== 'UNAVAILABLE') return stdSerializers.err(error);
  const { message, cause } = error;
  return cause instanceof Error && cause.message !== '' ? `${message} (${cause.message})` : message;
}

/** In a terminal `err` gets lines of its own, so the reason of a busy moment has another name there. */
function errorAsReason(fields: Record<string, unknown>): Record<string, unknown> {
  if (!(fields.err instanceof Error)) return fields;
  const described = describeError(fields.err);
  if (typeof described !== 'string') return fields;
  return { ...fields, err: undefined, reason: described };
}

export function createLogger(options: LogOptions): Logger {
  const settings = {
    level: options.level,
    serializers: { err: describeError },
    ...(options.tracing && { mixin: () => options.tracing!.running() ?? {} }),
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
    // Addresses of requests and messages of errors may contain a card number.
    hooks: { streamWrite: (line: string) => line.replace(TEXT, maskCardNumbers) },
  };
  const { destination } = options;
  if (!options.pretty) return destination ? pino(settings, destination) : pino(settings);
  // Fields stand behind the message. Only the stack of an unexpected error takes more than a line.
  const format = { colorize: process.stdout.isTTY, ignore: 'pid,hostname', singleLine: true };
  const formatters = { log: errorAsReason };
  return pino({ ...settings, formatters }, pretty({ ...format, ...(destination && { destination }) }));
}
