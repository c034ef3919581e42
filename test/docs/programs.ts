/** Programs of the machine that tests run. Outside CI a test may do without one, and says so; in CI a missing one is a fault. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/**
 * Where a program is.
 *
 * @param candidates names that are looked for on the PATH, or whole paths.
 * @returns undefined where there is none.
 * @throws Error where there is none and CI is set.
 */
export function findProgram(...candidates: readonly [string, ...string[]]): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const places = candidates.flatMap((name) =>
    path.isAbsolute(name) ? [name] : folders.map((folder) => path.join(folder, name)),
  );
  const found = places.find(isExecutable);
  if (found === undefined && process.env.CI)
    throw new Error(`In CI ${candidates[0]} must be installed (see .ci/run).`);
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
