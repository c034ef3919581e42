/** The lists by their names on the command line. */
export const LISTS: Readonly<Record<string, string>> = {
  products: '/products/export',
  customers: '/customers',
  orders: '/orders',
  'stock-movements': '/inventory/stock-movements',
  'gift-cards': '/gift-cards',
  vendors: '/vendors',
  journal: '/finance/journal',
  'audit-logs': '/admin/audit-logs',
};

export const EXPORT_LISTS = Object.keys(LISTS);
