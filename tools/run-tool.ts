/** The end of commands that run without the platform. */

/** The exit code of a command that could not do its work. */
export const EXIT_FAILED = 2;

/**
 * Runs a command, whose result is the exit code; none means 0. An error is printed without its stack.
 */
export function runTool(main: () => Promise<number | void>): void {
  // A process that ends while the command still waits has not done its work.
  process.exitCode = EXIT_FAILED;
  main().then(
    (code) => (process.exitCode = code ?? 0),
    (error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
  );
}

/** Prints a line of the result. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
