/**
 * The camera of the till: a fake camera of Chromium shows a code. Chromium has no detector of barcodes on Linux, so that the test gives the page
 * one with the standard's interface, which decodes the picture of the page's own video.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import bwip from 'bwip-js';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import decodeQr from 'qr/decode.js';
import sharp from 'sharp';
import { builtPages } from '#test/harness/built-pages';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { violations } from './axe';
import { chromiumPath, startBrowser } from './browser';
import { picture } from './pictures';
import { atTill, type TillPerson } from './till-page';

const executable = chromiumPath();
const describeInBrowser = executable ? describe : describe.skip;
const WAIT_MS = 30_000;
const [WIDTH, HEIGHT] = [640, 480] as const;
const CODE = '123456789';

/** Writes a film of one picture, a QR code, in the format that Chromium's fake camera plays again and again (YUV4MPEG2). */
async function writeFilm(file: string, text: string): Promise<void> {
  const drawn = await bwip.toBuffer({ bcid: 'qrcode', text, scale: 8, backgroundcolor: 'ffffff' });
  const luma = await sharp(drawn)
    .resize(WIDTH, HEIGHT, { fit: 'contain', background: 'white', kernel: 'nearest' })
    .greyscale()
    .raw()
    .toBuffer();
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(file, Buffer.concat([header, Buffer.from('FRAME\n'), luma, chroma]));
}

/** Decodes a picture that the page has sent. @returns undefined where there is no code in it. */
function decode(pixels: string): string | undefined {
  const data = new Uint8Array(Buffer.from(pixels, 'base64'));
  try {
    return decodeQr({ width: WIDTH, height: HEIGHT, data }, { timeLimit: Infinity });
  } catch {
    // The camera has not started yet, or the picture is blurred: the page looks again.
    return undefined;
  }
}

/** A detector with the interface of the standard. It runs in the page, so that it is a text. */
const DETECTOR = `globalThis.BarcodeDetector = class {
  async detect(video) {
    const canvas = new OffscreenCanvas(${WIDTH}, ${HEIGHT}).getContext('2d');
    canvas.drawImage(video, 0, 0, ${WIDTH}, ${HEIGHT});
    const { data } = canvas.getImageData(0, 0, ${WIDTH}, ${HEIGHT});
    let text = '';
    for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
    const rawValue = await decodePicture(btoa(text));
    return rawValue ? [{ rawValue }] : [];
  }
}`;

describeInBrowser(`in Chromium${executable ? '' : ' (skipped: it is not installed here)'}`, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-camera-'));
  let platform: TestPlatform;
  let browser: Browser;
  beforeAll(async () => {
    const film = path.join(folder, 'code.y4m');
    await Promise.all([builtPages(), writeFilm(film, CODE)]);
    [platform, browser] = await Promise.all([
      startTestPlatform({ demoDays: 1 }),
      startBrowser(executable!, [
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-video-capture=${film}`,
      ]),
    ]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Opens the till in a browser profile of its own, up to the choice of a register. */
  async function open(
    options: BrowserContextOptions,
    prepare: (page: Page) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<TillPerson> {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
    const page = await context.newPage();
    await prepare(page);
    await page.goto(`${platform.url}/till`);
    const till = await atTill(page, WAIT_MS);
    await till.press('cashier@pospro.com');
    await page.getByRole('heading', { name: 'Choose a register' }).waitFor();
    return till;
  }

  it('scans what the camera sees, and lets go of the camera', async () => {
    const till = await open({ permissions: ['camera'] }, async (page) => {
      await page.exposeFunction('decodePicture', decode);
      await page.addInitScript(DETECTOR);
    });
    const { page } = till;
    await till.fill('Float of Register 2', '100');
    await till.press('Open Register 2');
    // The stream of the page, so that its end can be seen.
    await page.evaluate(`void (globalThis.seen = new Promise((resolve) => {
      const { getUserMedia } = MediaDevices.prototype;
      MediaDevices.prototype.getUserMedia = async function (wanted) {
        const stream = await getUserMedia.call(this, wanted);
        resolve(stream);
        return stream;
      };
    }))`);
    await till.press('Camera');
    await page.getByRole('listitem').filter({ hasText: 'House Blend Coffee 1 kg' }).waitFor();
    await expect(page.getByRole('dialog').count()).resolves.toBe(0);
    expect(
      await page.evaluate(`seen.then((stream) => stream.getTracks().map(({ readyState }) => readyState))`),
    ).toEqual(['ended']);
    await till.sees('total', '€12.50');
    await page.context().close();
  }, 90_000);

  it('says on a touch screen why there is no camera, where the browser has no detector', async () => {
    const till = await open({ hasTouch: true, isMobile: true }, (page) =>
      page.addInitScript('delete globalThis.BarcodeDetector'),
    );
    const { page } = till;
    await till.press('Continue at Register 2');
    await page.getByText('This browser cannot read barcodes with a camera.').waitFor();
    await expect(page.getByRole('button', { name: 'Camera' }).count()).resolves.toBe(0);
    await picture(page, 'till-no-camera-phone');
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  }, 90_000);
});
