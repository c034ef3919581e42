import type { RawRoute } from '#kernel/graph/raw-route';
import { receiveMail } from './receive-mail';

/** Mail servers accept some 25 MB with all attachments. */
const MAX_MAIL_BYTES = 25 * 1024 * 1024;

/** The route for the mail server or a service that receives mails, which signs what it sends and has no login. */
export const mailRoute: RawRoute = {
  method: 'POST',
  path: '/api/v1/support/mail/:organization',
  maxBytes: MAX_MAIL_BYTES,
  async handle(services, request) {
    return { received: true, ...(await receiveMail(services, request)) };
  },
};
