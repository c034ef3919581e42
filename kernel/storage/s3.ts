import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Storage } from './storage';

/** Maximum keys that one request may remove. */
const KEYS_A_REQUEST = 1000;
/** Larger files are sent in parts of this size. A store accepts 10,000 parts: 160 GB. */
const PART_BYTES = 16 * 1024 * 1024;
const CONNECTION_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Stores files in a bucket of S3, or of a compatible server (MinIO, R2, Ceph).
 *
 * @param url `s3://bucket/prefix?region=eu-central-1&endpoint=https://minio.example`. Key and secret come
 * before the bucket as `key:secret@`, percent-encoded; without them the SDK uses those of AWS (environment,
 * role of the machine).
 */
export function s3Storage(url: string): Storage {
  const { hostname: bucket, pathname } = new URL(url);
  const folder = pathname.replace(/^\/+|\/+$/g, '');
  const client = clientOf(url);
  const keyOf = (key: string) => (folder === '' ? key : `${folder}/${key}`);
  return {
    async put(key, bytes, contentType) {
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: keyOf(key), Body: bytes, ContentType: contentType }),
      );
    },
    async putFile(key, file, contentType) {
      await sendFile(client, { Bucket: bucket, Key: keyOf(key) }, file, contentType);
    },
    async get(key) {
      try {
        const { Body, ContentLength = 0 } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: keyOf(key) }),
        );
        return Body && { stream: Body as Readable, size: ContentLength };
      } catch (error) {
        if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return undefined;
        throw error;
      }
    },
    async *list(below) {
      let token: string | undefined;
      do {
        const page = {
          Bucket: bucket,
          Prefix: below === '' ? keyOf('') : `${keyOf(below)}/`,
          ContinuationToken: token,
        };
        const { Contents = [], NextContinuationToken } = await client.send(new ListObjectsV2Command(page));
        for (const { Key, LastModified } of Contents) {
          if (Key !== undefined && LastModified)
            yield { key: Key.slice(keyOf('').length), modifiedAt: LastModified };
        }
        token = NextContinuationToken;
      } while (token !== undefined);
    },
    async remove(keys) {
      for (let start = 0; start < keys.length; start += KEYS_A_REQUEST) {
        const Objects = keys.slice(start, start + KEYS_A_REQUEST).map((key) => ({ Key: keyOf(key) }));
        const { Errors = [] } = await client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        );
        if (Errors.length > 0)
          throw new Error(
            `${Errors.length} files were not removed: ${Errors[0]!.Message ?? 'no reason given'}`,
          );
      }
    },
  };
}

/** The client of a store's address. */
function clientOf(url: string): S3Client {
  const { searchParams, username, password } = new URL(url);
  const endpoint = searchParams.get('endpoint');
  return new S3Client({
    region: searchParams.get('region') ?? 'us-east-1',
    // Self-hosted servers rarely have a host name for each bucket.
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(username && {
      credentials: {
        accessKeyId: decodeURIComponent(username),
        secretAccessKey: decodeURIComponent(password),
      },
    }),
    // Servers other than Amazon's do not support its newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  });
}

/** Sends a file, in parts if it is large. */
async function sendFile(
  client: S3Client,
  target: { Bucket: string; Key: string },
  file: string,
  contentType: string,
): Promise<void> {
  const { size } = await stat(file);
  if (size <= PART_BYTES) {
    await client.send(
      new PutObjectCommand({ ...target, Body: await readFile(file), ContentType: contentType }),
    );
    return;
  }
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...target, ContentType: contentType }),
  );
  try {
    const Parts = await sendParts(client, { ...target, UploadId }, file, size);
    await client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );
  } catch (error) {
    // The first error is the reason; a part that stays costs room, and no file is made of it.
    await client
      .send(new AbortMultipartUploadCommand({ ...target, UploadId }))
      .catch((abortError: unknown) => {
        throw new AggregateError([error, abortError], (error as Error).message);
      });
    throw error;
  }
}

/** Sends a file in parts, one after the other, so that no more than one part is in memory. */
async function sendParts(
  client: S3Client,
  upload: { Bucket: string; Key: string; UploadId: string | undefined },
  file: string,
  size: number,
): Promise<{ ETag: string | undefined; PartNumber: number }[]> {
  const parts: { ETag: string | undefined; PartNumber: number }[] = [];
  for (let start = 0; start < size; start += PART_BYTES) {
    const PartNumber = parts.length + 1;
    const Body = await buffer(createReadStream(file, { start, end: start + PART_BYTES - 1 }));
    const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
    parts.push({ ETag, PartNumber });
  }
  return parts;
}
