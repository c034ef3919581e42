/**
 * The images of the demo shop: one simple drawing for each department, so that it needs no external files. They
 * contain no letters, since fonts differ from machine to machine.
 */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Services } from '#kernel/context';
import { storageOf } from '#kernel/storage/index';
import { DEPARTMENTS } from './assortment';

/** The size of a product's own image. */
const SIDE = 640;
const STROKE = 'fill="none" stroke-linecap="round" stroke-linejoin="round"';

/** Ground and shapes of each department, on a sheet of 800 by 800. */
const DRAWINGS: Readonly<Record<string, readonly [ground: string, shapes: string]>> = {
  'Fruit and vegetables': [
    '#eaf3e3',
    `<path d="M400 300c-70-60-210-40-210 130 0 130 90 230 150 230 30 0 40-14 60-14s30 14 60 14c60 0 150-100 150-230 0-170-140-190-210-130z" fill="#d2453c"/>
    <path d="M400 300q0-80 40-130" ${STROKE} stroke="#6b4226" stroke-width="20"/><path d="M430 220q50-80 150-60-40 90-150 60z" fill="#5d9c3f"/>`,
  ],
  'Dairy and eggs': [
    '#e6f0f7',
    `<path d="M320 150h160v90l60 110v280q0 30-30 30H290q-30 0-30-30V350l60-110z" fill="#fff"/><rect x="310" y="130" width="180" height="50" rx="14" fill="#3f7fb5"/>
    <rect x="260" y="420" width="280" height="140" fill="#3f7fb5"/><ellipse cx="400" cy="490" rx="44" ry="52" fill="#fff"/>`,
  ],
  Bakery: [
    '#f8efdf',
    `<path d="M180 430c-60-100 40-190 220-190s280 90 220 190v160q0 30-30 30H210q-30 0-30-30z" fill="#c98a45"/>
    <path d="M300 320l60 90m30-90l60 90m30-90l60 90" ${STROKE} stroke="#f3d9ac" stroke-width="22"/>`,
  ],
  'Coffee and tea': [
    '#f4efe6',
    `<path d="M250 180h300l40 60v400q0 40-40 40H250q-40 0-40-40V240z" fill="#5b3a29"/><rect x="270" y="330" width="260" height="180" fill="#f4efe6"/>
    <ellipse cx="400" cy="420" rx="50" ry="70" fill="#5b3a29"/><path d="M400 350q-30 70 0 140" ${STROKE} stroke="#f4efe6" stroke-width="10"/>`,
  ],
  'Soft drinks': [
    '#e4f5f2',
    `<path d="M280 300h240l-30 340q-2 30-30 30H340q-28 0-30-30z" fill="#fff"/><path d="M288 390h224l-22 250q-2 30-30 30H340q-28 0-30-30z" fill="#f0932b"/>
    <path d="M420 520l60-360h70" ${STROKE} stroke="#d2453c" stroke-width="22"/><circle cx="370" cy="470" r="16" fill="#fff"/><circle cx="400" cy="550" r="12" fill="#fff"/>
    <circle cx="360" cy="600" r="14" fill="#fff"/>`,
  ],
  'Beer and wine': [
    '#f3e8ea',
    `<path d="M220 120h70v150q60 40 60 110v270q0 30-30 30H190q-30 0-30-30V380q0-70 60-110z" fill="#3d6b4a"/><rect x="160" y="430" width="190" height="140" fill="#f6e7c8"/>
    <path d="M430 300h210q20 190-80 210v130h60v40H450v-40h60V510q-100-20-80-210z" fill="#fff"/><path d="M434 380h202q2 110-80 122h-42q-82-12-80-122z" fill="#8e2742"/>`,
  ],
  Pantry: [
    '#f7f0e1',
    `<rect x="250" y="240" width="300" height="430" rx="50" fill="#fff"/><path d="M250 380h300v240q0 50-50 50H300q-50 0-50-50z" fill="#e0a63a"/>
    <rect x="270" y="150" width="260" height="90" rx="16" fill="#8a5a2b"/><rect x="300" y="430" width="200" height="140" rx="12" fill="#f7f0e1"/>
    <path d="M400 550v-90m0 30q-30 0-36-30m36 30q30 0 36-30m-36 70q-30 0-36-30m36 30q30 0 36-30" ${STROKE} stroke="#8a5a2b" stroke-width="12"/>`,
  ],
  'Sweets and snacks': [
    '#fbe9ee',
    `<path d="M290 400L150 300v200zM510 400l140-100v200z" fill="#e0567f"/><circle cx="400" cy="400" r="150" fill="#f27f9f"/>
    <path d="M320 310q80 90 0 180m80-220q90 130 0 260m75-215q60 85 0 170" ${STROKE} stroke="#fff" stroke-width="22"/>`,
  ],
  Household: [
    '#e5f1f4',
    `<path d="M330 300h150l60 110v230q0 30-30 30H300q-30 0-30-30V410z" fill="#2f9aa8"/><path d="M340 170h190l30 60H460v70H350z" fill="#f0c23b"/>
    <path d="M600 200h60m-60 40l50 30m-50-110l50-30" ${STROKE} stroke="#2f9aa8" stroke-width="14"/><circle cx="405" cy="520" r="66" fill="#e5f1f4"/>`,
  ],
  'Personal care': [
    '#efeaf6',
    `<rect x="270" y="330" width="260" height="340" rx="50" fill="#8f7cc0"/><rect x="360" y="250" width="80" height="90" fill="#5e4b93"/>
    <path d="M340 250v-70h180v50H440v20z" fill="#5e4b93"/><path d="M400 420q80 100 0 150-80-50 0-150z" fill="#fff"/>`,
  ],
  'Café corner': [
    '#f3e9dd',
    `<path d="M220 350h320v150q0 140-160 140T220 500z" fill="#fff"/><path d="M540 390h40q60 0 60 60t-60 60h-44" ${STROKE} stroke="#fff" stroke-width="34"/>
    <ellipse cx="380" cy="352" rx="160" ry="34" fill="#7a4a2a"/><rect x="180" y="660" width="400" height="28" rx="14" fill="#c9a27c"/>
    <path d="M320 280q-30-40 0-80t0-70m120 150q-30-40 0-80t0-70" ${STROKE} stroke="#c9a27c" stroke-width="18"/>`,
  ],
  'Books and cards': [
    '#e9edf5',
    `<rect x="230" y="160" width="340" height="480" rx="20" fill="#34568b"/><rect x="230" y="160" width="60" height="480" rx="20" fill="#243d66"/>
    <path d="M290 590h280v50H250z" fill="#fff"/><circle cx="430" cy="330" r="70" fill="#f0c23b"/><path d="M350 460h160" ${STROKE} stroke="#fff" stroke-width="20"/>`,
  ],
  Gifts: [
    '#f6ebe4',
    `<rect x="210" y="370" width="380" height="290" fill="#2e8b78"/><rect x="180" y="290" width="440" height="90" rx="12" fill="#37a690"/>
    <rect x="365" y="290" width="70" height="370" fill="#f0c23b"/><path d="M400 285C300 120 190 220 400 285c210-65 100-165 0 0z" ${STROKE} stroke="#f0c23b" stroke-width="34"/>`,
  ],
};

/** The drawing of a department as a PNG of 800 by 800. @throws Error for a department without one. */
export function drawingOf(category: string): Promise<Buffer> {
  const drawing = DRAWINGS[category];
  if (!drawing) throw new Error(`The department "${category}" has no drawing.`);
  const [ground, shapes] = drawing;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="800"><rect width="800" height="800" fill="${ground}"/>${shapes}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/**
 * Stores an image of every department.
 *
 * They have a separate folder outside the uploads: a department's products share a file, so deleting a product
 * must not delete it, as it does with uploads (`imageSweep.ts` checks only the uploads).
 *
 * @returns the address of each department's image, by the department's name.
 */
export async function seedPictures(services: Services): Promise<ReadonlyMap<string, string>> {
  const storage = storageOf(services.config);
  const addresses = DEPARTMENTS.map(async ({ category }): Promise<[string, string]> => {
    const bytes = await sharp(await drawingOf(category))
      .resize(SIDE)
      .webp()
      .toBuffer();
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    // The name includes a hash of the bytes, since a key is never written with other bytes.
    const key = `demo/${hash}-${SIDE}.webp`;
    await storage.put(key, bytes, 'image/webp');
    return [category, `/media/${key}`];
  });
  return new Map(await Promise.all(addresses));
}
