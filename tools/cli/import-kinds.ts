/** The imports: the request that takes the file, and the list of its jobs. */
export const IMPORTS = {
  products: { method: 'POST', route: '/products/bulk-create', jobs: '/product-imports' },
  'product-changes': { method: 'PUT', route: '/products/bulk-update', jobs: '/product-imports' },
  customers: { method: 'POST', route: '/customers/bulk-create', jobs: '/customer-imports' },
  'customer-changes': { method: 'PUT', route: '/customers/bulk-update', jobs: '/customer-imports' },
} as const;

export const IMPORT_KINDS = Object.keys(IMPORTS);
