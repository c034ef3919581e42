/** Functions of webhooks for other code: the demo shop has a webhook. */
export { insertEndpoint } from './endpoints';
