/** Pictures of the pages, for people who want to look at them. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

/** The folder of the pictures. Without SCREENSHOTS it is beside the other results of a test run. */
const FOLDER = process.env.SCREENSHOTS ?? path.resolve(__dirname, '../../coverage/pictures');

/** Keeps a picture of what the window shows. @param name without ending. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`) });
}
