/** A person at the till, in a browser: signs in, scans, and finds things by the names that a screen reader says. */
import type { CDPSession, Page } from 'playwright-core';
import { eventually } from '#test/harness/patience';

/** Milliseconds between two keys of the scanner. */
const KEY_MS = 8;

export interface TillPerson {
  readonly page: Page;
  /** Presses a button, by its whole name. */
  press(name: string): Promise<void>;
  /** Fills a field, by the beginning of its label. */
  fill(label: string, value: string): Promise<void>;
  /** Opens a screen by its tab. */
  open(screen: string): Promise<void>;
  /** Waits until an element with this test id has this text, in any spelling of its blanks. */
  sees(testId: string, text: string): Promise<void>;
  /** Waits until a field, named by the beginning of its label, has this value. */
  holds(label: string, value: string): Promise<void>;
  /** Types a code as a scanner does: as a keyboard, fast, and with Enter at its end. */
  scan(code: string): Promise<void>;
}

/** @param waitMs the patience with each step. */
export async function atTill(page: Page, waitMs: number): Promise<TillPerson> {
  page.setDefaultTimeout(waitMs);
  const keyboard = await page.context().newCDPSession(page);
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const field = (label: string) =>
    page.getByLabel(new RegExp(`^${escaped(label)}`)).and(page.locator('input'));
  return {
    page,
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
    fill: (label, value) => field(label).fill(value),
    open: (screen) =>
      page
        .getByRole('navigation')
        .getByRole('button', { name: new RegExp(`^${screen}`) })
        .click(),
    sees: (testId, text) =>
      page
        .getByTestId(testId)
        .filter({ hasText: new RegExp(`^\\s*${escaped(text)}\\s*$`) })
        .waitFor(),
    holds: async (label, value) => {
      await field(label).waitFor();
      await eventually(
        async () => (await field(label).inputValue()) === value,
        () => `${label} does not hold "${value}"`,
      );
    },
    scan: (code) => scan(keyboard, code),
  };
}

/** The time of each key is part of the event, so that a busy machine does not slow the scanner down. */
async function scan(keyboard: CDPSession, code: string): Promise<void> {
  const keys = [...code, 'Enter'];
  const start = Date.now() / 1000 - (keys.length * KEY_MS) / 1000;
  for (const [index, key] of keys.entries()) {
    const timestamp = start + (index * KEY_MS) / 1000;
    const text = key === 'Enter' ? '\r' : key;
    const code = key === 'Enter' ? { windowsVirtualKeyCode: 13, code: 'Enter' } : {};
    await keyboard.send('Input.dispatchKeyEvent', { type: 'keyDown', key, text, timestamp, ...code });
    await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', key, timestamp });
  }
}
