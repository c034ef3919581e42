/** A project that uses the built package of clients/typescript, as after its installation. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { groupBy } from '#kernel/collections';

const ROOT = path.resolve(__dirname, '../..');
/** The folder of the package. */
export const PACKAGE = path.join(ROOT, 'clients/typescript');

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    // Types of other packages are not ours to check; those of the package are checked by its build.
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['*.ts'],
};

export interface Consumer {
  write(file: string, text: string): void;
  /** Compiles all files. @returns the compiler's errors; empty if there are none. */
  typeErrors(): Promise<string>;
  /** Runs a module in Node. @returns its output. */
  run(code: string): Promise<string>;
  remove(): void;
}

/** Builds the package. @throws Error with the output of the compiler. */
export async function buildPackage(): Promise<void> {
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'tools/build-client.ts'], { cwd: ROOT });
}

export function createConsumer(): Consumer {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-consumer-'));
  const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
  write('package.json', JSON.stringify({ type: 'module' }));
  write('tsconfig.json', JSON.stringify(TSCONFIG));
  mkdirSync(path.join(folder, 'node_modules/@pospro'), { recursive: true });
  symlinkSync(PACKAGE, path.join(folder, 'node_modules/@pospro/client'));
  for (const name of ['@types', 'ws'])
    symlinkSync(path.join(ROOT, 'node_modules', name), path.join(folder, 'node_modules', name));
  const node = async (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: folder });
  return {
    write,
    typeErrors: () =>
      node(path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder).then(
        () => '',
        (error: { stdout: string; stderr: string }) => error.stdout || error.stderr,
      ),
    run: async (code) => (await node('--input-type=module', '--eval', code)).stdout,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The blocks of TypeScript in the README, each a module. */
export function readmeExamples(): string[] {
  const page = readFileSync(path.join(PACKAGE, 'README.md'), 'utf8');
  return [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: { readonly enum?: readonly unknown[]; readonly type: string };
}

interface PathItem {
  readonly parameters?: readonly Parameter[];
  readonly get?: { readonly parameters?: readonly Parameter[] };
}

/**
 * A module that calls every GET of the OpenAPI document with its required parameters. It compiles only if each answer has a type, and each
 * error of the API is a problem document. (Probes have no problem documents.)
 */
export function callsOfEveryGet(document: { readonly paths: Readonly<Record<string, PathItem>> }): string {
  const calls = Object.entries(document.paths).flatMap(([route, item]) => {
    if (!item.get) return [];
    const required = [...(item.parameters ?? []), ...(item.get.parameters ?? [])].filter(
      (one) => one.required,
    );
    const values = [...groupBy(required, (one) => one.in)].map(([place, all]) => [
      place,
      Object.fromEntries(all.map((one) => [one.name, valueOf(one)])),
    ]);
    const init = values.length > 0 ? `, { params: ${JSON.stringify(Object.fromEntries(values))} }` : '';
    const check = route.startsWith('/api/') ? 'answer' : 'anyError';
    return [`  ${check}(await rest.GET(${JSON.stringify(route)}${init}));`];
  });
  return [
    `import { createRestClient, type Problem } from '@pospro/client';`,
    `export const rest = createRestClient({ url: 'http://localhost:8000' });`,
    // Neither any nor nothing.
    `type Typed<Data> = 0 extends 1 & Data ? never : [Data] extends [undefined] ? never : unknown;`,
    `function anyError<Data>(result: { data?: Data; error?: unknown } & Typed<Data>): void { void result; }`,
    `function answer<Data>(result: { data?: Data; error?: Problem } & Typed<Data>): void { void result; }`,
    `export async function all(): Promise<void> {`,
    ...calls,
    `}`,
  ].join('\n');
}

function valueOf({ schema }: Parameter): unknown {
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'boolean') return true;
  return schema.type === 'string' ? 'x' : 1;
}
