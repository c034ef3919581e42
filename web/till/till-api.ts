/** The operations of the till over urql, with one kind of error for an answer and another for none. */
import type { AnyVariables, Client, CombinedError, TypedDocumentNode } from '@urql/core';
import { GraphError } from '../shared/request';
import type { Connection } from './connection';
import type { Item } from './core/basket';
import type { CatalogueItem, ReadCatalogue } from './core/catalogue';
import type { SaleResult, SendSales } from './core/offline-queue';
import {
  CataloguePageDocument,
  SendOfflineSalesDocument,
  type CataloguePageQuery,
  type OfflineSaleInput,
  type SendOfflineSalesMutation,
} from './operations.generated';

/** The server did not answer: the till goes on without it. */
export class Unreachable extends Error {
  constructor() {
    super('The server cannot be reached.');
    this.name = 'Unreachable';
  }
}

/** Something that a till cannot do alone. */
export class ConnectionNeeded extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConnectionNeeded';
  }
}

/** Codes of a server, or of a proxy before it, that cannot work at the moment. */
const AWAY: ReadonlySet<string> = new Set(['UNAVAILABLE', 'TIMEOUT']);
/** Products on a page of the catalogue. */
const PAGE_SIZE = 200;

export class TillApi {
  constructor(
    private readonly graph: Client,
    private readonly connection: Connection,
  ) {}

  /**
   * Reads something, always from the server: prices and stock of a moment ago are wrong.
   * @throws Unreachable; GraphError for an answer with errors.
   */
  async query<Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const context = { requestPolicy: 'network-only' } as const;
    return this.#dataOf(await this.graph.query(document, variables, context).toPromise());
  }

  /** Changes something. @throws Unreachable: the change may have happened or not; GraphError for an answer with errors. */
  async mutate<Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    return this.#dataOf(await this.graph.mutation(document, variables).toPromise());
  }

  #dataOf<Data>({ data, error }: { data?: Data | undefined; error?: CombinedError | undefined }): Data {
    const failure = error && toError(error);
    if (failure instanceof Unreachable) this.connection.lost();
    else this.connection.reached();
    if (failure) throw failure;
    if (data === undefined) throw new GraphError('The answer is empty.', 'INTERNAL');
    return data;
  }

  /** Reads a page of the catalogue. */
  readonly readCatalogue: ReadCatalogue = async (updatedSince, cursor) => {
    const { products } = await this.query(CataloguePageDocument, { updatedSince, cursor, size: PAGE_SIZE });
    return { items: products.items.flatMap(itemsOf), next: products.nextCursor ?? null };
  };

  /** Sends offline sales. */
  readonly sendSales: SendSales = async (sales) => {
    // Lists of the generated types may change; these do not.
    const input = { sales: sales as OfflineSaleInput[] };
    return (await this.mutate(SendOfflineSalesDocument, { input })).bookOfflineSales.results.map(toResult);
  };
}

function toError({ networkError, graphQLErrors }: CombinedError): Unreachable | GraphError {
  const [first] = graphQLErrors;
  if (networkError || !first) return new Unreachable();
  const code = typeof first.extensions.code === 'string' ? first.extensions.code : 'INTERNAL';
  return AWAY.has(code) ? new Unreachable() : new GraphError(first.message, code);
}

type CopiedProduct = CataloguePageQuery['products']['items'][number];

/** The items of a product: its variants. */
function itemsOf(product: CopiedProduct): CatalogueItem[] {
  return product.variants.map((variant) => ({
    ...toItem(product, variant),
    barcodes: variant.barcodes,
    active: product.active && variant.active,
  }));
}

/** The fields of a product that its items share. */
export type ItemProduct = Pick<
  CopiedProduct,
  'name' | 'unit' | 'quantityPlaces' | 'taxRate' | 'minimumAge' | 'giftCardPurpose'
>;
/** The fields of a variant that make an item. */
export type ItemVariant = Pick<CopiedProduct['variants'][number], 'id' | 'sku' | 'name' | 'price'>;

/** A variant of a product as an item of a basket. */
export function toItem(product: ItemProduct, variant: ItemVariant): Item {
  const { unit, quantityPlaces, taxRate, minimumAge, giftCardPurpose } = product;
  return {
    variantId: variant.id,
    sku: variant.sku,
    name: variant.name ? `${product.name}, ${variant.name}` : product.name,
    ...{ unit, quantityPlaces, taxRate, price: variant.price, minimumAge: minimumAge ?? null },
    giftCard: giftCardPurpose != null,
  };
}

type AnsweredSale = SendOfflineSalesMutation['bookOfflineSales']['results'][number];

function toResult({ clientReference, status, order, error, conflicts }: AnsweredSale): SaleResult {
  const fields = error?.errors.map(({ field, message }) => (field ? `${field}: ${message}` : message)) ?? [];
  return {
    clientReference: clientReference ?? null,
    status,
    orderNumber: order?.number ?? null,
    conflicts: conflicts.map(({ code, message, sold, present, difference }) => ({
      ...{ code, message, sold: sold ?? null, present: present ?? null, difference: difference ?? null },
    })),
    error: error ? [error.message, ...fields].join(' ') : null,
  };
}
