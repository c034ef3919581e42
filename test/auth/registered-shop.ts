/** Shops whose owners register over the public route, as newcomers do. */
import type { TestPlatform } from '../harness/platform';

const PASSWORD = 'a long enough secret';
let shops = 0;

export interface RegisteredShop {
  readonly token: string;
  /** The items of a list. */
  read<Item>(path: string): Promise<Item[]>;
}

/** Registers an owner with these fields, who then signs in. */
export async function registerShop(platform: TestPlatform, fields: object): Promise<RegisteredShop> {
  const email = `owner-${++shops}@shops.test`;
  const person = { email, password: PASSWORD, name: 'Robin Ellis', organization_name: 'Corner Shop' };
  // Each owner has an address of their own, since attempts are counted by address.
  const headers = { 'x-forwarded-for': `10.9.8.${shops}` };
  const body = { ...person, ...fields };
  const registered = await platform.rest('POST', '/api/v1/auth/register', { body, headers });
  expect([registered.status, registered.text.slice(0, 300)]).toEqual([201, expect.any(String)]);
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email, password: PASSWORD },
    headers,
  });
  const { access_token: token } = login.body as { access_token: string };
  const read = async <Item>(path: string): Promise<Item[]> => {
    const answer = await platform.rest('GET', `/api/v1${path}`, { token });
    return (answer.body as { items: Item[] }).items;
  };
  return { token, read };
}
