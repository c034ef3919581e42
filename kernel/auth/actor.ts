import type { PosProError } from '../errors';

/** Nobody yet: may call public operations only. */
export interface AnonymousActor {
  readonly kind: 'anonymous';
  /** Why the token or key that came along is no good; where one is asked for, this is the answer. */
  readonly refusal?: PosProError;
}

/** A person who signed in, or a program with an API key. */
export interface SignedInActor {
  readonly kind: 'user' | 'apiKey';
  /** The user, or the user who made the key. */
  readonly userId: string;
  readonly organizationId: string;
  /** The branch the caller works in; undefined for one who is bound to none. */
  readonly branchId: string | undefined;
  /** The role's name, for example "cashier". */
  readonly role: string;
  /** What the role permits, for example "pos:sell". */
  readonly scopes: ReadonlySet<string>;
  /** The login session, or the API key's id. */
  readonly sessionId: string;
}

/** Somebody without a token for whom the platform acts, as for a login: the audit trail names them. */
export interface ActingPerson {
  /** `user` has proved who they are. `anonymous` has not: the user is the one whose account it is about. */
  readonly kind: 'user' | 'anonymous';
  readonly userId: string;
  /** The role's name. */
  readonly role: string;
  /** The login session; null where there is none. */
  readonly sessionId: string | null;
}

/** The platform itself: background jobs, the demo shop. Permitted everything inside one organization. */
export interface SystemActor {
  readonly kind: 'system';
  readonly organizationId: string;
  readonly branchId: string | undefined;
  /** On whose behalf; undefined where nobody has asked. */
  readonly person?: ActingPerson;
}

export type Actor = AnonymousActor | SignedInActor | SystemActor;

export const ANONYMOUS: AnonymousActor = { kind: 'anonymous' };

/** The branch that the caller is bound to; undefined for a caller without one. */
export function ownBranch(actor: Actor): string | undefined {
  return actor.kind === 'anonymous' ? undefined : actor.branchId;
}

/** Whether the caller holds a scope. */
export function permits(actor: Actor, scope: string): boolean {
  if (actor.kind === 'system') return true;
  return actor.kind !== 'anonymous' && actor.scopes.has(scope);
}
