/** Values that tests write and compare: amounts, errors by their codes, plain JSON, files. */
import { Readable } from 'node:stream';
import { Decimal } from '#kernel/decimal';
import { PosProError, type ErrorCode } from '#kernel/errors';
import type { UploadedFile } from '#kernel/graph/upload';

/** An amount of money, a quantity, a rate. */
export const amount = (value: string | number): Decimal => new Decimal(value);

/** An amount as text, without trailing zeros. */
export const textOf = (value: Decimal | null): string | null => value?.toFixed() ?? null;

/** The amounts among the fields of an object, as texts. */
export function figures(object: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) =>
      Decimal.isDecimal(value) ? [[name, value.toFixed()]] : [],
    ),
  );
}

/** A value as JSON carries it: without prototypes, functions and undefined. */
export const plain = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

// --- Errors ---

/** The error that an operation ends with. @throws every error that is not a PosProError, and an Error if the operation succeeds. */
export async function errorOf(work: Promise<unknown>): Promise<PosProError> {
  const error = await work.then(
    (value) => new Error(`It should have failed, but answered ${JSON.stringify(value)}.`),
    (reason: unknown) => reason,
  );
  if (error instanceof PosProError) return error;
  throw error;
}

/** Expects an operation to fail with a code. @returns its error. */
export async function expectError(code: ErrorCode, work: Promise<unknown>): Promise<PosProError> {
  const error = await errorOf(work);
  expect(error.code).toBe(code);
  return error;
}

/** The code of the error that an operation ends with; "none" if it succeeds. */
export function codeOf(work: Promise<unknown>): Promise<string> {
  return outcomeOf(work, ({ code }) => code);
}

/** As `codeOf`, but the first field's code where the error names fields. */
export function fieldCodeOf(work: Promise<unknown>): Promise<string> {
  return outcomeOf(work, ({ code, errors }) => errors?.[0]?.code ?? code);
}

/** As `codeOf`, but "field CODE" of each field where the error names fields. */
export function issuesOf(work: Promise<unknown>): Promise<string | string[]> {
  return outcomeOf(
    work,
    ({ code, errors }) => errors?.map((error) => `${error.field} ${error.code}`) ?? code,
  );
}

/** The fields that an error names, each with its code. */
export function fieldCodes(error: PosProError): [field: string, code: string][] {
  return (error.errors ?? []).map(({ field, code }) => [field, code]);
}

function outcomeOf<Outcome>(
  work: Promise<unknown>,
  describe: (error: PosProError) => Outcome,
): Promise<Outcome | string> {
  return work.then(
    () => 'none',
    (error: unknown) => {
      if (error instanceof PosProError) return describe(error);
      throw error;
    },
  );
}

// --- Files ---

/** An uploaded CSV file, as REST passes it on. */
export function csvFile(
  content: string | Buffer | Readable,
  contentType = 'text/csv',
  filename = 'products.csv',
): UploadedFile {
  const stream =
    content instanceof Readable ? content : Readable.from([Buffer.from(content)], { objectMode: false });
  return { filename, contentType, stream };
}
