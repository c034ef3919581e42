/** Checks a whole database, as after a restore: the audit trail, the Z-reports, the ledgers and the numbers of every organization. */
import { verifyAll } from '#kernel/audit/verify-all';
import { raw, sql, type Database, type Queryable } from '#kernel/db/database';
import { verifyChain } from '#subgraphs/registers/index';

/** A balance that is kept beside the entries that it is the sum of. */
interface Ledger {
  readonly name: string;
  /** The table and column of the balance. */
  readonly head: readonly [table: string, balance: string];
  readonly entries: readonly [table: string, amount: string];
  /** Columns that distinguish balances, in the table of the balance and in that of the entries. */
  readonly keys: readonly (readonly [head: string, entry: string])[];
}

const LEDGERS: readonly Ledger[] = [
  {
    name: 'stock',
    head: ['stock_levels', 'on_hand'],
    entries: ['stock_movements', 'quantity'],
    keys: [
      ['warehouse_id', 'warehouse_id'],
      ['variant_id', 'variant_id'],
    ],
  },
  {
    name: 'customer accounts',
    head: ['customers', 'credit_balance'],
    entries: ['customer_credit_entries', 'amount'],
    keys: [['id', 'customer_id']],
  },
  {
    name: 'gift cards',
    head: ['gift_cards', 'balance'],
    entries: ['gift_card_entries', 'amount'],
    keys: [['id', 'gift_card_id']],
  },
  {
    name: 'store credit',
    head: ['store_credits', 'balance'],
    entries: ['store_credit_entries', 'amount'],
    keys: [['customer_id', 'customer_id']],
  },
  {
    name: 'loyalty points',
    head: ['loyalty_accounts', 'balance'],
    entries: ['loyalty_entries', 'points'],
    keys: [['customer_id', 'customer_id']],
  },
  {
    name: 'vendors',
    head: ['vendors', 'balance'],
    entries: ['vendor_entries', 'amount'],
    keys: [['id', 'vendor_id']],
  },
];

/** Checks every organization. @param say receives a line for each check. @returns whether all is in order. */
export async function checkDatabase(database: Database, say: (line: string) => void): Promise<boolean> {
  const trail = await verifyAll(database.system, say);
  const chains = await checkChains(database, say);
  const ledgers = await checkLedgers(database.system, say);
  return trail && chains && ledgers;
}

async function checkChains(database: Database, say: (line: string) => void): Promise<boolean> {
  const registers = await database.system.many<{ id: string; organizationId: string }>(
    sql`select id, organization_id from registers order by organization_id, id`,
  );
  let reports = 0;
  let broken = 0;
  for (const { id, organizationId } of registers) {
    const check = await verifyChain({ db: database.forOrganization(organizationId) }, id);
    reports += check.checked;
    if (check.valid) continue;
    broken += 1;
    say(`Z-report ${check.brokenNumber} of the register ${id}: ${check.error}`);
  }
  say(
    `Z-reports: ${reports} of ${registers.length} registers in order${broken ? `, ${broken} chains are broken` : ''}`,
  );
  return broken === 0;
}

async function checkLedgers(db: Queryable, say: (line: string) => void): Promise<boolean> {
  let whole = true;
  for (const ledger of LEDGERS) {
    const { balances, wrong } = await checkLedger(db, ledger);
    whole = whole && wrong === 0;
    say(
      `Ledger of ${ledger.name}: ${balances} balances${wrong ? `, ${wrong} are NOT the sum of their entries` : ' are the sums of their entries'}`,
    );
  }
  return whole;
}

/** Compares each balance with the sum of its entries; either may be missing. */
async function checkLedger(
  db: Queryable,
  { head, entries, keys }: Ledger,
): Promise<{ balances: number; wrong: number }> {
  const names = keys.map((_, index) => `key_${index}`).join(', ');
  const list = (side: 0 | 1) => keys.map((pair, index) => `${pair[side]} as key_${index}`).join(', ');
  const [headTable, balance] = head;
  const [entryTable, amount] = entries;
  return db.one(sql`
    select count(*) as balances, count(*) filter (where coalesce(h.balance, 0) <> coalesce(e.total, 0)) as wrong
    from (select organization_id, ${raw(list(0))}, ${raw(balance)}::numeric as balance from ${raw(headTable)}) as h
    full join (
      select organization_id, ${raw(names)}, sum(amount)::numeric as total
      from (select organization_id, ${raw(list(1))}, ${raw(amount)} as amount from ${raw(entryTable)}) as entry
      group by organization_id, ${raw(names)}
    ) as e using (organization_id, ${raw(names)})`);
}
