/** Rows of customers: erasing a customer deletes or empties them. */
import { STAYS, type Retention } from '#kernel/retention';

export const CUSTOMERS_RETENTION: Retention = {
  stay: [
    { because: STAYS.records, tables: ['customer_credit_entries', 'customer_credit_allocations'] },
    {
      because: 'Proof of consent: the law asks for it until the customer is erased.',
      tables: ['customer_consents'],
    },
    {
      because:
        'A customer and its data stay until the customer is erased: only the shop knows when the relation has ended.',
      tables: [
        'customers',
        'customer_keys',
        'customer_addresses',
        'customer_cards',
        'customer_group_members',
      ],
    },
    { because: STAYS.masterData, tables: ['customer_groups', 'customer_segments'] },
  ],
};
