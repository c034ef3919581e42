/**
 * Currencies that ISO 4217 has withdrawn, and the irrevocable rates of those that became the euro. They serve rates of their own time
 * and conversions of old amounts; a shop cannot sell in them.
 */

/** A withdrawn currency. */
export interface HistoricCurrency {
  /** Three letters: "FRF". */
  readonly code: string;
  /** Number of minor digits while it was in use. */
  readonly exponent: number;
  /** The first day after its end: "1999-01-01". */
  readonly until: string;
  /** Units for one euro, fixed for ever on that day by a regulation of the Council; undefined for currencies that did not become the euro. */
  readonly perEuro?: string;
}

/** Code, minor digits, day, and the fixed rate: regulations (EC) 2866/98 and 1478/2000, and those of the later members. */
const WITHDRAWN: readonly (readonly [code: string, exponent: number, until: string, perEuro?: string])[] = [
  ['ATS', 2, '1999-01-01', '13.7603'], ['BEF', 0, '1999-01-01', '40.3399'], ['DEM', 2, '1999-01-01', '1.95583'],
  ['ESP', 0, '1999-01-01', '166.386'], ['FIM', 2, '1999-01-01', '5.94573'], ['FRF', 2, '1999-01-01', '6.55957'],
  ['IEP', 2, '1999-01-01', '0.787564'], ['ITL', 0, '1999-01-01', '1936.27'], ['LUF', 0, '1999-01-01', '40.3399'],
  ['NLG', 2, '1999-01-01', '2.20371'], ['PTE', 0, '1999-01-01', '200.482'], ['GRD', 0, '2001-01-01', '340.750'],
  ['SIT', 2, '2007-01-01', '239.640'], ['CYP', 2, '2008-01-01', '0.585274'], ['MTL', 2, '2008-01-01', '0.429300'],
  ['SKK', 2, '2009-01-01', '30.1260'], ['EEK', 2, '2011-01-01', '15.6466'], ['LVL', 2, '2014-01-01', '0.702804'],
  ['LTL', 2, '2015-01-01', '3.45280'], ['HRK', 2, '2023-01-01', '7.53450'], ['BGN', 2, '2026-01-01', '1.95583'],
  ['TRL', 0, '2005-01-01'], ['ROL', 0, '2005-07-01'], ['SLL', 2, '2024-04-01'], ['ZWL', 2, '2024-09-01'], ['ANG', 2, '2025-07-01'],
]; // prettier-ignore

const byCode: ReadonlyMap<string, HistoricCurrency> = new Map(
  WITHDRAWN.map(([code, exponent, until, perEuro]) => [
    code,
    { code, exponent, until, ...(perEuro !== undefined && { perEuro }) },
  ]),
);

/** A withdrawn currency by its code; undefined for present ones, and for codes that are not known here. */
export function historicCurrency(code: string): HistoricCurrency | undefined {
  return byCode.get(code);
}
