/** The process itself: its start on an existing database, and its memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openLoad } from '../load';
import { startBare, startPlatform, type MeasuredProcess } from '../processes/child';
import { peakRssMb, resetPeakRss, rssMb } from '../processes/proc';
import type { Bench, Row } from '../row';
import { median } from '../statistics';
import { requestsOfTill } from './till';

const STARTS = 3;
const CLIENTS = 16;
const START = 'start, ms';
const START_CPU = 'CPU of the start, ms';
const IDLE = 'RSS idle, MB';
const LOADED = 'RSS under load, MB';

export const start: Row = {
  name: 'start',
  async measure(bench) {
    const ours = await medianStart(() => startPlatform(bench.databaseUrl, bench.dataDir));
    const bare = await medianStart(() => startBare(bench.databaseUrl));
    return [
      {
        name: 'start',
        title: 'start on an existing database, until the first answer',
        clients: 1,
        unit: 'starts',
        ours: {},
        more: {
          [START]: ours.startMs,
          [START_CPU]: ours.cpuMs,
          [`${START}, bare`]: bare.startMs,
          [`${START_CPU}, bare`]: bare.cpuMs,
        },
        targets: [{ figure: START, maximum: 2_000 }],
      },
    ];
  },
};

async function medianStart(startProcess: () => Promise<MeasuredProcess>) {
  const starts: { startMs: number; cpuMs: number }[] = [];
  for (let count = 0; count < STARTS; count += 1) {
    const process = await startProcess();
    starts.push({ startMs: process.startMs, cpuMs: await process.cpuMs() });
    await process.stop();
  }
  return {
    startMs: median(starts.map(({ startMs }) => startMs)),
    cpuMs: median(starts.map(({ cpuMs }) => cpuMs)),
  };
}

export const memory: Row = {
  name: 'memory',
  async measure(bench) {
    const ours = await measureMemory(bench);
    return [
      {
        name: 'memory',
        title: 'memory idle, and at 16 registers that scan and sell',
        clients: CLIENTS,
        unit: 'processes',
        ours: {},
        more: ours,
        targets: [
          { figure: IDLE, maximum: 150 },
          { figure: LOADED, maximum: 400 },
        ],
      },
    ];
  },
};

async function measureMemory(bench: Bench): Promise<Record<string, number>> {
  const process = await startPlatform(bench.databaseUrl, bench.dataDir);
  try {
    await sleep((bench.seconds / 2) * 1000);
    const idle = rssMb(process.pid);
    resetPeakRss(process.pid);
    const load = openLoad(process.url, CLIENTS, requestsOfTill(bench));
    await load.run(bench.seconds * 1000);
    await load.close();
    const loaded = peakRssMb(process.pid);
    if (idle === undefined || loaded === undefined) return {};
    return { [IDLE]: idle, [LOADED]: loaded };
  } finally {
    await process.stop();
  }
}
