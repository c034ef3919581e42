/** Figures of processes from Linux's /proc; undefined elsewhere. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Duration of a tick of the kernel's counters, in milliseconds: Linux has USER_HZ = 100 on every platform of Node. */
const TICK_MS = 10;
const KIB_A_MB = 1024;

interface Usage {
  readonly parent: number;
  /** Own ticks. */
  readonly own: number;
  /** Ticks of children that have ended. */
  readonly ended: number;
}

/**
 * Processor time of a PostgreSQL server so far, in milliseconds: of its running backends and, through the counters of the first
 * process, of those that have ended.
 */
export function serverCpuMs(postmaster: number): number | undefined {
  const server = usageOf(postmaster);
  if (!server) return undefined;
  let ticks = server.own + server.ended;
  for (const name of readdirSync('/proc')) {
    const usage = /^\d+$/.test(name) ? usageOf(Number(name)) : undefined;
    if (usage?.parent === postmaster) ticks += usage.own;
  }
  return ticks * TICK_MS;
}

function usageOf(pid: number): Usage | undefined {
  const text = readText(`/proc/${pid}/stat`);
  // The name, in parentheses, may have blanks. The first field after it is the third of the file.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (!fields) return undefined;
  const at = (field: number) => Number(fields[field - 3]);
  return { parent: at(4), own: at(14) + at(15), ended: at(16) + at(17) };
}

/** Resident memory of a process now, in MB. */
export function rssMb(pid: number): number | undefined {
  return statusMb(pid, 'VmRSS');
}

/** Highest resident memory of a process since the last `resetPeakRss`, in MB. */
export function peakRssMb(pid: number): number | undefined {
  return statusMb(pid, 'VmHWM');
}

/** Starts a new measurement of the highest resident memory. */
export function resetPeakRss(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Without the right to reset it, the peak is that of the process's whole life.
  }
}

function statusMb(pid: number, field: string): number | undefined {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readText(`/proc/${pid}/status`) ?? '')?.[1];
  return kib === undefined ? undefined : Number(kib) / KIB_A_MB;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
