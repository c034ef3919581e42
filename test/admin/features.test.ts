/** Feature switches: every operation of a switched-off feature says so, in its organization alone, without a further statement. */
import { Kind, type FieldDefinitionNode, type ObjectTypeDefinitionNode } from 'graphql';
import { Caches } from '#kernel/cache';
import { sql } from '#kernel/db/database';
import { FEATURE_DEFAULTS, FEATURES_CHANGED, requireFeature } from '#kernel/features';
import { GraphGateway } from '#gateway/executor/index';
import { updateFeatureSettings } from '#subgraphs/admin/features/feature-settings';
import { activateCampaign, createCampaign } from '#subgraphs/marketing/campaigns/campaigns';
import { calculateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { subgraphs } from '#subgraphs/list';
import { callOf, sdl } from '#test/gateway/calls';
import { signedInOwner, type TestOwner } from '#test/harness/actors';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openTill } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount } from '#test/harness/values';

let platform: TestPlatform;
let owner: TestOwner;
let token: string;
beforeAll(async () => {
  platform = await startTestPlatform();
});
beforeEach(async () => {
  ({ owner, token } = await signedInOwner(platform.services));
});
afterAll(() => platform.stop());

const put = (body: object, path = 'features') =>
  platform.rest('PUT', `/api/v1/admin/${path}`, { token, body });

/** The operations of each switch, as the schemas declare them. */
function operationsOf(): Record<string, string[]> {
  const roots = subgraphs
    .flatMap(({ typeDefs }) => typeDefs.definitions)
    .filter((type): type is ObjectTypeDefinitionNode => type.kind === Kind.OBJECT_TYPE_DEFINITION)
    .filter(({ name }) => ['Query', 'Mutation', 'Subscription'].includes(name.value));
  const operations: Record<string, string[]> = {};
  for (const { name, fields = [] } of roots)
    for (const field of fields) {
      const feature = featureOf(field);
      if (feature) (operations[feature] ??= []).push(`${name.value}.${field.name.value}`);
    }
  return operations;
}

