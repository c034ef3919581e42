/** Two gateways on one PostgreSQL and one Redis. */
import { openTill, type Till } from '#test/harness/shop';
import { TEST_PASSWORD } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform, type TestPlatformOptions } from '#test/harness/platform';

export interface TwoGateways {
  readonly first: TestPlatform;
  readonly second: TestPlatform;
  readonly till: Till;
  /** The owner's access token. */
  readonly token: string;
  signIn(email: string, gateway?: TestPlatform): Promise<string>;
  /** Sells a packet of tea through the first gateway. @returns the order's id. */
  sell(): Promise<string>;
  stop(): Promise<void>;
}

export async function startTwoGateways(
  redisUrl: string,
  options: TestPlatformOptions = {},
): Promise<TwoGateways> {
  const env = { ...options.env, REDIS_URL: redisUrl };
  const first = await startTestPlatform({ ...options, env });
  const { databaseUrl } = first.platform.services.config;
  const second = await startTestPlatform({ ...options, env: { ...env, DATABASE_URL: databaseUrl! } });
  const till = await openTill(first);
  const signIn = async (email: string, gateway = first): Promise<string> => {
    const answer = await gateway.rest('POST', '/api/v1/auth/login', {
      body: { email, password: TEST_PASSWORD },
    });
    return (answer.body as { access_token: string }).access_token;
  };
  const token = await signIn(till.owner.email);
  return {
    first,
    second,
    till,
    token,
    signIn,
    async sell() {
      const body = {
        register_id: till.registerId,
        items: [{ barcode: '4006381333931', quantity: 1 }],
        payments: [{ method: 'cash', amount: '3.50' }],
      };
      const answer = await first.rest('POST', '/api/v1/pos/checkout', { token, body });
      if (answer.status !== 201) throw new Error(answer.text);
      return (answer.body as { id: string }).id;
    },
    async stop() {
      await second.stop();
      await first.stop();
    },
  };
}
