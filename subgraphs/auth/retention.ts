/** Rows of auth: what has ended or expired is deleted. */
import { sql } from '#kernel/db/database';
import { STAYS, type Retention } from '#kernel/retention';

export const AUTH_RETENTION: Retention = {
  rules: [
    {
      table: 'refresh_tokens',
      rows: 'Refresh tokens, from their end',
      keep: 'sessionsDays',
      since: sql`t.expires_at`,
    },
    {
      table: 'sessions',
      rows: 'Sessions, from their end',
      keep: 'sessionsDays',
      since: sql`t.expires_at`,
    },
    {
      table: 'user_tokens',
      rows: 'Secrets of e-mails, from their end',
      keep: 'sessionsDays',
      since: sql`t.expires_at`,
    },
  ],
  stay: [
    { because: STAYS.masterData, tables: ['organizations', 'branches', 'roles', 'users'] },
    {
      because: 'An API key stays after its end: the audit trail refers to it. People create them by hand.',
      tables: ['api_keys'],
    },
    {
      because: 'One row for each user with a second factor, and ten codes; they are deleted with it.',
      tables: ['two_factors', 'recovery_codes'],
    },
    {
      because: 'A mail is deleted once it is sent, or after its tenth attempt, some four hours later.',
      tables: ['mail_jobs'],
    },
  ],
};
