import type { Logger } from 'pino';
import { sql, type Database } from './database';

/**
 * Updates the planner's statistics after many rows were written, see `pospro_analyze_grown` in
 * prisma/sql/kernel.sql. Never throws: without it everything works, only slower until autovacuum runs.
 */
export async function analyzeGrown(database: Database, log: Logger): Promise<void> {
  try {
    const { tables } = await database.system.one<{ tables: number }>(
      sql`select pospro_analyze_grown() as tables`,
    );
    log.debug({ tables }, 'statistics taken');
  } catch (error) {
    log.warn(
      { err: error },
      'no statistics could be taken; until the database takes them itself, reading may be slow',
    );
  }
}
