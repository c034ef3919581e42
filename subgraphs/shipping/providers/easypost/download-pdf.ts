const TIMEOUT_MS = 20_000;
const MAX_BYTES = 5_000_000;

/**
 * Downloads the PDF of a label from the address that EasyPost answered.
 * @param apiUrl EasyPost's address if it is not its own: only then may the label come over HTTP.
 * @throws Error if it is not there, too large or not a PDF: the carrier is asked again.
 */
export async function downloadPdf(address: string, apiUrl: URL | undefined): Promise<Buffer> {
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== apiUrl?.protocol)
    throw new Error(`a label is not downloaded over ${url.protocol}`);
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok || !response.body) throw new Error(`the label answered ${response.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.byteLength;
    if (size > MAX_BYTES) throw new Error(`the label has more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  if (!bytes.subarray(0, 5).equals(Buffer.from('%PDF-'))) throw new Error('the label is not a PDF');
  return bytes;
}
