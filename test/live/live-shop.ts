/** A running platform with a shop in it, whose users are signed in. */
import { randomUUID } from 'node:crypto';
import { createBranch } from '#subgraphs/auth/branches';
import { createColleagueOf, TEST_PASSWORD } from '#test/harness/actors';
import { published } from '#test/harness/events';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openShop, type Shop } from '#test/harness/shop';

export interface LiveShop extends Omit<Shop, 'colleague'> {
  /** The owner's access token. */
  readonly token: string;
  /** Signs in a new colleague of a role. */
  colleague(role: string): Promise<{ token: string; userId: string }>;
  /** Creates a product with a stock of pieces. @returns its ids. */
  product(name: string, stock?: number): Promise<{ productId: string; variantId: string }>;
  /** Changes the stock level in the owner's branch. */
  adjust(productId: string, quantity: number): Promise<void>;
  /** Creates another branch. @returns its id. */
  branch(name: string): Promise<string>;
}

export interface LivePlatform extends TestPlatform {
  openShop(): Promise<LiveShop>;
  signIn(email: string): Promise<string>;
}

/** Starts the platform. Without rate limits, unless the environment sets them. */
export async function startLive(env: Readonly<Record<string, string>> = {}): Promise<LivePlatform> {
  const platform = await startTestPlatform({ env });
  const signIn = async (email: string): Promise<string> => {
    const answer = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email, password: TEST_PASSWORD },
    });
    return (answer.body as { access_token: string }).access_token;
  };
  return {
    ...platform,
    signIn,
    async openShop() {
      const shop = await openShop(platform, { name: `Shop ${randomUUID()}` });
      const token = await signIn(shop.owner.email);
      return Object.assign(shop, shopOperations(platform, shop, token), {
        token,
        async colleague(role: string) {
          const user = await createColleagueOf(platform, shop, role);
          return { token: await signIn(user.email), userId: user.id };
        },
      });
    },
  };
}

/** Operations of the owner over GraphQL. */
function shopOperations(platform: TestPlatform, { ctx }: Shop, token: string) {
  const ask = async <Data>(query: string, variables: Record<string, unknown>): Promise<Data> => {
    const { data, errors } = await platform.graphql<Data>(query, variables, token);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const adjust = async (productId: string, quantity: number): Promise<void> => {
    const mutation = 'mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { id } }';
    await ask(mutation, { input: { productId, quantity: String(quantity) } });
  };
  return {
    adjust,
    async product(name: string, stock = 100) {
      const created = await ask<{ createProduct: { id: string; variants: { id: string }[] } }>(
        'mutation ($input: CreateProductInput!) { createProduct(input: $input) { id variants { id } } }',
        { input: { name, sku: randomUUID().slice(0, 12), price: '2.50' } },
      );
      const { id: productId, variants } = created.createProduct;
      if (stock > 0) {
        // A client that subscribes after this does not get the event any more.
        const event = published(
          platform.services.bus,
          'stock.changed',
          ({ payload }) => payload.productId === productId,
        );
        await adjust(productId, stock);
        await event;
      }
      return { productId, variantId: variants[0]!.id };
    },
    async branch(name: string) {
      return (await createBranch(ctx, { name })).id;
    },
  };
}
