/** What others may know of webhooks: the demo shop has one. */
export { insertEndpoint } from './endpoints';
