/** Imports of products from CSV, with the peak of the memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { startBare, startPlatform, type MeasuredProcess } from '../processes/child';
import { peakRssMb, resetPeakRss, serverCpuMs } from '../processes/proc';
import type { Bench, Figures, Row } from '../row';
import { median } from '../statistics';

/** Rows of a file for each second of measuring. */
const ROWS_A_SECOND = 1_700;
const PAIRS = 2;
/** A poll costs the measured process some milliseconds of work. */
const POLL_MS = 50;
const ANSWER = '202 after, ms';

interface Import {
  readonly seconds: number;
  /** Milliseconds until the upload was answered. */
  readonly answerMs: number;
  readonly nodeCpuMs: number;
  readonly postgresCpuMs: number;
}

type Upload = (process: MeasuredProcess, csv: string) => Promise<void>;

export const importCsv: Row = {
  name: 'import-csv',
  async measure(bench) {
    const rows = Math.ceil(bench.seconds * ROWS_A_SECOND);
    const ours = await startPlatform(bench.databaseUrl, bench.dataDir);
    const bare = await startBare(bench.databaseUrl);
    try {
      const imports: { ours: Import[]; bare: Import[] } = { ours: [], bare: [] };
      for (const { pid } of [ours, bare]) resetPeakRss(pid);
      for (let pair = 0; pair < PAIRS; pair += 1) {
        imports.ours.push(await measureImport(bench, ours, csvText(`O${pair}`, rows), oursUpload(bench)));
        imports.bare.push(await measureImport(bench, bare, csvText(`B${pair}`, rows), bareUpload));
      }
      const [oursFigures, bareFigures] = [
        summarize(imports.ours, rows, ours),
        summarize(imports.bare, rows, bare),
      ];
      return [
        {
          name: 'import-csv',
          title: `import of a CSV of ${rows.toLocaleString('en')} products`,
          clients: 1,
          unit: 'rows',
          ours: oursFigures,
          bare: bareFigures,
          ratio: oursFigures.perSecond! / bareFigures.perSecond!,
          more: { [ANSWER]: median(imports.ours.map(({ answerMs }) => answerMs)) },
          targets: [
            { figure: 'perSecond', minimum: 5_000 },
            { figure: 'peakRssMb', maximum: 350 },
            { figure: ANSWER, maximum: 300 },
          ],
        },
      ];
    } finally {
      for (const process of [ours, bare]) await process.stop();
    }
  },
};

function csvText(prefix: string, rows: number): string {
  const run = Date.now().toString(36);
  const lines = Array.from({ length: rows }, (_, index) => {
    const price = ((index % 9_000) / 100 + 1).toFixed(2);
    return `${prefix}-${run}-${index},Imported article ${index} of ${prefix},${price},X${prefix}${run}${index}\n`;
  });
  return `sku,name,price,barcode\n${lines.join('')}`;
}

async function measureImport(
  { cluster }: Bench,
  process: MeasuredProcess,
  csv: string,
  upload: (process: MeasuredProcess, csv: string, answered: () => void) => Promise<void>,
): Promise<Import> {
  const [node, postgres] = [await process.cpuMs(), serverCpuMs(cluster.postmaster) ?? NaN];
  const start = performance.now();
  let answerMs = 0;
  await upload(process, csv, () => void (answerMs = performance.now() - start));
  const seconds = (performance.now() - start) / 1000;
  const nodeCpuMs = (await process.cpuMs()) - node;
  return { seconds, answerMs, nodeCpuMs, postgresCpuMs: (serverCpuMs(cluster.postmaster) ?? NaN) - postgres };
}

/** Waits for the end of the import, too. */
function oursUpload({ token }: Bench) {
  return async ({ url }: MeasuredProcess, csv: string, answered: () => void): Promise<void> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
    let job = await jobOf(`${url}/api/v1/products/bulk-create`, { method: 'POST', headers, body: csv });
    answered();
    while (job.status === 'running') {
      await sleep(POLL_MS);
      job = await jobOf(`${url}/api/v1/product-imports/${job.id}`, { headers });
    }
    if (job.status !== 'completed' || job.failed > 0)
      throw new Error(`The import ended as ${JSON.stringify(job)}.`);
  };
}

interface Job {
  readonly id: string;
  readonly status: string;
  readonly failed: number;
}

async function jobOf(url: string, options: Parameters<typeof request>[1]): Promise<Job> {
  const { statusCode, body } = await request(url, options);
  const text = await body.text();
  if (statusCode >= 300) throw new Error(`${url}: ${statusCode} ${text}`);
  return JSON.parse(text) as Job;
}

const bareUpload: Upload = async ({ url }, csv) => {
  const { statusCode, body } = await request(`${url}/import`, { method: 'POST', body: csv });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(text);
};

function summarize(imports: readonly Import[], rows: number, { pid }: MeasuredProcess): Figures {
  const peak = peakRssMb(pid);
  const postgresCpuMs = median(imports.map((one) => one.postgresCpuMs)) / rows;
  return {
    perSecond: median(imports.map(({ seconds }) => rows / seconds)),
    nodeCpuMs: median(imports.map(({ nodeCpuMs }) => nodeCpuMs)) / rows,
    ...(Number.isNaN(postgresCpuMs) ? {} : { postgresCpuMs }),
    ...(peak === undefined ? {} : { peakRssMb: peak }),
  };
}
