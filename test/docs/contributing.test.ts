/** docs/CONTRIBUTING.md, followed step by step in a copy of the project. `walks/` has the tests of what the walks add. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.resolve(__dirname, '../..');
const EXCLUDED = new Set(
  ['node_modules', '.git', '.pospro', 'coverage', 'dist'].map((name) => path.join(ROOT, name)),
);

interface Edit {
  readonly file: string;
  /** A part of the line after which the text is inserted, or where else it belongs. */
  readonly place: { readonly after: string } | 'end' | 'new';
  readonly text: string;
}

/** The edits of a section, in the order of the page. */
function editsOf(heading: string): Edit[] {
  const page = readFileSync(path.join(ROOT, 'docs/CONTRIBUTING.md'), 'utf8');
  const section = page.split(/^## /m).find((part) => part.startsWith(heading))!;
  const blocks = section.matchAll(
    /^ {3}```\w+ file=(\S+) (?:after="(.+)"|(end|new))\n([\s\S]*?)\n {3}```$/gm,
  );
  return [...blocks].map(([, file, after, place, text]) => ({
    file: file!,
    place: after === undefined ? (place as 'end' | 'new') : { after },
    text: text!.replace(/^ {3}/gm, ''),
  }));
}

const WALKS = ['Add a column', 'Add an operation', 'Add a domain'].map((heading) => ({
  heading,
  edits: editsOf(heading),
}));
const editedFiles = (heading: string) => [
  ...new Set(WALKS.find((walk) => walk.heading === heading)!.edits.map(({ file }) => file)),
];

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'pospro-walk-'));
  cpSync(ROOT, copy, { recursive: true, filter: (source) => !EXCLUDED.has(source) });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Runs a program in the copy. @throws Error with its output if it fails. */
async function run(program: string, ...args: string[]): Promise<void> {
  const env = { ...process.env, TEST_DATABASE_URL: undefined, JEST_WORKER_ID: undefined };
  await promisify(execFile)(program, args, { cwd: copy, env, maxBuffer: 2 ** 26 }).catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${[program, ...args].join(' ')}\n${stdout}\n${stderr}`);
  });
}
const inCopy = (file: string) => path.join(copy, file);
const read = (file: string) => readFileSync(inCopy(file), 'utf8');

function apply(edit: Edit): void {
  if (edit.place === 'new') {
    expect([edit.file, existsSync(inCopy(edit.file))]).toEqual([edit.file, false]);
    mkdirSync(path.dirname(inCopy(edit.file)), { recursive: true });
  }
  writeFileSync(inCopy(edit.file), edited(edit));
}

function edited({ file, place, text }: Edit): string {
  if (place === 'new') return `${text}\n`;
  if (place === 'end') return `${read(file).trimEnd()}\n\n${text}\n`;
  const lines = read(file).split('\n');
  const at = lines.findIndex((line) => line.includes(place.after));
  expect([file, place.after, at]).not.toEqual([file, place.after, -1]);
  return lines.toSpliced(at + 1, 0, text).join('\n');
}

it('a column is three edits', () => {
  expect(editedFiles('Add a column')).toEqual([
    'prisma/schema/orders.prisma',
    'subgraphs/orders/order/schema.graphql',
    'subgraphs/pos/sale/sale-draft.ts',
  ]);
});

it('an operation is in the folder of its topic', () => {
  const folders = editedFiles('Add an operation').map((file) => path.dirname(file));
  expect([...new Set(folders)]).toEqual(['subgraphs/catalog/prices']);
});

it('a domain is in its folder, its line, its table, and the catalog of events', () => {
  const outside = editedFiles('Add a domain').filter((file) => !file.startsWith('subgraphs/notices/'));
  expect(outside).toEqual([
    'subgraphs/domains.json',
    'prisma/schema/notices.prisma',
    'prisma/sql/notices.sql',
    'subgraphs/webhooks/event-catalog.ts',
    'test/webhooks/event-catalog.test.ts',
  ]);
});

it('the edits of the page pass the checks, and what they add works', async () => {
  for (const { edits } of WALKS) edits.forEach(apply);
  await run('npm', 'run', 'db:migration', '--', '--name', 'walk');
  completeMigration();
  await run('npm', 'run', 'generate');
  await Promise.all([run('npx', 'tsc', '--noEmit', '-p', '.'), checkTexts()]);

  const { components, tags } = JSON.parse(read('openapi.json')) as {
    components: { schemas: { Order: { properties: object } } };
    tags: { name: string }[];
  };
  expect(components.schemas.Order.properties).toHaveProperty('items_count');
  expect(tags.map(({ name }) => name)).toContain('notices');
  await run(
    'npx',
    'jest',
    '--testMatch',
    '**/test/docs/walks/*.proof.ts',
    '**/test/webhooks/event-catalog.test.ts',
  );
}, 600_000);

/** Copies the SQL of the new domain into the migration, before its last line. */
function completeMigration(): void {
  const name = readdirSync(inCopy('prisma/migrations')).find((folder) => folder.endsWith('_walk'))!;
  const file = `prisma/migrations/${name}/migration.sql`;
  const lines = read(file).trimEnd().split('\n');
  expect(lines.at(-1)).toBe('select pospro_secure_tables();');
  writeFileSync(inCopy(file), lines.toSpliced(-1, 0, read('prisma/sql/notices.sql')).join('\n'));
}

/** The checks of `npm run check` other than types and generated files; lint and format of the edited files only. */
async function checkTexts(): Promise<void> {
  const files = WALKS.flatMap(({ edits }) => edits.map(({ file }) => file));
  await run('npx', 'eslint', ...files.filter((file) => /\.(ts|graphql)$/.test(file)));
  await run('npx', 'prettier', '--check', ...files.filter((file) => /\.(ts|json|graphql)$/.test(file)));
  for (const check of ['imports', 'unused', 'words', 'conventions', 'openapi:lint'])
    await run('npm', 'run', check);
}
