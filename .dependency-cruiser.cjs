/**
 * The import rules (docs/ARCHITECTURE.md). The order of the domains is the order in which they may know each other:
 * a domain imports only from those before it, and only their index.ts. What must flow backwards is an event.
 */
const DOMAINS = require('./subgraphs/domains.json').map(({ name }) => name);

const domainRules = DOMAINS.map((domain, index) => {
  const later = DOMAINS.slice(index + 1).join('|');
  return {
    name: `order-${domain}`,
    severity: 'error',
    comment: `${domain} stands before these and must not know them; let it emit an event.`,
    from: { path: `^subgraphs/${domain}/` },
    to: { path: `^subgraphs/(${later || '^$'})/` },
  };
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'kernel-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^kernel/' },
      to: { path: '^(gateway|subgraphs|sofa|demo|tools|test|bench)/' },
    },
    {
      name: 'domains-by-their-index',
      severity: 'error',
      from: { path: '^subgraphs/([^/]+)/' },
      to: { path: '^subgraphs/[^/]+/', pathNot: ['^subgraphs/$1/', '^subgraphs/[^/]+/index\\.ts$'] },
    },
    {
      name: 'domains-know-only-the-kernel-below-them',
      severity: 'error',
      from: { path: '^subgraphs/[^/]+/' },
      to: { path: '^(gateway|sofa|demo|tools|test|bench)/' },
    },
    {
      name: 'subgraph-only-by-the-list',
      severity: 'error',
      from: { pathNot: ['^subgraphs/list\\.ts$', '^test/'] },
      to: { path: '^subgraphs/[^/]+/subgraph\\.ts$' },
    },
    {
      name: 'gateway-knows-the-list-only',
      severity: 'error',
      from: { path: '^gateway/' },
      to: { path: '^subgraphs/', pathNot: '^subgraphs/list\\.ts$' },
    },
    {
      name: 'sofa-gets-its-executor',
      severity: 'error',
      from: { path: '^sofa/' },
      to: { path: '^(gateway|subgraphs|demo|tools)/', pathNot: '^subgraphs/(domains|event-types)\\.json$' },
    },
    {
      name: 'web-imports-nothing-of-the-server',
      severity: 'error',
      comment:
        'Pages know the server by its graph alone, as any front end does. The till prices labels without a connection, by pure rules of the catalogue that a second author would get wrong.',
      from: { path: '^web/' },
      to: {
        path: '^(kernel|gateway|subgraphs|sofa|prisma|demo|tools|test|bench)/',
        pathNot: '^(kernel/(decimal|money)\\.ts|subgraphs/catalog/(barcodes|selling)/[^/]+\\.rules\\.ts)$',
      },
    },
    {
      name: 'pages-know-only-what-they-share',
      severity: 'error',
      from: { path: '^web/([^/]+)/' },
      to: { path: '^web/', pathNot: '^web/($1|shared)/' },
    },
    {
      name: 'nothing-imports-web',
      severity: 'error',
      comment: 'The server serves the built files.',
      from: { pathNot: '^(web|test)/' },
      to: { path: '^web/' },
    },
    {
      name: 'clients-import-nothing-of-ours',
      severity: 'error',
      comment:
        'A client is a package of its own, and knows the server by its OpenAPI document and its graph.',
      from: { path: '^clients/' },
      to: { path: '^(kernel|gateway|subgraphs|sofa|prisma|demo|tools|test|bench|web)/' },
    },
    {
      name: 'nothing-imports-clients',
      severity: 'error',
      from: { pathNot: '^(clients|test)/' },
      to: { path: '^clients/' },
    },
    {
      name: 'rules-are-pure',
      severity: 'error',
      comment: 'A *.rules.ts file computes from its arguments alone: no database, no context, no clock.',
      from: { path: '^(kernel|subgraphs)/.*\\.rules\\.ts$' },
      to: {
        path: [
          '^kernel/(db|storage|events|mail|audit)/',
          '^kernel/(context|clock|config|log)\\.ts$',
          '^subgraphs/',
        ],
        // Which fields Prisma reads otherwise is a table of names; a data file is a constant.
        pathNot: [
          '\\.rules\\.ts$',
          '\\.json$',
          '^subgraphs/[^/]+/index\\.ts$',
          '^kernel/db/prisma-models\\.generated\\.ts$',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      severity: 'error',
      from: { path: '^(kernel|gateway|subgraphs|sofa)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/' },
    },
    {
      name: 'no-unlisted',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      // That package is types alone: there is nothing to resolve at run time.
      to: { couldNotResolve: true, pathNot: '^@graphql-typed-document-node/core$' },
    },
    ...domainRules,
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(node_modules|prisma/client|^clients/[^/]+/dist/)' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'default', 'types'],
    },
  },
};
