/** The payments, gift cards and store credit of customers in merges. */
import { sql } from '#kernel/db/database';
import type { CustomerPart } from '#subgraphs/customers/index';
import { moveStoreCredit } from './store-credit/store-credit-ledger';

/** Payments, gift cards and store credit go over. */
export const paymentsPart: CustomerPart = {
  async merge(tx, ctx, { keptId, duplicateId }) {
    for (const table of [sql`payments`, sql`payment_intents`, sql`gift_cards`])
      await tx.run(sql`
        update ${table} set customer_id = ${keptId} where organization_id = ${tx.organizationId} and customer_id = ${duplicateId}`);
    await moveStoreCredit(tx, ctx, { fromId: duplicateId, toId: keptId });
  },
};
