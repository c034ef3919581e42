/** Rows of auth that are deleted after some days: what has ended or expired. */
import { sql } from '#kernel/db/database';
import type { RetentionRule } from '#kernel/retention';

export const AUTH_RETENTION: readonly RetentionRule[] = [
  { table: 'refresh_tokens', setting: 'sessionsDays', since: sql`t.expires_at` },
  { table: 'sessions', setting: 'sessionsDays', since: sql`t.expires_at` },
  { table: 'user_tokens', setting: 'sessionsDays', since: sql`t.expires_at` },
];
