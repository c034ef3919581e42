import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

it('100,000 codes are streamed as CSV page by page in constant memory, until the client aborts', async () => {
  const script = path.join(__dirname, 'large-batch.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--max-old-space-size=256', '--expose-gc', '--import', 'tsx', script],
    { env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const { grownBy, pagesBeforeFirstByte, pagesAfter, aborted, ...read } = JSON.parse(stdout) as Record<
    string,
    number
  >;
  expect(read).toEqual({ lines: 100_001, codes: 100_000, samples: 10 });
  // A first page of 100 codes, and pages of 400.
  expect(pagesBeforeFirstByte! + pagesAfter!).toBe(251);
  expect(pagesBeforeFirstByte).toBeLessThan(25);
  expect(aborted).toBeLessThan(125);
  // The reader's own codes are most of it; the rows would be many times as much.
  expect(grownBy).toBeLessThan(30);
}, 240_000);
