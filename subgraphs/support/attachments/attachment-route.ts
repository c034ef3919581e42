import type { FileRoute } from '#kernel/graph/file-route';
import { requireAttachment } from './ticket-attachments';

const PATH = '/api/v1/support/attachments';

/** The path of an attachment's file. */
export function downloadPath(id: string): string {
  return `${PATH}/${id}`;
}

/** The route for the staff: customers receive the attachments of replies by mail, and none of notes. */
export const attachmentRoute: FileRoute = {
  path: `${PATH}/:id`,
  scopes: ['support:read'],
  find: ({ db }, { id }) => requireAttachment(db, id!),
};
