/** Types of bidi-js, which has none: the functions that PosPro uses. */
declare module 'bidi-js' {
  interface Bidi {
    /** The level of each UTF-16 code unit: odd levels run from right to left. A paragraph has the direction of its first letter. */
    getEmbeddingLevels(text: string): { levels: Uint8Array };
    /** The character that replaces this one in right-to-left text, such as ")" for "("; null if it is the same. */
    getMirroredCharacter(sign: string): string | null;
  }
  export default function bidiFactory(): Bidi;
}
