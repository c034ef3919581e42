import type { Pool } from 'pg';

/** The rows that a bare server keeps in memory. It sells in a branch of its own (bench/fixture/seed.ts). */
export interface BareShop {
  readonly pool: Pool;
  readonly organizationId: string;
  readonly branchId: string;
  readonly warehouseId: string;
  readonly userId: string;
  readonly taxClassId: string;
  /** Register id → open session id. */
  readonly sessions: ReadonlyMap<string, string>;
}

export interface BareRequest {
  readonly shop: BareShop;
  readonly parameters: URLSearchParams;
  readonly body: string;
}

/** @returns a text for CSV, otherwise a value that is answered as JSON. */
export type BareHandler = (request: BareRequest) => Promise<object | string>;

export async function readBareShop(pool: Pool): Promise<BareShop> {
  const { rows } = await pool.query<Omit<BareShop, 'pool' | 'sessions'>>(`
    select b.organization_id as "organizationId", b.id as "branchId", w.id as "warehouseId",
      (select id from users limit 1) as "userId", (select id from tax_classes limit 1) as "taxClassId"
    from branches b join warehouses w on w.branch_id = b.id where b.code = 'BARE'`);
  const shop = rows[0]!;
  const sessions = await pool.query<{ id: string; register_id: string }>(
    'select id, register_id from register_sessions where branch_id = $1',
    [shop.branchId],
  );
  return { ...shop, pool, sessions: new Map(sessions.rows.map((row) => [row.register_id, row.id])) };
}
