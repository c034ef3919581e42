/** The rows of the tables by channel and by branch. */

/** Channels of the table, in its order. */
const TABLE_CHANNELS = ['pos', 'web', 'phone', 'marketplace'] as const;
export type TableChannel = (typeof TABLE_CHANNELS)[number];

/** The sales of a channel; the server answers null where there are none. */
interface ChannelTotal {
  readonly salesCount?: number | null;
  readonly netSales: string;
}

export interface ChannelRow {
  readonly channel: TableChannel;
  readonly salesCount: number;
  readonly netSales: string;
}

/** The channels with sales. Pure. @param data undefined until the answer is there. */
export function channelRows(
  data: Readonly<Record<TableChannel, { readonly total: ChannelTotal }>> | undefined,
): ChannelRow[] {
  return TABLE_CHANNELS.flatMap((channel) => {
    const { salesCount, netSales } = data?.[channel].total ?? { salesCount: 0, netSales: '0' };
    return salesCount ? [{ channel, salesCount, netSales }] : [];
  });
}

/** Rows with the highest net sales first; of equals, the order stays. Pure. */
export function strongestFirst<Row extends { readonly netSales: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => Number(b.netSales) - Number(a.netSales));
}
