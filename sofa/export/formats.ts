/** The formats of tables. */
import { XLSX_TYPE } from '#kernel/xlsx-format.rules';
import { CSV_TYPE } from './csv';

/** By their names in `?format=`; if a caller prefers two equally, the first is sent. */
export const TABLE_TYPES = { csv: CSV_TYPE, xlsx: XLSX_TYPE } as const;

export type TableFormat = keyof typeof TABLE_TYPES;

export const TABLE_FORMATS = Object.keys(TABLE_TYPES) as readonly TableFormat[];
