/** Rows of support: tickets stay. */
import { STAYS, type Retention } from '#kernel/retention';

export const SUPPORT_RETENTION: Retention = {
  stay: [
    {
      because: STAYS.records,
      tables: ['tickets', 'ticket_messages', 'ticket_mails', 'ticket_breaches', 'ticket_escalations'],
    },
    {
      because:
        'A file stays with its message. Files that no message names are deleted after a day by the worker of attachments.',
      tables: ['ticket_attachments'],
    },
    { because: STAYS.masterData, tables: ['ticket_queues', 'canned_answers', 'sla_policies', 'holidays'] },
    { because: STAYS.settings, tables: ['support_mail_settings', 'business_hours', 'support_settings'] },
  ],
};
