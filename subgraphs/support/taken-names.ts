import { mapUniqueViolations } from '#kernel/db/unique-violations';

const taken = (message: string, field = 'name') => ({ field, message, code: 'TAKEN' });
const TAKEN = {
  ticket_queues_organization_id_name_key_key: taken('Another queue has this name.'),
  canned_answers_name: taken('Another canned answer of this language has this name.'),
  sla_policies_organization_id_name_key_key: taken('Another service level has this name.'),
  sla_policies_queue: taken('Another service level applies to these tickets.', 'queueId'),
};

/** Runs work that writes a unique name. @throws PosProError 409 ALREADY_EXISTS for a taken one. */
export function withFreeName<Result>(work: () => Promise<Result>): Promise<Result> {
  return mapUniqueViolations(TAKEN, work);
}
