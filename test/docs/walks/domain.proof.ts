/** Notices, after "Add a domain": over both APIs, with the permission, an error, the event, and tenancy. */
import type { Actor } from '#kernel/auth/actor';
import { createContext } from '#kernel/context';
import { createColleagueOf, signedInOwner, signIn, type TestOwner } from '#test/harness/actors';
import { startTestPlatform, type RestAnswer, type TestPlatform } from '#test/harness/platform';

interface Notice {
  id: string;
  text: string;
}

let platform: TestPlatform;
let owner: TestOwner;
let token: string;
let cashierToken: string;

const rest = (method: string, path: string, body?: object, as = token): Promise<RestAnswer> =>
  platform.rest(method, `/api/v1${path}`, { token: as, body });
const codeOf = ({ status, body }: RestAnswer) => [status, (body as { code: string }).code];
const textsOf = ({ body }: RestAnswer) => (body as { items: Notice[] }).items.map(({ text }) => text);
const publish = (input: object, as = token) =>
  platform.graphql<{ publishNotice: object }>(
    'mutation ($input: PublishNoticeInput!) { publishNotice(input: $input) { text branch { name } } }',
    { input },
    as,
  );

beforeAll(async () => {
  platform = await startTestPlatform();
  const { services } = platform;
  ({ owner, token } = await signedInOwner(services));
  const contextFor = (actor: Actor) =>
    createContext(services, actor, { requestId: 'walk', address: '127.0.0.1' });
  const shop = { services, contextFor };
  const cashier = await createColleagueOf(shop, owner, 'cashier');
  cashierToken = (await signIn(shop, cashier.email)).accessToken;
});
afterAll(() => platform.stop());

it('notices are published and listed over both APIs', async () => {
  const { data } = await publish({ text: ' First ' });
  expect(data.publishNotice).toEqual({ text: 'First', branch: { name: expect.any(String) as string } });
  const { status, body } = await rest('POST', '/notices', { text: 'Second' });
  expect([status, body]).toMatchObject([201, { text: 'Second', branch_id: owner.branchId }]);
  expect(textsOf(await rest('GET', '/notices', undefined, cashierToken))).toEqual(['Second', 'First']);
  const listed = await platform.graphql<{ notices: { total: number; items: Notice[] } }>(
    'query ($branchId: ID!) { notices(branchId: $branchId, size: 1) { total items { text } } }',
    { branchId: owner.branchId },
    cashierToken,
  );
  expect(listed.data.notices).toEqual({ total: 2, items: [{ text: 'Second' }] });
  const { items } = (await rest('GET', '/events?types=notice.published')).body as {
    items: { data: Notice }[];
  };
  expect(items.map((event) => event.data.text)).toEqual(['First', 'Second']);
});

it('another organization sees no notices, and publishes none here', async () => {
  const { token: otherToken } = await signedInOwner(platform.services);
  expect(textsOf(await rest('GET', '/notices', undefined, otherToken))).toEqual([]);
  const body = { text: 'Third', branch_id: owner.branchId };
  expect(codeOf(await rest('POST', '/notices', body, otherToken))).toEqual([404, 'NOT_FOUND']);
});

it('a caller without the permission, and an empty text, are rejected', async () => {
  const { errors } = await publish({ text: 'Third' }, cashierToken);
  expect(errors![0]!.extensions.code).toBe('FORBIDDEN');
  expect(codeOf(await rest('POST', '/notices', { text: 'Third' }, cashierToken))).toEqual([403, 'FORBIDDEN']);
  expect(codeOf(await rest('POST', '/notices', { text: ' ' }))).toEqual([422, 'VALIDATION_FAILED']);
});
