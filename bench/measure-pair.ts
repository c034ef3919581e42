/** Measures PosPro and the bare server with the same requests in the same run: cold first, then in turns, A B A B. */
import { openLoad, type Load, type LoadResult, type RequestOf } from './load';
import { startBare, startPlatform, type MeasuredProcess } from './processes/child';
import { peakRssMb, resetPeakRss, serverCpuMs } from './processes/proc';
import type { Bench, Figures, PairRow, RowResult } from './row';
import { median, percentile } from './statistics';

const PAIRS = 3;
/** Of the measured seconds: with six of them, 1 + 3 + 6 seconds for each side. */
const COLD_SHARE = 1 / 6;
const WARM_UP_SHARE = 1 / 2;
const COUNTED_OPERATIONS = 9;
/** Background work that follows every commit or runs by the clock: the relay, the sealer, webhooks, scans of users, locks of jobs. */
const BACKGROUND =
  /from outbox_events|outbox_horizon|webhook_|pospro_seal|audit_heads|audit_pending\b(?! \(organization_id)|recent_scans|skip locked|pospro_ensure|pospro_analyze|stock_reservations|delete from/i;

/** The label of the figure in `RowResult.more`. */
export const FIRST_BYTE = 'first byte, ms';

/** One process under load. */
interface Side {
  readonly process: MeasuredProcess;
  readonly load: Load;
  readonly windows: Window[];
}

interface Window extends LoadResult {
  readonly nodeCpuMs: number;
  readonly postgresCpuMs: number | undefined;
}

export async function measurePair(bench: Bench, row: PairRow): Promise<RowResult> {
  const { title, name, clients, targets, unit = 'operations', unitsAnOperation = 1 } = row;
  const ours = await openSide(await startPlatform(bench.databaseUrl, bench.dataDir), clients, row.ours);
  const bare = await openSide(await startBare(bench.databaseUrl), clients, row.bare);
  try {
    const sides = [ours, bare];
    const cold = new Map<Side, Figures>();
    for (const side of sides) {
      resetPeakRss(side.process.pid);
      cold.set(side, await measureCold(side, bench.seconds * COLD_SHARE));
      await side.load.run(bench.seconds * WARM_UP_SHARE * 1000);
    }
    for (let pair = 0; pair < PAIRS; pair += 1)
      for (const side of sides) await measureWindow(bench, side, bench.seconds / PAIRS);
    const figures = async (side: Side) => ({
      ...scale(cold.get(side)!, unitsAnOperation),
      ...scale(summarize(side), unitsAnOperation),
      ...(await statementFigure(side, bench.seconds / PAIRS)),
    });
    const [oursFigures, bareFigures] = [await figures(ours), await figures(bare)];
    const ratio = oursFigures.perSecond! / bareFigures.perSecond!;
    const more = row.firstByte
      ? { more: { [FIRST_BYTE]: firstByteMs(ours), [`${FIRST_BYTE}, bare`]: firstByteMs(bare) } }
      : {};
    return { name, title, clients, unit, ours: oursFigures, bare: bareFigures, ratio, ...more, targets };
  } finally {
    for (const { load, process } of [ours, bare]) {
      await load.close();
      await process.stop();
    }
  }
}

async function openSide(process: MeasuredProcess, clients: number, requestOf: RequestOf): Promise<Side> {
  return Promise.resolve({ process, load: openLoad(process.url, clients, requestOf), windows: [] });
}

async function measureCold({ load }: Side, seconds: number): Promise<Figures> {
  const first = await load.send(1);
  const { perSecond } = await load.run(seconds * 1000);
  return { firstMs: first.durations[0]!, coldPerSecond: perSecond };
}

async function measureWindow({ cluster }: Bench, side: Side, seconds: number): Promise<void> {
  const [node, postgres] = [await side.process.cpuMs(), serverCpuMs(cluster.postmaster)];
  const result = await side.load.run(seconds * 1000);
  const [nodeAfter, postgresAfter] = [await side.process.cpuMs(), serverCpuMs(cluster.postmaster)];
  const postgresCpuMs =
    postgres === undefined || postgresAfter === undefined ? undefined : postgresAfter - postgres;
  side.windows.push({ ...result, nodeCpuMs: nodeAfter - node, postgresCpuMs });
}

function summarize({ windows, process }: Side): Figures {
  const durations = windows.flatMap((window) => window.durations);
  const sum = (value: (window: Window) => number) =>
    windows.reduce((total, window) => total + value(window), 0);
  const hasPostgres = windows.every(({ postgresCpuMs }) => postgresCpuMs !== undefined);
  const peak = peakRssMb(process.pid);
  return {
    perSecond: median(windows.map(({ perSecond }) => perSecond)),
    nodeCpuMs: sum(({ nodeCpuMs }) => nodeCpuMs) / durations.length,
    ...(hasPostgres ? { postgresCpuMs: sum(({ postgresCpuMs }) => postgresCpuMs!) / durations.length } : {}),
    p50Ms: percentile(durations, 0.5),
    p95Ms: percentile(durations, 0.95),
    p99Ms: percentile(durations, 0.99),
    ...(peak === undefined ? {} : { peakRssMb: peak }),
  };
}

function firstByteMs({ windows }: Side): number {
  return median(windows.flatMap(({ firstBytes }) => firstBytes));
}

/** Counts units of work instead of operations. */
function scale(figures: Figures, units: number): Figures {
  const times = (key: keyof Figures, factor: number) =>
    figures[key] === undefined ? {} : { [key]: figures[key] * factor };
  return {
    ...figures,
    ...times('perSecond', units),
    ...times('coldPerSecond', units),
    ...times('nodeCpuMs', 1 / units),
    ...times('postgresCpuMs', 1 / units),
  };
}

/** The median of some operations, sent one after the other: the refresh of a cache is in few of them. */
async function statementFigure({ process, load }: Side, seconds: number): Promise<Figures> {
  const counts: number[] = [];
  const end = performance.now() + seconds * 1000;
  do {
    const statements = await process.statementsOf(async () => void (await load.send(1)));
    counts.push(statements.filter((text) => !BACKGROUND.test(text)).length);
  } while (counts.length < COUNTED_OPERATIONS && performance.now() < end);
  return { statements: median(counts) };
}
