/** The formats in which a table can be asked for. */
import { XLSX_TYPE } from '#kernel/xlsx-format.rules';
import { CSV_TYPE } from './csv';

/** By the name that `?format=` gives them; where a caller likes two alike, the first is sent. */
export const TABLE_TYPES = { csv: CSV_TYPE, xlsx: XLSX_TYPE } as const;

export type TableFormat = keyof typeof TABLE_TYPES;

export const TABLE_FORMATS = Object.keys(TABLE_TYPES) as readonly TableFormat[];
