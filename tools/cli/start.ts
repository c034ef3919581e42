/** `pospro start` and `pospro demo`: the server itself, in this process. */

/** Starts the platform with the settings of the environment. */
export async function start(): Promise<void> {
  await import('#gateway/main');
}

/** Starts it with the demo shop, also in an empty database of DATABASE_URL. */
export async function startDemo(): Promise<void> {
  process.env.DEMO = 'true';
  await start();
}
