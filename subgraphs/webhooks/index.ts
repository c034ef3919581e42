/** Functions of webhooks for other code: the demo shop has a webhook, and a restore moves the positions of all. */
export { insertEndpoint } from './endpoints';
export { moveRestoredPositions } from './restored-positions';
