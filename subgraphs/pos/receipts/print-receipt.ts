import { toString as qrToString } from 'qrcode';
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, invalid } from '#kernel/errors';
import { sellingTerms, userNames } from '#subgraphs/auth/index';
import {
  orderById,
  ordersByIds,
  trainingSales,
  type FullOrder,
  type PostedOrder,
} from '#subgraphs/orders/index';
import {
  isCorrection,
  paymentMethods,
  paymentsOfOrders,
  type PaymentMethod,
  type PaymentRow,
} from '#subgraphs/payments/index';
import { receiptLogo, registersByIds } from '#subgraphs/registers/index';
import { receiptLayout, type ReceiptData, type ReceiptLayout } from './receipt-layout';
import type { Raster } from './receipt-escpos';
import { receiptHtml } from './receipt-html';
import { receiptLanguage, receiptTexts, type ReceiptTexts } from './receipt-language';
import type { PaperWidth } from './receipt-lines.rules';
import { receiptText } from './receipt-text';
import type { PrintReceiptInput, ReceiptFormat } from '../inputs.generated';
import { receiptPrints } from '../tables.generated';

const LAST_PRINT = receiptPrints.pick('lastPrintedAt', 'lastPrintedBy');

/** A receipt, ready to be shown or printed. */
export interface PrintedReceipt {
  receiptNumber: string;
  format: ReceiptFormat;
  content: string;
  encoding: 'utf-8' | 'base64';
  /** 1 for the original; every print after the first is marked as a copy. */
  copy: number;
  /** BCP 47. */
  language: string;
  /** In millimetres. */
  paperWidth: PaperWidth;
}

/** The paper of most receipt printers, for sales without a register. */
const DEFAULT_PAPER: PaperWidth = 80;

/** Options of a print; without them the register and the payments decide. */
export type PrintOptions = Omit<PrintReceiptInput, 'orderId' | 'format'>;

/**
 * Prints an order's receipt and counts the prints.
 * @throws PosProError 404; 409 ILLEGAL_STATE for an order that has no receipt yet; 422 for another width of paper.
 */
export async function printReceipt(
  ctx: RequestContext,
  orderId: string,
  format: ReceiptFormat,
  options: PrintOptions = {},
): Promise<PrintedReceipt> {
  const { paperWidth } = options;
  if (paperWidth != null && !isPaperWidth(paperWidth))
    throw invalid('paperWidth', 'paperWidth must be 58 or 80 millimetres.');
  const { order, payments } = await orderToPrint(ctx, orderId);
  const receiptNumber = order.receiptNumber;
  if (receiptNumber === null) {
    throw new PosProError(
      'ILLEGAL_STATE',
      `Order ${order.number} is ${order.status} and has no receipt yet.`,
      {
        details: { status: order.status },
      },
    );
  }
  const { methods, registerPaper, ...parts } = await readReceiptParts(ctx, order, payments);
  const paper = paperWidth ?? registerPaper;
  const texts = await receiptTexts(ctx.db, order, parts.terms);
  const { copies: copy, language, lineNames } = await countPrint(ctx, order, texts);
  const data = { ...parts, ...receiptLanguage(order, { language, lineNames, methods }), copy };
  const rendered = await renderReceipt(format, receiptLayout(data), data, {
    methods,
    logo: await receiptLogo(ctx.db),
    paper,
    options,
  });
  return { receiptNumber, format, copy, language, paperWidth: paper, ...rendered };
}

function isPaperWidth(width: number): width is PaperWidth {
  return width === 58 || width === 80;
}

/** An order with its payments; a training sale is stored apart. */
async function orderToPrint(ctx: RequestContext, orderId: string): Promise<PostedOrder> {
  const trainingSale = (await trainingSales(ctx.db, [orderId])).get(orderId.toLowerCase());
  if (trainingSale) return trainingSale;
  const order = await orderById(ctx.db, orderId);
  const payments = (await paymentsOfOrders(ctx.db, [order.id])).get(order.id) ?? [];
  // A copy shows the payments of its receipt.
  return { order, payments: payments.filter((payment) => !isCorrection(payment)) };
}

interface Rendering {
  methods: readonly PaymentMethod[];
  logo: Buffer | null;
  paper: PaperWidth;
  options: PrintOptions;
}

