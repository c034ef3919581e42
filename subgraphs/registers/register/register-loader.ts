import type { RequestContext } from '#kernel/context';
import { loader } from '#kernel/graph/loader';
import { registersByIds } from './registers';

/** Reads registers together with all other registers of the request. */
export const registerLoader = (ctx: RequestContext) =>
  loader(ctx, 'registers.register', (ids) => registersByIds(ctx.db, ids));
