/** The description of a backup, the last file of its archive. */
import { z } from 'zod';

const FORMAT = 'pospro-backup/1';

/** Name of the manifest in the archive. */
export const MANIFEST_FILE = 'manifest.json';

const manifest = z.object({
  format: z.literal(FORMAT),
  /** The version of PosPro that made the backup. */
  version: z.string(),
  /** The server's version number, such as 180004. */
  serverVersion: z.number(),
  /** The moment of the snapshot. */
  createdAt: z.iso.datetime(),
  /** The snapshot as PostgreSQL writes it: the transactions that it includes. */
  snapshot: z.string(),
  /** The migrations that made the tables, in their order. */
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })).min(1),
  /** The month of the oldest partition, so that a restore creates the same ones; null if there are none. */
  oldestPartition: z.string().nullable(),
  /** The amount by which the numbers of cursors are moved (prisma/sql/kernel.sql). */
  cursorOffset: z.string().regex(/^\d{1,19}$/),
  /** The last number of each sequence. */
  sequences: z.array(z.object({ name: z.string(), value: z.string() })),
  tables: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      /** Number of rows, which was compared with count(*) in the same snapshot. */
      rows: z.number(),
      /** Size of the data before compression. */
      bytes: z.number(),
      /** SHA-256 of the data before compression, in hex. */
      sha256: z.string(),
    }),
  ),
});

export type Manifest = z.infer<typeof manifest>;
export type BackupTable = Manifest['tables'][number];

/** A manifest of the current format. */
export function newManifest(parts: Omit<Manifest, 'format'>): Manifest {
  return { format: FORMAT, ...parts };
}

/** Reads a manifest. @throws Error for a text that is not one. */
export function readManifest(text: string): Manifest {
  return manifest.parse(JSON.parse(text));
}

/** Name of a table's data in the archive. */
export function dataFile(table: string): string {
  return `data/${table}.copy`;
}
