/** The catalogue in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { IMPORT_SCHEMA } from '#kernel/import/import-report';
import { stopImports } from '#kernel/import/start-import';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { barcodeResolvers } from './barcodes/resolvers';
import { brandResolvers } from './brands/resolvers';
import { categoryResolvers } from './categories/resolvers';
import { startImageSweep } from './images/orphaned-images.worker';
import { imageResolvers } from './images/resolvers';
import { importResolvers } from './import/resolvers';
import { priceResolvers } from './prices/resolvers';
import type { InitialStock } from './products/initial-stock';
import { productResolvers } from './products/resolvers';
import { CATALOG_RETENTION } from './retention';
import { taxClassResolvers } from './tax-classes/resolvers';

/** @param later.initialStock posts the stock that new products start with. */
export const subgraph = ({ initialStock }: { initialStock: InitialStock }) =>
  defineSubgraph(__dirname, {
    retention: CATALOG_RETENTION,
    sharedTypes: [IMPORT_SCHEMA],
    resolvers: mergeResolvers([
      productResolvers(initialStock),
      categoryResolvers,
      brandResolvers,
      taxClassResolvers,
      barcodeResolvers,
      priceResolvers,
      importResolvers(initialStock),
      imageResolvers,
    ]),
    start: (services) => {
      const stopSweep = startImageSweep(services);
      return Promise.resolve(async () => {
        await Promise.all([stopImports(), stopSweep()]);
      });
    },
  });
