/** The form of a command of `pospro`. */
import type { ParseArgsConfig } from 'node:util';

/** An option of a command, by its long name. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** Whether it may be given several times. */
  readonly multiple?: boolean;
  /** The value, as the help shows it: "EMAIL". */
  readonly value?: string;
  readonly description: string;
}

/** The arguments of a call. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** The value of an option; undefined without it. */
  text(name: string): string | undefined;
  /** All values of an option that may be given several times. */
  texts(name: string): readonly string[];
  flag(name: string): boolean;
}

/** Does the work of a command. @returns the exit code; nothing means 0. */
export type Run = (given: Arguments) => Promise<number | void>;

export interface Command {
  /** One word or two, as typed: "users add". */
  readonly name: string;
  readonly summary: string;
  /** The names of the arguments, all of which are required: ["FILE"]. */
  readonly positionals?: readonly string[];
  readonly options?: Readonly<Record<string, Option>>;
  /** Lines after the options in the help. */
  readonly notes?: readonly string[];
  /** Loads the code: a command waits for its own alone. */
  readonly load: () => Promise<Run>;
}

/** The result of `parseArgs` with these options. */
export type ParsedOptions = NonNullable<ParseArgsConfig['options']>;