async function renderReceipt(
  format: ReceiptFormat,
  layout: ReceiptLayout,
  { order, payments, copy }: ReceiptData,
  { methods, logo, paper, options }: Rendering,
): Promise<Pick<PrintedReceipt, 'content' | 'encoding'>> {
  const number = order.receiptNumber ?? order.number;
  // The writers of PDF and ESC/POS bring fonts and shaping along, so each is loaded with the first receipt of its format.
  if (format === 'text') return { content: await receiptText(layout, paper), encoding: 'utf-8' };
  if (format === 'html') {
    const qrSvg = await qrToString(layout.code, { type: 'svg', errorCorrectionLevel: 'M' });
    return {
      content: receiptHtml(layout, {
        number,
        qrSvg: qrSvg.trim(),
        paper,
        logo: logo && `data:image/png;base64,${logo.toString('base64')}`,
      }),
      encoding: 'utf-8',
    };
  }
  if (format === 'pdf') {
    const { receiptPdf } = await import('#subgraphs/pos/receipts/receipt-pdf');
    const document = await receiptPdf(layout, { number, createdAt: order.createdAt, logo, paper });
    return { content: document.toString('base64'), encoding: 'base64' };
  }
  const { receiptEscPos } = await import('#subgraphs/pos/receipts/receipt-escpos');
  const bytes = await receiptEscPos(layout, {
    openDrawer: opensDrawer({ order, payments, copy }, methods, options.openDrawer),
    cut: options.cut ?? 'partial',
    logo: logo && (await rasterOf(logo)),
    paper,
  });
  return { content: Buffer.from(bytes).toString('base64'), encoding: 'base64' };
}

/** Whether a print opens the drawer: as the caller chose, or else for payments whose method opens it. */
function opensDrawer(
  { order, payments, copy }: Pick<ReceiptData, 'order' | 'payments' | 'copy'>,
  methods: readonly PaymentMethod[],
  choice: boolean | null | undefined,
): boolean {
  // No money changes hands when a copy is printed, and none in training.
  if (copy > 1 || order.training) return false;
  if (choice != null) return choice;
  const opening = methods.filter((method) => method.opensDrawer).map(({ method }) => method as string);
  return payments.some(({ method }) => opening.includes(method));
}

/** The image as dots; a printer needs a width that is a multiple of 8. */
async function rasterOf(logo: Buffer): Promise<Raster> {
  const eight = (length: number) => Math.max(8, Math.floor(length / 8) * 8);
  const { default: sharp } = await import('sharp');
  const { width, height } = await sharp(logo).metadata();
  const [rasterWidth, rasterHeight] = [eight(width), eight(height)];
  const image = sharp(logo)
    .resize(rasterWidth, rasterHeight, { fit: 'fill' })
    .toColourspace('srgb')
    .ensureAlpha();
  return {
    data: new Uint8ClampedArray(await image.raw().toBuffer()),
    width: rasterWidth,
    height: rasterHeight,
  };
}

/** The parts of a receipt that do not depend on its language. */
type ReceiptParts = Omit<ReceiptData, 'copy' | 'methodNames' | 'lineNames' | 'writer'>;

async function readReceiptParts(
  ctx: RequestContext,
  order: FullOrder,
  payments: readonly PaymentRow[],
): Promise<ReceiptParts & { methods: PaymentMethod[]; registerPaper: PaperWidth }> {
  const [terms, names, registers, originals, methods] = await Promise.all([
    sellingTerms(ctx.db, order.branchId),
    order.cashierId ? userNames(ctx, [order.cashierId]) : new Map<string, string>(),
    order.registerId ? registersByIds(ctx.db, [order.registerId]) : [],
    order.originalOrderId ? ordersByIds(ctx.db, [order.originalOrderId]) : [],
    paymentMethods(ctx.db),
  ]);
  const [register] = registers.values();
  return {
    order,
    terms,
    payments,
    cashierName: names.get(order.cashierId ?? '') ?? null,
    registerName: register?.name ?? null,
    registerPaper: register?.paperWidth ?? DEFAULT_PAPER,
    originalReceipt: originals[0]?.receiptNumber ?? null,
    methods,
  };
}

/** Counts a print. @returns the texts of the first print, whatever they would be now. */
async function countPrint(
  ctx: RequestContext,
  order: FullOrder,
  { language, lineNames }: ReceiptTexts,
): Promise<ReceiptTexts & { copies: number }> {
  return transact(ctx, async (tx) => {
    const print = { organizationId: tx.organizationId, orderId: order.id, language, lineNames };
    return tx.one<ReceiptTexts & { copies: number }>(sql`
      ${receiptPrints.insert({ ...print, copies: 1, lastPrintedAt: tx.now, lastPrintedBy: userOf(ctx) })}
      on conflict (organization_id, order_id) do update set copies = receipt_prints.copies + 1, ${LAST_PRINT.excluded}
      returning copies, language, line_names`);
  });
}
