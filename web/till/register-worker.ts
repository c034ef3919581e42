/**
 * Registers the service worker, with which the page starts without a connection. Browsers allow it on https:// and on localhost. A failure
 * is shown by the browser's console: the till still works, but does not start offline.
 */
export function registerWorker(): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  void workers?.register('/till/sw.js', { scope: '/till' });
}
