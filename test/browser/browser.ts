/** A headless Chromium that looks at the pages as a person's browser would, and writes down everything that is amiss. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { findProgram } from '../docs/programs';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where the browser is, undefined where there is none. @throws Error where there is none and CI is set. */
export const chromiumPath = (): string | undefined =>
  findProgram('chromium', '/usr/bin/chromium', 'chromium-browser', 'google-chrome');

/** Starts the browser, which asks nobody but the page's server: names of other hosts lead nowhere. @param flags more command-line flags. */
export function startBrowser(executablePath: string, flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [...FLAGS, ...flags, '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, breaches of the page's policy, requests that failed or left the host. */
  readonly faults: string[];
}

/** Opens a page of the server at `url`. @param path for example "/docs" */
export async function openPage(browser: Browser, url: string, path: string): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`thrown: ${error.message}`));
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${url}/`) && !/^(data|blob):/.test(asked)) faults.push(`left the host: ${asked}`);
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // The page itself cancels a request whose answer it does not need any more.
    if (reason !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(`${url}${path}`, { waitUntil: 'load' });
  return { page, faults };
}