function featureOf({ directives = [] }: FieldDefinitionNode): string | undefined {
  const value = directives.find(({ name }) => name.value === 'feature')?.arguments?.[0]?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

const OPERATIONS = operationsOf();

it('has a switch for each feature, and operations for each switch', () => {
  const switches = Object.keys(FEATURE_DEFAULTS).filter((name) => name !== 'updatedAt' && name !== 'version');
  // Mails come in by a route outside the graph, and go out in the background (test/support/mail).
  expect([...Object.keys(OPERATIONS), 'supportMail'].sort()).toEqual(switches.sort());
  expect(OPERATIONS).toEqual({
    campaigns: [
      'Mutation.createCampaign',
      'Mutation.updateCampaign',
      'Mutation.activateCampaign',
      'Mutation.generateDiscountCodes',
      'Query.simulateCampaigns',
      'Query.validateDiscount',
      'Query.applyDiscount',
    ],
    marketplace: [
      'Mutation.createCommissionRule',
      'Mutation.updateCommissionRule',
      'Mutation.deleteCommissionRule',
      'Mutation.createVendor',
      'Mutation.updateVendor',
      'Mutation.reviewVendor',
      'Mutation.approveVendor',
    ],
    support: ['Mutation.createTicket'],
    webShop: [
      'Query.cart',
      'Query.storefrontProducts',
      'Query.storefrontProduct',
      'Mutation.addToCart',
      'Mutation.updateCartItem',
      'Mutation.removeCartItem',
      'Mutation.applyCartCode',
      'Mutation.removeCartCode',
      'Mutation.updateCart',
      'Mutation.checkoutCart',
      'Mutation.mergeCarts',
    ],
  });
});

it.each(Object.entries(OPERATIONS))(
  'each operation of %s answers 403 that names the switch',
  async (feature, operations) => {
    const setting = `features.${feature === 'webShop' ? 'web_shop' : feature}`;
    expect((await put({ [setting.slice('features.'.length)]: false })).status).toBe(200);
    const { apiSchema } = new GraphGateway({ supergraphSdl: sdl, sources: new Map() });
    for (const operation of operations) {
      const [root, name] = operation.split('.') as ['Query' | 'Mutation', string];
      const type = root === 'Query' ? apiSchema.getQueryType()! : apiSchema.getMutationType()!;
      const { text, variables } = callOf(type, type.getFields()[name]!, '{ __typename }');
      const { errors } = await platform.graphql(text, variables, token);
      expect([operation, errors?.[0]?.extensions]).toEqual([
        operation,
        expect.objectContaining({ code: 'FEATURE_DISABLED', details: { setting } }),
      ]);
    }
  },
);

it('answers the same over REST, in its organization alone, until the feature is switched on again', async () => {
  const open = (bearer: string) =>
    platform.rest('POST', '/api/v1/support/tickets', {
      token: bearer,
      body: { subject: 'A scratch', body: 'The table has a scratch.', requester_email: 'ada@example.com' },
    });
  const { token: stranger } = await signedInOwner(platform.services);
  await put({ support: false });
  const closed = await open(token);
  expect([closed.status, closed.body]).toMatchObject([
    403,
    { code: 'FEATURE_DISABLED', title: 'Feature switched off', details: { setting: 'features.support' } },
  ]);
  expect((closed.body as { detail: string }).detail).toContain('features.support');
  expect((await open(stranger)).body).not.toMatchObject({ code: 'FEATURE_DISABLED' });
  // What it has begun can be read.
  expect((await platform.rest('GET', '/api/v1/support/tickets', { token })).status).toBe(200);
  await put({ value: true }, 'system-settings/features.support');
  expect((await open(token)).body).not.toMatchObject({ code: 'FEATURE_DISABLED' });
});

it('asks for a permission first', async () => {
  await put({ support: false });
  const ctx = platform.contextFor({ ...owner.actor, scopes: new Set(['pos:sell'] as const) });
  expect(() => requireFeature(ctx, 'webShop')).not.toThrow();
  const answer = await platform.rest('POST', '/api/v1/support/tickets', { body: {} });
  expect([answer.status, (answer.body as { code: string }).code]).toEqual([401, 'UNAUTHENTICATED']);
});

it('has a type, a default, a description and a history as any setting', async () => {
  await put({ value: false }, 'system-settings/features.web_shop');
  const read = async (path: string) => (await platform.rest('GET', `/api/v1/admin/${path}`, { token })).body;
  expect(await read('features')).toMatchObject({
    web_shop: false,
    campaigns: true,
    marketplace: true,
    support: true,
    support_mail: true,
    version: 1,
  });
  expect(await read('system-settings/features.web_shop')).toMatchObject({
    value: false,
    default: true,
    schema: expect.objectContaining({ type: 'boolean' }) as object,
    description: expect.stringContaining('web shop') as string,
  });
  const { items } = (await read('system-settings/features.web_shop/history')) as { items: object[] };
  expect(items).toEqual([
    expect.objectContaining({
      before: null,
      after: false,
      actor: expect.objectContaining({ user_id: owner.user.id }) as object,
    }),
  ]);
  expect((await put({ value: 'no' }, 'system-settings/features.web_shop')).status).toBe(422);
  expect((await put({ web_shop: true, version: 7 })).status).toBe(409);
});

it('costs no statement once the switches are known', async () => {
  const list = () => platform.rest('GET', '/api/v1/shop/products', { token });
  const readsOf = async () =>
    (await statementsOf(list)).filter(({ text }) => text.includes('feature_settings'));
  expect(await readsOf()).toHaveLength(1);
  expect(await readsOf()).toEqual([]);
  await put({ web_shop: false });
  expect(await readsOf()).toHaveLength(1);
  expect((await list()).status).toBe(403);
});

it('is felt in another process by the event', async () => {
  const { services } = platform;
  const caches = new Caches(services.clock, services.bus);
  const other = () => ({ ...platform.contextFor(owner.actor), caches });
  await requireFeature(other(), 'support');
  await updateFeatureSettings(platform.contextFor(owner.actor), { support: false });
  const isOff = () => {
    try {
      requireFeature(other(), 'support')?.catch(() => undefined);
      return false;
    } catch {
      return true;
    }
  };
  await eventually(isOff);
  // Changed past the API: the event is all that the process knows.
  await services.database.system.run(
    sql`update feature_settings set support = true where organization_id = ${owner.organizationId}`,
  );
  services.bus.publish({
    ...{ id: 'x', cursor: '1-1', organizationId: owner.organizationId, branchId: undefined },
    ...{ type: FEATURES_CHANGED, key: 'x', payload: {}, at: new Date() },
  });
  await requireFeature(other(), 'support');
});

it('no sale gets a discount of a campaign while campaigns are switched off', async () => {
  const till = await openTill(platform);
  const { id } = await createCampaign(till.ctx, {
    name: 'Welcome',
    action: { type: 'percent', percent: amount(10) },
  });
  await activateCampaign(till.ctx, id);
  const total = async () => {
    const items = [{ sku: 'TEA', quantity: amount(2) }];
    return (await calculateCheckout(till.ctx, { items })).total.toFixed(2);
  };
  expect(await total()).toBe('6.30');
  await updateFeatureSettings(till.ctx, { campaigns: false });
  expect(await total()).toBe('7.00');
  await updateFeatureSettings(till.ctx, { campaigns: true });
  expect(await total()).toBe('6.30');
});
