/** bidi-js brings no types; this is what is used of it. */
declare module 'bidi-js' {
  interface Bidi {
    /** The level of each UTF-16 code unit: odd ones run from right to left. The direction of a paragraph is that of its first letter. */
    getEmbeddingLevels(text: string): { levels: Uint8Array };
    /** The sign that stands for this one where text runs from right to left, such as ")" for "("; null where it is the same. */
    getMirroredCharacter(sign: string): string | null;
  }
  export default function bidiFactory(): Bidi;
}
