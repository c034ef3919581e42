/** The public events of registers. */
import { publicEvent } from '#kernel/events/public-event';

/** The new state of a register. Amounts are decimals as text. */
export interface RegisterEventData {
  status: 'open' | 'closed';
  sessionId?: string;
  cashierId?: string;
  training?: boolean;
  deviceId?: string;
  /** Number of the Z-report. */
  number?: number;
  netSales?: string;
  difference?: string;
}

/** A register was opened, closed, handed over or changed, or cash was moved. */
export const registerChanged = publicEvent<
  { registerId: string; registerName: string; branchId: string } & RegisterEventData
>('register.changed', ['pos:register', 'reports:read']);

export const REGISTER_EVENTS = [registerChanged];
