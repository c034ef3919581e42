/** docs/CONTRIBUTING.md, followed step by step in a copy of the project. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const LEFT_OUT = new Set(
  ['node_modules', '.git', '.pospro', 'coverage'].map((name) => path.join(ROOT, name)),
);

interface Edit {
  readonly file: string;
  /** A part of the line after which the text is put in. */
  readonly after: string;
  readonly text: string;
}

/** The edits of a section, in the order of the page. */
function editsOf(heading: string): Edit[] {
  const page = readFileSync(path.join(ROOT, 'docs/CONTRIBUTING.md'), 'utf8');
  const section = page.split(/^## /m).find((part) => part.startsWith(heading))!;
  return [...section.matchAll(/^ {3}```\w+ file=(\S+) after="(.+)"\n([\s\S]*?)^ {3}```$/gm)].map(
    ([, file, after, text]) => ({
      file: file!,
      after: after!,
      text: text!.replace(/^ {3}/gm, ''),
    }),
  );
}

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'pospro-walk-'));
  cpSync(ROOT, copy, { recursive: true, filter: (source) => !LEFT_OUT.has(source) });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const run = (program: string, ...args: string[]) => {
  const env = { ...process.env, TEST_DATABASE_URL: undefined, JEST_WORKER_ID: undefined };
  execFileSync(program, args, { cwd: copy, env, stdio: 'pipe' });
};
const read = (file: string) => readFileSync(path.join(copy, file), 'utf8');

function apply({ file, after, text }: Edit): void {
  const lines = read(file).split('\n');
  const at = lines.findIndex((line) => line.includes(after));
  expect([file, after, at]).not.toEqual([file, after, -1]);
  lines.splice(at + 1, 0, text.trimEnd());
  writeFileSync(path.join(copy, file), lines.join('\n'));
}

/** What a sale answers and stores of the new column, asked in the copy by a test of its own. */
const PROOF = `
import { checkout } from '#subgraphs/pos/sale/checkout';
import { orderById } from '#subgraphs/orders/index';
import { testDatabase } from '../harness/database';
import { amount, openTill } from './kit';

it('is stored and answered', async () => {
  const db = await testDatabase();
  const till = await openTill(db);
  const items = [{ sku: 'BREAD', quantity: amount(1) }, { sku: 'TEA', quantity: amount(1) }];
  const { order } = await checkout(till.ctx, { items, paymentMethod: 'card' });
  const stored = await orderById(till.ctx.db, order.id);
  await db.close();
  expect([order.itemCount, stored.itemCount]).toEqual([2, 2]);
}, 60_000);
`;

it('a column is three edits', () => {
  const edits = editsOf('Add a column');
  expect(edits.map(({ file }) => file)).toEqual([
    'prisma/schema/orders.prisma',
    'subgraphs/orders/order/schema.graphql',
    'subgraphs/pos/sale/sale-draft.ts',
  ]);
  edits.forEach(apply);
  for (const command of ['db:migration', 'codegen', 'compose', 'openapi']) run('npm', 'run', command);
  run('npx', 'tsc', '--noEmit', '-p', '.');

  const { components } = JSON.parse(read('openapi.json')) as {
    components: { schemas: { Order: { properties: object } } };
  };
  expect(components.schemas.Order.properties).toHaveProperty('item_count');
  writeFileSync(path.join(copy, 'test/pos/walk.test.ts'), PROOF);
  run('npx', 'jest', 'test/pos/walk');
}, 400_000);
