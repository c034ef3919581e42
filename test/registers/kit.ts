/** Helpers for tests with registers. */
import { randomUUID } from 'node:crypto';
import type { SignedInActor } from '#kernel/auth/actor';
import { type RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import {
  insertRegisters,
  postToSession,
  type RegisterRow,
  type SessionEntry,
} from '#subgraphs/registers/index';
import { userActor } from '#test/harness/actors';
import { type TestDatabase } from '#test/harness/database';

export const money = (text: string | number) => new Decimal(text);

export interface Till {
  organizationId: string;
  branchId: string;
  registers: RegisterRow[];
  /** May open, sell and read reports in the branch. */
  cashier: SignedInActor;
  /** Another cashier of the branch. */
  colleague: SignedInActor;
  /** Also has pos:override. */
  manager: SignedInActor;
  ctx: RequestContext;
}

/** Creates a new organization with registers and people who work at them. */
export async function makeTill(db: TestDatabase, count = 1): Promise<Till> {
  const organizationId = randomUUID();
  const branchId = randomUUID();
  const work = { organizationId, branchId };
  const system = db.contextFor({ kind: 'system', ...work });
  const registers = await transact(system, (tx) =>
    insertRegisters(
      tx,
      Array.from({ length: count }, (_, index) => ({
        id: system.ids.next(),
        branchId,
        name: `Till ${index + 1}`,
        code: `T${index + 1}`,
        currency: 'EUR',
      })),
    ),
  );
  const cashier = userActor({
    ...work,
    role: 'cashier',
    scopes: ['pos:sell', 'pos:register', 'reports:read'],
  });
  const colleague = userActor({ ...work, role: 'cashier', scopes: ['pos:sell', 'pos:register'] });
  const manager = userActor({
    ...work,
    role: 'manager',
    scopes: ['pos:sell', 'pos:register', 'pos:override', 'reports:read'],
  });
  return { organizationId, branchId, registers, cashier, colleague, manager, ctx: db.contextFor(cashier) };
}

/** A cash sale without discount, at 19 % included. */
export function cashSale(amount: string | number): SessionEntry {
  const gross = money(amount);
  const net = gross.dividedBy('1.19').toDecimalPlaces(2);
  return {
    sales: 1,
    gross,
    tax: [{ rate: money(19), net, tax: gross.minus(net) }],
    tenders: [{ method: 'cash', amount: gross, count: 1 }],
  };
}

/** A cash refund. */
export function cashRefund(amount: string | number): SessionEntry {
  const refunds = money(amount);
  return { returns: 1, refunds, tenders: [{ method: 'cash', amount: refunds.negated(), count: 1 }] };
}

/** Posts an entry in its own transaction. */
export function post(ctx: RequestContext, sessionId: string, entry: SessionEntry): Promise<void> {
  return transact(ctx, (tx) => postToSession(tx, sessionId, entry));
}

/** The code of the PosProError that the work throws; "none" if it succeeds. Other errors are thrown. */
export function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => {
      if (error instanceof PosProError) return error.errors?.[0]?.code ?? error.code;
      throw error;
    },
  );
}
