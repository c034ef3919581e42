/** Rows of registers: all of them stay. */
import { STAYS, type Retention } from '#kernel/retention';

export const REGISTERS_RETENTION: Retention = {
  stay: [
    {
      because: STAYS.records,
      tables: [
        'register_sessions',
        'register_session_tenders',
        'register_session_taxes',
        'cash_movements',
        'register_hand_overs',
        'z_reports',
      ],
    },
    { because: STAYS.masterData, tables: ['registers', 'register_devices'] },
    {
      because: 'Numbers that a device has used: none is accepted twice, however late it comes.',
      tables: ['device_sequences'],
    },
    { because: STAYS.settings, tables: ['till_settings'] },
  ],
};
