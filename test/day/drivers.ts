/**
 * Two ways to run a shop's day from outside: over REST as an ERP or a legacy till does, and over GraphQL as a new one does.
 * The test that replays the day knows only this interface, so both must end in the same figures.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'csv-stringify/sync';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import type { TestPlatform } from '../harness/platform';
import {
  CloseTillDocument,
  ImportCatalogueDocument,
  OpenTillDocument,
  SellDocument,
  TakeBackDocument,
  WriteOffDocument,
} from './documents.generated';
import type { CatalogueItem, Invoice } from './retail-day';

export interface ZFigures {
  salesCount: number;
  grossSales: string;
  refunds: string;
  netSales: string;
  expectedCash: string;
  difference?: string | null;
}

export interface DayDriver {
  importCatalogue(items: readonly CatalogueItem[]): Promise<{ created: number; failed: number }>;
  open(registerId: string): Promise<void>;
  sell(invoice: Invoice, tender: 'cash' | 'card', total: string): Promise<{ total: string }>;
  takeBack(invoice: Invoice, tender: 'cash' | 'card', total: string): Promise<{ total: string }>;
  writeOff(code: string, quantity: string): Promise<void>;
  close(countedCash: string): Promise<ZFigures>;
}

function catalogueCsv(items: readonly CatalogueItem[]): string {
  const rows = items.map((item) => ({
    sku: item.code,
    name: item.name,
    price: item.price.toFixed(),
    tax_class: 'standard',
    track_stock: item.service ? 'false' : 'true',
    initial_stock: item.service ? '' : item.initialStock.toFixed(),
  }));
  return stringify(rows, { header: true });
}

function basket(invoice: Invoice): { sku: string; quantity: string; unitPrice: string }[] {
  return invoice.lines.map((line) => ({
    sku: line.code,
    quantity: line.quantity.abs().toFixed(),
    unitPrice: line.price.toFixed(),
  }));
}

const tenders = (method: 'cash' | 'card', amount: string) =>
  Number(amount) === 0 ? [] : [{ method, amount }];

interface ImportJob {
  readonly id: string;
  readonly status: string;
  readonly created: number;
  readonly failed: number;
}

export class RestDriver implements DayDriver {
  constructor(
    private readonly platform: TestPlatform,
    private readonly token: string,
  ) {}

  private async post<Answer>(
    path: string,
    body: unknown,
    status: number,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await this.platform.rest('POST', path, { token: this.token, body, headers });
    if (answer.status !== status)
      throw new Error(`${path} answered ${answer.status}: ${answer.text.slice(0, 2000)}`);
    return answer.body;
  }

  async importCatalogue(items: readonly CatalogueItem[]): Promise<{ created: number; failed: number }> {
    const headers = { 'content-type': 'text/csv' };
    let job: ImportJob = await this.post('/api/v1/products/bulk-create', catalogueCsv(items), 202, headers);
    while (job.status === 'running') {
      await sleep(50);
      job = (await this.platform.rest('GET', `/api/v1/product-imports/${job.id}`, { token: this.token }))
        .body;
    }
    return job;
  }

  async open(registerId: string): Promise<void> {
    await this.post('/api/v1/pos/register/open', { register_id: registerId, opening_float: '100.00' }, 201);
  }

  async sell(invoice: Invoice, tender: 'cash' | 'card', total: string): Promise<{ total: string }> {
    const items = basket(invoice).map(({ sku, quantity, unitPrice }) => ({
      sku,
      quantity,
      unit_price: unitPrice,
    }));
    return this.post(
      '/api/v1/pos/checkout',
      { items, payments: tenders(tender, total), note: invoice.number },
      201,
    );
  }

  async takeBack(invoice: Invoice, tender: 'cash' | 'card', total: string): Promise<{ total: string }> {
    const items = basket(invoice).map(({ sku, quantity, unitPrice }) => ({
      sku,
      quantity,
      unit_price: unitPrice,
    }));
    return this.post(
      '/api/v1/pos/returns',
      { items, payments: tenders(tender, total), reason: invoice.number },
      201,
    );
  }

  async writeOff(code: string, quantity: string): Promise<void> {
    await this.post('/api/v1/pos/stock/adjustment', { sku: code, quantity, reason: 'correction' }, 201);
  }

  async close(countedCash: string): Promise<ZFigures> {
    const z = await this.post<Record<string, never>>(
      '/api/v1/pos/register/close',
      { counted_cash: countedCash },
      200,
    );
    return {
      salesCount: z.sales_count!,
      grossSales: z.gross_sales!,
      refunds: z.refunds!,
      netSales: z.net_sales!,
      expectedCash: z.expected_cash!,
      difference: z.difference!,
    };
  }
}

export class GraphqlDriver implements DayDriver {
  constructor(
    private readonly platform: TestPlatform,
    private readonly token: string,
  ) {}

  private async run<Answer, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<{ answer: Answer }, Variables>,
    variables: Variables,
  ): Promise<Answer> {
    const answer = await this.platform.graphql<{ answer: Answer } | null>(
      print(document),
      variables,
      this.token,
    );
    if (answer.errors) throw new Error(JSON.stringify(answer.errors).slice(0, 2000));
    return answer.data!.answer;
  }

  importCatalogue(items: readonly CatalogueItem[]): Promise<{ created: number; failed: number }> {
    const products = items.map((item) => ({
      sku: item.code,
      name: item.name,
      price: item.price.toFixed(),
      taxClass: 'standard',
      trackStock: !item.service,
      ...(item.service ? {} : { initialStock: [{ quantity: item.initialStock.toFixed() }] }),
    }));
    return this.run(ImportCatalogueDocument, { input: { items: products } });
  }

  async open(registerId: string): Promise<void> {
    await this.run(OpenTillDocument, { input: { registerId, openingFloat: '100.00' } });
  }

  sell(invoice: Invoice, tender: 'cash' | 'card', total: string): Promise<{ total: string }> {
    const payments = tenders(tender, total);
    return this.run(SellDocument, { input: { items: basket(invoice), payments, note: invoice.number } });
  }

  takeBack(invoice: Invoice, tender: 'cash' | 'card', total: string): Promise<{ total: string }> {
    const payments = tenders(tender, total);
    return this.run(TakeBackDocument, {
      input: { items: basket(invoice), payments, reason: invoice.number },
    });
  }

  async writeOff(code: string, quantity: string): Promise<void> {
    await this.run(WriteOffDocument, { input: { sku: code, quantity, reason: 'correction' } });
  }

  close(countedCash: string): Promise<ZFigures> {
    return this.run(CloseTillDocument, { input: { countedCash } });
  }
}
