import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import S3rver from 's3rver';
import { readConfig } from '#kernel/config';
import { storageOf } from '#kernel/storage/index';
import { isStorageKey, type Storage } from '#kernel/storage/storage';

let folder: string;
let server: S3rver;
let s3Url: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pospro-storage-'));
  server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: path.join(folder, 's3'),
    configureBuckets: [{ name: 'shop', configs: [] }],
  });
  const { port } = await server.run();
  s3Url = `s3://S3RVER:S3RVER@shop/media?endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}`;
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const settings = (more: Record<string, string>) =>
  readConfig({ NODE_ENV: 'test', DATA_DIR: folder, ...more });

async function text(storage: Storage, key: string): Promise<string | undefined> {
  const file = await storage.get(key);
  if (!file) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of file.stream as AsyncIterable<Buffer>) chunks.push(chunk);
  expect(Buffer.concat(chunks)).toHaveLength(file.size);
  return Buffer.concat(chunks).toString();
}

describe.each(['disk', 's3'])('the storage on %s', (kind) => {
  let storage: Storage;
  beforeAll(() => {
    storage = storageOf(settings(kind === 's3' ? { STORAGE_URL: s3Url } : {}));
  });

  it('keeps what it is given, and gives it back', async () => {
    await storage.put('a/one.webp', Buffer.from('one'), 'image/webp');
    await storage.put('a/two.webp', Buffer.from('two'), 'image/webp');
    expect([await text(storage, 'a/one.webp'), await text(storage, 'a/two.webp')]).toEqual(['one', 'two']);
  });

  it('stores a file of the disk, in parts where it is large', async () => {
    const file = path.join(folder, 'large.bin');
    // Two whole parts of an upload and one byte.
    for (const size of [3, 2 * 16 * 1024 * 1024 + 1]) {
      const bytes = Buffer.alloc(size, 'abc');
      await writeFile(file, bytes);
      await storage.putFile(`a/${size}.bin`, file, 'application/octet-stream');
      const stored = (await storage.get(`a/${size}.bin`))!;
      expect([stored.size, (await buffer(stored.stream)).equals(bytes)]).toEqual([size, true]);
      await storage.remove([`a/${size}.bin`]);
    }
    await expect(storage.putFile('a/none.bin', path.join(folder, 'none'), 'text/plain')).rejects.toThrow(
      'ENOENT',
    );
    expect(await storage.get('a/none.bin')).toBeUndefined();
  });

  it('has nothing under other keys', async () => {
    for (const key of ['a/none.webp', 'a', 'a/one.webp/more', 'none/one.webp'])
      expect(await storage.get(key)).toBeUndefined();
  });

  it('lists what lies below a folder, with the moment at which it was written', async () => {
    await storage.put('ab/other.webp', Buffer.from('other'), 'image/webp');
    const listed: Record<string, boolean> = {};
    for await (const { key, modifiedAt } of storage.list('a'))
      listed[key] = Math.abs(modifiedAt.getTime() - Date.now()) < 60_000;
    expect(listed).toEqual({ 'a/one.webp': true, 'a/two.webp': true });
    for await (const file of storage.list('none')) throw new Error(`there is ${file.key}`);
  });

  it('removes what is there, and minds nothing that is not', async () => {
    await storage.remove(['a/one.webp', 'a/none.webp']);
    await storage.remove([]);
    expect([await text(storage, 'a/one.webp'), await text(storage, 'a/two.webp')]).toEqual([
      undefined,
      'two',
    ]);
  });

  it('takes no key that leads anywhere else', () => {
    for (const key of [
      '../x',
      'a/../../x',
      '/etc/passwd',
      'a//b',
      '.hidden',
      'a/.b',
      'a\\b',
      'a%2fb',
      '',
      'a\0b',
    ]) {
      expect(isStorageKey(key)).toBe(false);
      expect(() => storage.get(key)).toThrow('is not a valid key of a file');
    }
  });
});

it('lies below DATA_DIR by default, and leaves no drafts', async () => {
  expect(await readdir(path.join(folder, 'media', 'a'))).toEqual(['two.webp']);
});

it('is one for each process', () => {
  const config = settings({});
  expect(storageOf(config)).toBe(storageOf(config));
});
