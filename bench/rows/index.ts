import type { Row } from '../row';
import { backupAndRestore } from './backup';
import { checkoutWithBenefits } from './benefits';
import { basketCampaigns } from './campaigns';
import { executor } from './executor';
import { importCsv } from './import';
import { orderDetails, productList, productSearch, productsGraphql } from './lists';
import { dailyReport, orderList, ordersCsv } from './orders';
import { customerSearch, ordersFiltered } from './million';
import { memory, start } from './process';
import { reports } from './reports';
import { sockets } from './sockets';
import { checkout, ping, scanGraphql, scanRest } from './till';

/** All rows, in the order of docs/PERFORMANCE.md. */
export const ROWS: readonly Row[] = [
  ping,
  scanRest,
  scanGraphql,
  checkout,
  checkoutWithBenefits,
  basketCampaigns,
  productList,
  productsGraphql,
  productSearch,
  orderDetails,
  executor,
  orderList,
  ordersCsv,
  importCsv,
  backupAndRestore,
  dailyReport,
  ordersFiltered,
  customerSearch,
  reports,
  memory,
  start,
  sockets,
];
