/**
 * What other domains may call of `registers`: they sell and pay out against an open session and add their amounts to it, in
 * their own transaction; and the demo shop makes, opens and closes registers.
 */
export { openSessionFor, sessionInView, requireBranch, type OpenSession } from './current';
export { postToSession, takeOffConflicts, type SessionEntry, type TaxEntry, type TenderEntry } from './posting';
export { insertRegisters, registersByIds, type NewRegister, type RegisterRow } from './registers';
export { receiptLogo, setReceiptLogo } from './logo';
export { openRegister, type OpenRegisterInput } from './opening';
export { closeRegister, type CloseRegisterInput } from './closing';
export { moveCash, type CashMovementInput } from './cash';
export { sessionTotals, xReport, type RegisterReport, type SessionTotals } from './report';
export { type SessionRow } from './rows';
export { createRegisterDevice, deviceById, deviceKey, deviceRevoked, takeSequence, type RegisterDevice } from './devices';
export { sessionsByIds } from './sessions';
export { cashDifferences, handOver, type HandOverInput, type HandOverRow } from './handing-over';
export { seesExpectedCash, tillSettings, updateTillSettings, type RoleLimit, type TillSettings } from './settings';
export { usualBounds, type OfflineBounds } from './offline-bounds.rules';
