/** The shop whose things people edit, over HTTP. */
import { signedInOwner, type TestOwner } from '../harness/actors';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWNgGB4AAADIAAH4XVuUAAAAAElFTkSuQmCC';

interface Shop {
  platform: TestPlatform;
  owner: TestOwner;
  token: string;
}

/** The shop of a test file; there after `startShop`. */
export const shop = {} as Shop;

/** Starts a platform with a signed-in owner. */
export async function startShop(): Promise<void> {
  shop.platform = await startTestPlatform();
  Object.assign(shop, await signedInOwner(shop.platform.services));
}

export type Body = Readonly<Record<string, unknown>>;

export const call = (method: string, path: string, body?: Body, headers: Record<string, string> = {}) =>
  shop.platform.rest(method, `/api/v1${path}`, { token: shop.token, headers, ...(body ? { body } : {}) });

let serial = 0;
/** Another number each time. */
export const next = () => (serial += 1);
export const unique = (name: string) => `${name} ${next()}`;

export async function made(path: string, body: Body): Promise<{ id: string; version: number }> {
  const answer = await call('POST', path, body);
  expect([answer.status, answer.text.slice(0, 300)]).toEqual([201, expect.anything()]);
  return answer.body;
}
