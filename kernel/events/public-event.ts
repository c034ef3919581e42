import type { Scope } from '../auth/scopes';
import type { DomainEvent } from '../db/database';

/** The type of a public event, and its readers. */
export interface PublicEventType {
  /** For example "stock.changed". */
  readonly type: string;
  /** A reader needs one of these permissions; if there are none, every caller may read the event. */
  readonly scopes: readonly Scope[];
}

/** A public event of a domain, which integrators receive through webhooks and the event feed. A call makes the event to emit. */
export interface PublicEvent<Payload extends object> extends PublicEventType {
  (event: Omit<DomainEvent, 'type' | 'payload'> & { readonly payload: Payload }): DomainEvent;
}

/**
 * Declares a public event with the type of its payload.
 *
 * @example
 * export const branchChanged = publicEvent<{ branchId: string }>('branch.changed', []);
 * tx.emit(branchChanged({ key: id, branchId: id, payload: { branchId: id } }));
 */
export function publicEvent<Payload extends object>(
  type: string,
  scopes: readonly Scope[],
): PublicEvent<Payload> {
  const toEvent = (
    event: Omit<DomainEvent, 'type' | 'payload'> & { readonly payload: Payload },
  ): DomainEvent => ({
    ...event,
    type,
    payload: event.payload as Record<string, unknown>,
  });
  return Object.assign(toEvent, { type, scopes });
}
