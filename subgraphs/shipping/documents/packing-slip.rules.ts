/** The packing slip of a shipment as a table. */
import { businessDay } from '#kernel/business-day.rules';
import { formatDecimal, type Decimal } from '#kernel/decimal';
import { formatMoney, formatUnitPrice, roundMoney } from '#kernel/money';
import type { PdfColumn, TableDocument } from '#kernel/typesetting/table-pdf';
import type { FullOrder, OrderLineRow, TrackedShipment } from '#subgraphs/orders/index';

/** A line of the order with its quantity in the shipment. */
export interface PackedLine {
  readonly line: OrderLineRow;
  readonly quantity: Decimal;
}

/** The content of a packing slip. */
export interface PackingSlip {
  readonly organizationName: string;
  readonly timeZone: string;
  readonly order: FullOrder;
  /** Null if the order names no customer. */
  readonly customerName: string | null;
  readonly shipment: TrackedShipment;
  readonly lines: readonly PackedLine[];
  readonly prices: boolean;
}

const GOODS: readonly PdfColumn[] = [
  { title: 'SKU', width: 0.22, align: 'start' },
  { title: 'Product', width: 0.44, align: 'start' },
  { title: 'Ordered', width: 0.12, align: 'end' },
  { title: 'Shipped', width: 0.12, align: 'end' },
  { title: 'Unit', width: 0.1, align: 'start' },
];

const priced = (currency: string): readonly PdfColumn[] => [
  { title: 'SKU', width: 0.19, align: 'start' },
  { title: 'Product', width: 0.29, align: 'start' },
  { title: 'Ordered', width: 0.1, align: 'end' },
  { title: 'Shipped', width: 0.1, align: 'end' },
  { title: 'Unit', width: 0.08, align: 'start' },
  { title: 'Price', width: 0.1, align: 'end' },
  { title: `Value (${currency})`, width: 0.14, align: 'end' },
];

/** The same for the same shipment. Cancelled quantities do not count as ordered. */
export function packingSlipTable(slip: PackingSlip): TableDocument {
  const { organizationName, order, shipment, lines, prices } = slip;
  const { currency } = order;
  return {
    title: `Packing slip ${order.number}`,
    sender: organizationName,
    barcode: order.number,
    lines: headings(slip),
    columns: prices ? priced(currency) : GOODS,
    rows: lines.map(({ line, quantity }) => {
      const { sku, name, unit, unitPrice } = line;
      const ordered = line.quantity.minus(line.cancelledQuantity);
      const value = formatMoney(roundMoney(unitPrice.times(quantity), currency), currency);
      return {
        cells: [
          ...[sku, name, formatDecimal(ordered), formatDecimal(quantity), unit],
          ...(prices ? [formatUnitPrice(unitPrice, currency), value] : []),
        ],
      };
    }),
    createdAt: shipment.shippedAt,
  };
}

function headings({ order, customerName, shipment, timeZone }: PackingSlip): string[] {
  const { shippingAddress: address } = order;
  const place = address && [address.postalCode, address.city, address.region].filter(Boolean).join(' ');
  const recipient = [
    ...[address?.recipient ?? customerName, address?.line1, address?.line2],
    ...[place, address?.country],
  ];
  const carrier = [shipment.carrier, shipment.trackingNumber].filter(Boolean).join(' ');
  return [
    ...recipient.filter((text): text is string => Boolean(text)),
    `Ordered ${businessDay(order.createdAt, timeZone)}, shipped ${businessDay(shipment.shippedAt, timeZone)}`,
    ...(carrier === '' ? [] : [carrier]),
  ];
}
