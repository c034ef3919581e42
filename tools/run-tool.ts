/** The end of commands that run without the platform. */
import { AlreadyRunningError } from '#kernel/db/embedded/index';

/** The exit code of a command that could not do its work. */
export const EXIT_FAILED = 2;

export interface ToolOptions {
  /** Said after the error if the platform runs on the same data: what to do instead. */
  readonly whileRunning?: string;
  /** The exit code of an error; defaults to `EXIT_FAILED`. */
  readonly exitCodeOf?: (error: unknown) => number;
}

/** Runs a command. An error is printed without its stack, and decides the exit code. */
export function runTool(
  main: () => Promise<void>,
  { whileRunning, exitCodeOf = () => EXIT_FAILED }: ToolOptions = {},
): void {
  main().catch((error: unknown) => {
    const hint =
      whileRunning !== undefined && error instanceof AlreadyRunningError ? `\n${whileRunning}` : '';
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${hint}\n`);
    process.exitCode = exitCodeOf(error);
  });
}

/** Prints a line of the result. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
