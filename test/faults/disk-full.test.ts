/** The disk of the database is full: sales get a 503 that says so, none is lost or doubled, and they go on when there is room. */
import { pino } from 'pino';
import { verifyTrail } from '#kernel/audit/verify';
import { sql } from '#kernel/db/database';
import { startEmbedded, type EmbeddedDatabase } from '#kernel/db/embedded/index';
import { TEST_PASSWORD } from '#test/harness/actors';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type RestAnswer, type TestPlatform } from '#test/harness/platform';
import { openTill, type Till } from '#test/harness/shop';
import { mountSmallDisk, whyNoSmallDisk, type SmallDisk } from '#test/harness/small-disk';

const DISK_MB = 400;
const STOCK = 1_000;
/** More than these fit into the pages that have room, and fewer than write a new file of the log. */
const MAX_SALES = 200;

const reason = whyNoSmallDisk();
const describeOnSmallDisk = reason === undefined ? describe : describe.skip;

describeOnSmallDisk(`a full disk (${reason === undefined ? 'a tmpfs' : `skipped: ${reason}`})`, () => {
  let disk: SmallDisk;
  let server: EmbeddedDatabase;
  let platform: TestPlatform;
  let till: Till;
  let token: string;
  beforeAll(async () => {
    disk = mountSmallDisk(DISK_MB);
    server = await startEmbedded({ dataDir: disk.folder, log: pino({ level: 'silent' }), fast: true });
    platform = await startTestPlatform({ env: { DATABASE_URL: server.url } });
    till = await openTill(platform);
    const login = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: till.owner.email, password: TEST_PASSWORD },
    });
    ({ access_token: token } = login.body);
  }, 120_000);
  afterAll(async () => {
    await platform?.stop();
    await server?.stop();
    disk?.unmount();
  });

  const sell = (reference: string): Promise<RestAnswer> =>
    platform.rest('POST', '/api/v1/pos/checkout', {
      token,
      body: {
        register_id: till.registerId,
        client_reference: reference,
        items: [{ barcode: '4006381333931', quantity: 1 }],
        payments: [{ method: 'cash', amount: '3.50' }],
      },
    });

  it('rejects what cannot be stored with 503, and stores everything else once', async () => {
    const sold = new Set<string>();
    const rejected: string[] = [];
    for (let number = 1; number <= 10; number += 1) {
      expect((await sell(`before-${number}`)).status).toBe(201);
      sold.add(`before-${number}`);
    }

    disk.fill();
    for (let number = 1; number <= MAX_SALES && rejected.length < 5; number += 1) {
      const { status, body, headers } = await sell(`full-${number}`);
      if (status === 201) sold.add(`full-${number}`);
      else {
        rejected.push(`full-${number}`);
        expect(body).toMatchObject({
          status: 503,
          code: 'UNAVAILABLE',
          detail: 'The disk of the database is full: nothing can be stored until there is room.',
        });
        expect(headers.get('retry-after')).toBe('30');
      }
    }
    expect(rejected).toHaveLength(5);
    // Reading goes on.
    expect(
      (await platform.rest('GET', `/api/v1/pos/stock/check/${till.items.TEA!.productId}`, { token })).status,
    ).toBe(200);

    disk.free();
    for (const reference of rejected) {
      await eventually(
        async () => (await sell(reference)).status === 201,
        () => `${reference} is still rejected`,
      );
      sold.add(reference);
    }
    const rows = await till.ctx.db.many<{ reference: string }>(
      sql`select client_reference as reference from orders`,
    );
    expect(rows.map(({ reference }) => reference).sort()).toEqual([...sold].sort());
    const [level] = await till.ctx.db.many<{ onHand: string }>(sql`
      select trim_scale(on_hand)::text as on_hand from stock_levels where variant_id = ${till.items.TEA!.variantId}::uuid`);
    expect(level!.onHand).toBe(String(STOCK - sold.size));
    const check = () => verifyTrail(platform.services.database.system, till.organizationId);
    await eventually(
      async () => (await check()).pending === 0,
      () => 'entries wait for their seal',
    );
    expect(await check()).toMatchObject({ valid: true, error: null });
  }, 120_000);
});
