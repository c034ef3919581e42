/** The steps of tests of the dashboard. */
import type { Page } from 'playwright-core';
import type { TestPlatform } from '#test/harness/platform';

/** The time within which a page shows something, on a busy machine. */
export const WAIT_MS = 30_000;

/** Signs in with a click on a login of the demo shop. @param name for example "manager". */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `${name}@pospro.com` }).click();
  await page.getByText('Live', { exact: true }).waitFor({ timeout: WAIT_MS });
}

/** Sells a kilogram of coffee for 12.50 at the demo shop's first till. @returns the number of the order. */
export async function sell(platform: TestPlatform): Promise<string> {
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'cashier@pospro.com', password: 'secure123' },
  });
  const sold = await platform.rest('POST', '/api/v1/pos/checkout', {
    token: (login.body as { access_token: string }).access_token,
    body: { items: [{ barcode: '123456789', quantity: 1 }], payment_method: 'cash' },
  });
  if (sold.status !== 201) throw new Error(sold.text);
  return (sold.body as { number: string }).number;
}

/** Waits until a sale is listed. */
export async function saleShown(page: Page, number: string): Promise<void> {
  await page.getByRole('rowheader', { name: number }).waitFor({ timeout: WAIT_MS });
}
