/**
 * REST compatibility: `/api/v1`, its OpenAPI document and documentation pages, all derived from the schema at
 * start-up.
 */
import type { FastifyInstance } from 'fastify';
import { postmanCollection } from './collection/postman';
import { buildAsyncApi, hasSubscriptions, type AsyncApiDocument } from './asyncapi/document';
import { createEngine, type EngineOptions } from './sofa-handlers';
import { mountRoutes, type MountOptions } from './mount';
import { buildOpenApi, type OpenApiDocument } from './openapi/document';
import { mountPages, type PageOptions } from './pages/mount';

export { type Problem } from '#kernel/problem-details';
export type { AsyncApiDocument } from './asyncapi/document';
export type { OpenApiDocument } from './openapi/document';
export type { RestRoute } from './routes';

export interface RestOptions extends EngineOptions, MountOptions {
  readonly pages?: PageOptions;
}

/**
 * Mounts the REST layer in a web server: the routes below `/api/v1`, `/openapi.json`, `/asyncapi.json`, `/postman.json`, `/docs`, `/redoc` and `/`.
 * @throws Error at start-up for a directive or type that REST cannot serve; the message names its place.
 */
export async function mountRest(app: FastifyInstance, options: RestOptions): Promise<void> {
  const engine = await createEngine(options);
  await mountRoutes(app, engine, options);
  const documents = {
    '/openapi.json': () => JSON.stringify(buildOpenApi(engine)),
    '/postman.json': () => JSON.stringify(postmanCollection(buildOpenApi(engine))),
    ...(hasSubscriptions(engine) && { '/asyncapi.json': () => JSON.stringify(buildAsyncApi(engine)) }),
  };
  mountPages(app, documents, options.pages);
}

export interface ApiDocuments {
  readonly openApi: OpenApiDocument;
  /** Undefined for a graph without subscriptions. */
  readonly asyncApi: AsyncApiDocument | undefined;
}

/** The documents of a supergraph; the same input gives the same texts. */
export async function apiDocuments(options: EngineOptions): Promise<ApiDocuments> {
  const engine = await createEngine(options);
  const asyncApi = hasSubscriptions(engine) ? buildAsyncApi(engine) : undefined;
  return { openApi: buildOpenApi(engine), asyncApi };
}
