/** The logins of the demo shop, as the start screen and the pages show them. */
export const DEMO_LOGINS = {
  emails: ['cashier@pospro.com', 'manager@pospro.com', 'admin@pospro.com', 'owner@pospro.com'],
  password: 'secure123',
} as const;
