/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { RegisterDevice } from './devices/register-devices';
export type {
  CashMovementRow as CashMovement,
  RegisterRow as Register,
  SessionRow as RegisterSession,
} from './model';
export type { RegisterChange } from './register/subscriptions';
export type {
  PaymentTotalView as PaymentTotal,
  RegisterReport,
  TaxTotalView as TaxTotal,
} from './reports/register-report';
export type { ChainCheck as RegisterChainCheck } from './reports/z-reports';
export type { HandOverRow as HandOver } from './sessions/handover';
export type { RoleLimit, TillSettings } from './settings/till-settings';
