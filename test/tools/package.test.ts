/** The npm package: what an operator needs, and nothing of the development. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { builtPages } from '#test/harness/built-pages';

const ROOT = path.resolve(__dirname, '../..');
const CODE = /\.(ts|mts|mjs|cjs)$/;
/** The client of the database is made by the installation. */
const MADE_LATER = 'prisma/client/';

let files: string[];
beforeAll(async () => {
  await builtPages();
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    maxBuffer: 16_000_000,
  });
  const packed: unknown = JSON.parse(stdout);
  // npm answers a list, or from version 12 on an object by the package's name.
  const [{ files: entries }] = Object.values(packed as object) as [{ files: { path: string }[] }];
  files = entries.map((entry) => entry.path);
}, 120_000);

const topLevel = (name: string) => name.split('/')[0]!;

it('has the programs, the pages, the documents and the schemas', () => {
  expect([...new Set(files.map(topLevel))].sort()).toEqual(
    [
      ...['LICENSE', 'README.md', 'package.json', 'prisma.config.ts', 'tsconfig.json'],
      ...['asyncapi.json', 'openapi.json', 'schema.graphql', 'supergraph.graphql'],
      ...['demo', 'deploy', 'docs', 'gateway', 'kernel', 'prisma', 'sofa', 'subgraphs', 'tools', 'web'],
    ].sort(),
  );
  expect(files).toEqual(
    expect.arrayContaining([
      ...['schema.graphql', 'docs/FIRST-SHOP.md', 'tools/cli/pospro.mjs', 'prisma/schema/orders.prisma'],
      ...['web/dist/dashboard/index.html', 'web/dist/till/index.html', 'web/dist/documents.graphql'],
    ]),
  );
});

it('has no tests, no caches and no generated client', () => {
  const unwanted =
    /(^|\/)(node_modules|\.pospro|coverage|test)\/|\.test\.ts$|\.log$|^prisma\/(client|releases)\//;
  expect(files.filter((file) => unwanted.test(file))).toEqual([]);
  expect(files.filter((file) => file.startsWith('web/') && !file.startsWith('web/dist/'))).toEqual([]);
  // What `pospro` and the installation run.
  const tools = files.filter((file) => file.startsWith('tools/')).map((file) => file.split('/')[1]!);
  expect([...new Set(tools)].sort()).toEqual([
    ...['build-client.ts', 'build-web.ts', 'cli', 'migrations', 'run-tool.ts'],
  ]);
});

it('has every file that its files import', () => {
  const packed = new Set(files);
  const isPacked = (target: string) =>
    ['', '.ts', '.json', '/index.ts'].some((ending) => packed.has(target + ending)) ||
    `${target}/`.startsWith(MADE_LATER);
  const missing = files
    .filter((file) => CODE.test(file))
    .flatMap((file) =>
      ts
        .preProcessFile(readFileSync(path.join(ROOT, file), 'utf8'))
        .importedFiles.map(({ fileName }) => ({ file, fileName })),
    )
    .filter(({ fileName }) => /^[.#]/.test(fileName))
    .map(({ file, fileName }) => ({
      file,
      target: fileName.startsWith('#')
        ? fileName.slice(1)
        : path.posix.join(path.posix.dirname(file), fileName),
    }))
    .filter(({ target }) => !isPacked(target));
  expect(missing).toEqual([]);
});
