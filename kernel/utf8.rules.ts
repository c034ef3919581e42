/** Text in strict UTF-8. Pure. */

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a whole text. Node's own decoders replace bytes that are not UTF-8, so that a name would be stored as one that no one has written.
 * @throws TypeError for bytes that are not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
