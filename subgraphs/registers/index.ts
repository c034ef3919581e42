/**
 * Registers for other domains. They sell and refund against an open session and add their amounts to it in their own
 * transaction. The demo shop creates, opens and closes registers.
 */
export {
  openSessionFor,
  findOwnSession,
  assertBranchAccess,
  requireOwnSession,
  sessionInView,
  type OpenSession,
} from './sessions/resolve-session';
export {
  postToSession,
  removeConflicts,
  type SessionEntry,
  type TaxEntry,
  type TenderEntry,
} from './sessions/post-to-session';
export { insertRegisters, registersByIds, type NewRegister, type RegisterRow } from './register/registers';
export { receiptLogo, setReceiptLogo } from './settings/receipt-logo';
export { openRegister } from './sessions/open-register';
export type {
  CashMovementInput,
  CloseRegisterInput,
  HandOverInput,
  OpenRegisterInput,
} from './inputs.generated';
export { closeRegister } from './sessions/close-register';
export { moveCash } from './cash/cash-movements';
export { sessionTotals, xReport, type RegisterReport, type SessionTotals } from './reports/x-report';
export { type SessionRow } from './model';
export {
  createRegisterDevice,
  deviceById,
  deviceKey,
  deviceRevokedError,
  takeSequence,
  type RegisterDevice,
} from './devices/register-devices';
export { sessionsByIds } from './sessions/sessions.queries';
export { cashDifferences, handOver, type HandOverRow } from './sessions/handover';
export {
  seesExpectedCash,
  tillSettings,
  updateTillSettings,
  type RoleLimit,
  type TillSettings,
} from './settings/till-settings';
export { defaultOfflineBounds, type OfflineBounds } from './settings/offline-bounds.rules';
export { REGISTER_EVENTS, registerChanged } from './events';
