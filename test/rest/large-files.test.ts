import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

it('large files are exported and imported in a small heap, with few statements', async () => {
  const script = path.join(__dirname, 'large-files.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--max-old-space-size=256', '--import', 'tsx', script],
    { env: { ...process.env, NODE_OPTIONS: '' } },
  );
  expect(JSON.parse(stdout)).toEqual({
    // A first page of 100 orders, and pages of 400.
    exported: { lines: 60_001, pages: 51, ofLines: 51 },
    imported: {
      status: 202,
      first: 'running',
      job: expect.objectContaining({
        status: 'completed',
        total: 20_000,
        created: 20_000,
        failed: 0,
      }) as unknown,
      // 500 rows a batch.
      perTable: [40, 40, 40],
      batches: 40,
    },
  });
}, 240_000);
