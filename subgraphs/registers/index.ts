/**
 * Registers for other domains. They sell and refund against an open session and add their amounts to it in their own
 * transaction. The demo shop creates, opens and closes registers.
 */
export {
  assertBranchAccess,
  findOwnSession,
  openSessionFor,
  requireOwnSession,
  resolveOpenSession,
  sessionInView,
  type OpenSession,
} from './sessions/resolve-session';
export { postIfOpen, postToSession, removeConflicts, type SessionEntry } from './sessions/post-to-session';
export { insertRegisters, registersByIds, type RegisterRow } from './register/registers';
export { newShopRegister } from './register/new-shop-register';
export { receiptLogo, setReceiptLogo } from './settings/receipt-logo';
export { openRegister } from './sessions/open-register';
export { closeRegister } from './sessions/close-register';
export { moveCash } from './cash/cash-movements';
export type { RegisterReport } from './reports/register-report';
export { verifyChain } from './reports/z-reports';
export { sessionTotals, type SessionTotals } from './reports/session-totals.queries';
export { assertReportAccess, xReport } from './reports/x-report';
export { type SessionRow } from './model';
export {
  createRegisterDevice,
  deviceById,
  deviceKey,
  deviceRevokedError,
  takeSequence,
} from './devices/register-devices';
export { sessionsByIds } from './sessions/sessions.queries';
export { cashDifferences, handOver } from './sessions/handover';
export {
  TILL_SETTINGS_CHANGED,
  defaultTillSettings,
  seesExpectedCash,
  tillSettings,
  updateTillSettings,
  type RoleLimit,
  type TillSettings,
} from './settings/till-settings';
export { defaultOfflineBounds, type OfflineBounds } from './settings/offline-bounds.rules';
export { REGISTER_EVENTS, registerChanged } from './events';
