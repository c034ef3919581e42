/** The vocabulary of the rows: what a row measures, and the figures that it answers. */
import type { Cluster } from './fixture/cluster';
import type { Fixture } from './fixture/fixture';
import type { FixtureSize } from './fixture/size';
import type { RequestOf } from './load';

/** Everything that a row works with. */
export interface Bench {
  readonly cluster: Cluster;
  readonly databaseUrl: string;
  readonly size: FixtureSize;
  readonly fixture: Fixture;
  /** Access token of the shop's owner. */
  readonly token: string;
  /** Folder for the uploads and mails of the platform. */
  readonly dataDir: string;
  /** Seconds of measuring for each side, without the warm-up. */
  readonly seconds: number;
}

/** Figures of one side. A figure that a row does not have is left out. */
export interface Figures {
  /** Units of work a second, warm. */
  readonly perSecond?: number;
  /** The same in the first second of a fresh process. */
  readonly coldPerSecond?: number;
  /** Duration of the very first request of a fresh process, in milliseconds. */
  readonly firstMs?: number;
  /** Processor time of Node a unit of work, in milliseconds. */
  readonly nodeCpuMs?: number;
  /** Processor time of PostgreSQL a unit of work, in milliseconds. */
  readonly postgresCpuMs?: number;
  /** Statements an operation, without those of background work. */
  readonly statements?: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  readonly peakRssMb?: number;
}

/** A bound of the project; `minimum` and `maximum` are inclusive. */
export interface Target {
  readonly figure: keyof Figures | 'ratio' | (string & {});
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly clients: number;
  /** The unit of work that is counted, in the plural. */
  readonly unit: string;
  readonly ours: Figures;
  readonly bare?: Figures;
  /** Our rate as a share of the bare one. */
  readonly ratio?: number;
  /** Figures that only this row has, by their label with the unit: "first byte, ms". */
  readonly more?: Readonly<Record<string, number>>;
  readonly targets: readonly Target[];
}

export interface Row {
  /** The name on the command line. */
  readonly name: string;
  /** Whether the row is measured at every size of `--scale`. */
  readonly scales?: boolean;
  /** The only size at which the row is measured. Defaults to the size of the run. */
  readonly size?: FixtureSize;
  measure(bench: Bench): Promise<RowResult[]>;
}

/** A row of requests that PosPro and the bare server answer alike. */
export interface PairRow {
  readonly name: string;
  readonly title: string;
  readonly clients: number;
  readonly ours: RequestOf;
  readonly bare: RequestOf;
  /** Units of work in an operation, where that is not one; then `unit` names them. */
  readonly unitsAnOperation?: number;
  readonly unit?: string;
  /** Whether the time until the first byte is a figure, too. */
  readonly firstByte?: boolean;
  readonly targets: readonly Target[];
}
