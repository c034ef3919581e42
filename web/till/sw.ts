/**
 * The service worker of the till: it keeps the page and its files, so that the page starts without a connection. The page comes from the
 * network first; its files have a hash in their names and never change. Everything else, all answers of the API among it, passes by.
 */
const CACHE = 'pospro-till-1';
const PAGE = '/till';
/** Files of the page that its text does not name. */
const OTHERS = ['/till/manifest.webmanifest', '/till/icon-192.png', '/till/icon-512.png'];
/** A page that is slower than this comes from the cache, in milliseconds. */
const PATIENCE_MS = 3_000;

/** The parts of a service worker's scope that are used; the types of the page do not have them. */
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface WorkerScope {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
}
const worker = self as unknown as WorkerScope;

worker.addEventListener('install', (event) => {
  event.waitUntil(refresh().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(deleteOldCaches().then(() => worker.clients.claim()));
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (pathname === PAGE) event.respondWith(page(event));
  else if (pathname.startsWith('/assets/') || OTHERS.includes(pathname)) event.respondWith(file(request));
});

/** Fetches the page and keeps it with all files that it names: all of them or none. */
async function refresh(): Promise<Response> {
  const response = await fetch(PAGE, { cache: 'no-cache' });
  if (!response.ok) return response;
  const text = await response.clone().text();
  const named = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  const cache = await caches.open(CACHE);
  const kept = await cache.keys();
  const missing = [...named, ...OTHERS].filter(
    (path) => !kept.some(({ url }) => new URL(url).pathname === path),
  );
  await cache.addAll(missing);
  await cache.put(PAGE, response.clone());
  const current = new Set([PAGE, ...named, ...OTHERS]);
  const outdated = kept.filter(({ url }) => !current.has(new URL(url).pathname));
  await Promise.all(outdated.map((request) => cache.delete(request)));
  return response;
}

/** The page from the network, or as it was kept if that fails or takes long. */
async function page(event: FetchEvent): Promise<Response> {
  const kept = await caches.match(PAGE);
  const fresh = refresh();
  event.waitUntil(fresh.catch(() => undefined));
  if (!kept) return fresh;
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  const answered = fresh.then(
    (response) => (response.ok ? response : kept),
    () => kept,
  );
  return Promise.race([answered, late]);
}

/** Answers vary by the origin, which a page names for its scripts and styles and this worker does not: the file is the same. */
async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function deleteOldCaches(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

// A module, so that its names are its own.
export {};
