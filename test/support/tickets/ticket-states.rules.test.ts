import {
  STEPS,
  assertStep,
  isActive,
  isRunning,
  stateAfterCustomer,
  type TicketStatus,
} from '#subgraphs/support/tickets/ticket-states.rules';
import { refusalOf } from '#test/harness/refusal';

const STATES = Object.keys(STEPS) as TicketStatus[];

it('T8: permits the steps of the table, and rejects all others with the state and the possible steps', () => {
  for (const status of STATES)
    for (const next of STATES) {
      const step = () => assertStep({ number: 7, status }, next);
      if (next === status || STEPS[status].includes(next)) expect(step).not.toThrow();
      else
        expect(refusalOf(step)).toEqual({
          code: 'ILLEGAL_STATE',
          message: `Ticket T-7 is ${status} and cannot become ${next}.`,
          errors: undefined,
          details: { status, allowed: STEPS[status] },
        });
    }
});

it('leaves no state but the closed one without a way on, and never leaves that', () => {
  expect(STATES.filter((status) => STEPS[status].length === 0)).toEqual(['closed']);
  expect(STATES.filter((status) => !STEPS[status].includes('closed'))).toEqual(['closed']);
});

it('T8: the clock runs for open tickets and those that wait for another department', () => {
  expect(STATES.filter(isRunning)).toEqual(['open', 'pending_internal']);
  expect(STATES.filter(isActive)).toEqual(['open', 'pending_customer', 'pending_internal']);
});

it.each([
  ['open', 'open'],
  ['pending_customer', 'open'],
  ['pending_internal', 'pending_internal'],
  ['closed', 'follow'],
] as const)('T8: a message of the customer leads from %s to %s', (status, next) => {
  expect(stateAfterCustomer({ status, resolvedAt: null }, new Date(), 14)).toBe(next);
});

it('T8: a message of the customer reopens a resolved ticket for the set days, and makes a new one afterwards', () => {
  const resolved = { status: 'resolved', resolvedAt: new Date('2026-03-01T10:00Z') } as const;
  expect(stateAfterCustomer(resolved, new Date('2026-03-15T10:00Z'), 14)).toBe('open');
  expect(stateAfterCustomer(resolved, new Date('2026-03-15T10:00:00.001Z'), 14)).toBe('follow');
  expect(stateAfterCustomer(resolved, new Date('2026-03-01T10:00:00.001Z'), 0)).toBe('follow');
});
