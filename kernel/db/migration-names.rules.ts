/**
 * The name of a migration says whether code of a former version works with it. `20270301000000_contract_from_0_3_0_drop_note` takes away
 * what 0.3.0 and newer no longer use; every other migration only adds (docs/UPGRADING.md).
 */

const CONTRACT = /^\d{14}_contract_from_(\d+)_(\d+)_(\d+)_\w+$/;

/** The oldest version that works with a contracting migration, such as "0.3.0"; undefined for an expanding one. */
export function contractedFrom(name: string): string | undefined {
  return CONTRACT.exec(name)?.slice(1).join('.');
}

/** Compares versions such as "0.3.0" and "0.10.0" number by number. */
export function isOlderThan(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) < 0;
}
