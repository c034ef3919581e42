import type { RequestContext } from '#kernel/context';
import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { deleteProductImage, imageUrlOf, imagesOfProducts, uploadProductImage } from './images';

const imagesLoader = (ctx: RequestContext) =>
  loader(ctx, 'catalog.images', (ids) => imagesOfProducts(ctx.db, ids));

async function loadImages(ctx: RequestContext, productId: string) {
  return (await imagesLoader(ctx).load(productId)) ?? [];
}

export const imageResolvers: Resolvers = {
  Mutation: {
    uploadProductImage: (_, { productId, input }, ctx) => uploadProductImage(ctx, productId, input),
    deleteProductImage: (_, { productId, imageId }, ctx) => deleteProductImage(ctx, productId, imageId),
  },
  Product: {
    images: ({ id, hasImages }, _, ctx) => (hasImages ? loadImages(ctx, id) : []),
  },
  ProductImage: {
    url: ({ storageKey }) => imageUrlOf(storageKey, 1600),
    mediumUrl: ({ storageKey }) => imageUrlOf(storageKey, 640),
    smallUrl: ({ storageKey }) => imageUrlOf(storageKey, 160),
    jpegUrl: ({ storageKey }) => imageUrlOf(storageKey, 1600, 'jpg'),
  },
};
