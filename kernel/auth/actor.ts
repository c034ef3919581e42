import type { PosProError } from '../errors';

/** An unknown caller: may call only public operations. */
export interface AnonymousActor {
  readonly kind: 'anonymous';
  /** Why the sent token or key is invalid; the error of operations that require one. */
  readonly refusal?: PosProError;
}

/** A person who signed in, or a program with an API key. */
export interface SignedInActor {
  readonly kind: 'user' | 'apiKey';
  /** The user, or the user who made the key. */
  readonly userId: string;
  readonly organizationId: string;
  /** The caller's branch; undefined for a caller without a branch. */
  readonly branchId: string | undefined;
  /** The role's name, for example "cashier". */
  readonly role: string;
  /** The permissions of the role, for example "pos:sell". */
  readonly scopes: ReadonlySet<string>;
  /** The login session, or the API key's id. */
  readonly sessionId: string;
  /** The vendor of a vendor's user, who sees rows of this vendor alone; undefined for everyone else. */
  readonly vendorId?: string | undefined;
  /** Set for a publishable key, which the pages of a web shop show to every visitor. */
  readonly storefront?: Storefront;
}

/** The web shop of a publishable key. */
export interface Storefront {
  /** The channel of its orders. */
  readonly channel: 'web' | 'marketplace';
}

/** A person without a token for whom the platform acts, as for a login: the audit trail names them. */
export interface ActingPerson {
  /** `user` has proved their identity. `anonymous` has not: the user is the owner of the account. */
  readonly kind: 'user' | 'anonymous';
  readonly userId: string;
  /** The role's name. */
  readonly role: string;
  /** The login session, if any. */
  readonly sessionId: string | null;
}

/** The platform itself: background jobs, the demo shop. Permitted everything inside one organization. */
export interface SystemActor {
  readonly kind: 'system';
  readonly organizationId: string;
  readonly branchId: string | undefined;
  /** On whose behalf; undefined without a person. */
  readonly person?: ActingPerson;
}

export type Actor = AnonymousActor | SignedInActor | SystemActor;

export const ANONYMOUS: AnonymousActor = { kind: 'anonymous' };

/** The branch that the caller is bound to; undefined for a caller without one. */
export function ownBranch(actor: Actor): string | undefined {
  return actor.kind === 'anonymous' ? undefined : actor.branchId;
}

/** The vendor whose user the caller is; undefined for staff, programs, and the platform. */
export function vendorOf(actor: Actor): string | undefined {
  return actor.kind === 'user' ? actor.vendorId : undefined;
}

/** Whether the caller holds a scope. */
export function permits(actor: Actor, scope: string): boolean {
  if (actor.kind === 'system') return true;
  return actor.kind !== 'anonymous' && actor.scopes.has(scope);
}

/** The web shop whose visitor the caller is; undefined for staff, programs with a secret key, and the platform. */
export function storefrontOf(actor: Actor): Storefront | undefined {
  return actor.kind === 'apiKey' ? actor.storefront : undefined;
}
