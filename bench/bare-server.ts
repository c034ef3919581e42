/**
 * The bare twin of PosPro: node:http and pg, the same tables and the same answers in the fewest statements, without sign-in, limits,
 * log, row-level security or validation. What PosPro adds to it is the price of those.
 */
import './probe';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool } from 'pg';
import { WebSocketServer } from 'ws';
import { checkout } from './bare/checkout';
import { checkoutWithBenefits } from './bare/benefits';
import { dailyReport, orderDetails, orderList, ordersCsv } from './bare/orders';
import { importProducts } from './bare/import';
import { customerSearch, ordersFiltered } from './bare/million';
import { productList, productSearch, productsWithStock, scan, similarProducts } from './bare/products';
import { reportScan } from './bare/reports';
import { readBareShop, type BareHandler } from './bare/shop';

const HANDLERS: Readonly<Record<string, BareHandler>> = {
  '/ping': () => Promise.resolve({ message: 'pong', time: new Date() }),
  '/scan': scan,
  '/products': productList,
  '/products-stock': productsWithStock,
  '/search': productSearch,
  '/search-similar': similarProducts,
  '/checkout': checkout,
  '/checkout-benefits': checkoutWithBenefits,
  '/order': orderDetails,
  '/orders': orderList,
  '/orders-filtered': ordersFiltered,
  '/orders.csv': ordersCsv,
  '/customers': customerSearch,
  '/daily': dailyReport,
  '/report-scan': reportScan,
  '/import': importProducts,
};

async function main(): Promise<void> {
  const pool = new Pool({
    connectionString: process.env.DATABASE_URL!,
    max: Number(process.env.DATABASE_POOL_SIZE),
  });
  const shop = await readBareShop(pool);
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url!, 'http://bare');
    const result = await HANDLERS[url.pathname]!({
      shop,
      parameters: url.searchParams,
      body: await bodyOf(request),
    });
    const isText = typeof result === 'string';
    const bytes = Buffer.from(isText ? result : JSON.stringify(result));
    response.writeHead(200, {
      'content-type': isText ? 'text/csv' : 'application/json',
      'content-length': bytes.length,
    });
    response.end(bytes);
    if (url.pathname === '/checkout')
      for (const client of sockets.clients) client.send(bytes, { binary: false });
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  server.listen(Number(process.env.PORT), process.env.HOST);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  if (request.method === 'GET') return '';
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

void main();
