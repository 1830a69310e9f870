import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { type Clock, isQuarryError, QuarryError, type Random, systemClock, systemRandom } from '#libs/kernel';
import { cancellableChunks } from '../cancellable-chunks.ts';
import { fetchCoalesced, REMOTE_COALESCING } from '../coalesce-ranges.ts';
import { checkKey, checkPrefix } from '../object-key.ts';
import type { ByteRange, GetOptions, ListOptions, ObjectInfo, ObjectStore, RequestOptions } from '../object-store.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../retrying.ts';
import { badRange, checkRange, objectNotFound, streamBounds, throwIfCancelled } from '../store-errors.ts';
import { readBody } from './s3-body.ts';
import { fromS3, nameOf, statusOf } from './s3-errors.ts';
import { listS3 } from './s3-listing.ts';
import { type Attempt, type S3Connection, S3Requests } from './s3-requests.ts';
import { uploadStream } from './s3-upload.ts';

export interface S3ObjectStoreOptions extends S3Connection {
  readonly bucket: string;
  /** Comes before every key, with a `/` between; slashes at its ends do not matter. */
  readonly prefix?: string;
  /** Of multipart uploads; at least 5 MiB, and 10,000 of them are the largest object. */
  readonly partBytes?: number;
  readonly retry?: RetryPolicy;
  readonly clock?: Clock;
  readonly random?: Random;
}

interface Fetched {
  readonly bytes: Uint8Array;
  readonly etag: string | undefined;
  /** Of the whole object. */
  readonly size: number;
}

const MiB = 1024 * 1024;
/** A stream's requests grow from the first to the second, so that a look at the beginning stays cheap. */
const FIRST_STREAM_BYTES = MiB;
const MAX_STREAM_BYTES = 8 * MiB;
const DELETES_AT_ONCE = 1000;
/** Larger bodies go up in parts, side by side. */
const MULTIPART_PUT_BYTES = 64 * MiB;

/** Objects of one bucket of AWS S3 or of whatever speaks its protocol (MinIO, Cloudflare R2, Ceph RGW). */
export class S3ObjectStore implements ObjectStore {
  private readonly requests: S3Requests;
  private readonly bucket: string;
  private readonly folder: string;
  private readonly partBytes: number;

  constructor(options: S3ObjectStoreOptions) {
    const { clock = systemClock, random = systemRandom, retry = DEFAULT_RETRY_POLICY } = options;
    const prefix = (options.prefix ?? '').replaceAll(/^\/+|\/+$/g, '');
    if (prefix !== '') checkKey(prefix);
    this.bucket = options.bucket;
    this.folder = prefix === '' ? '' : `${prefix}/`;
    this.partBytes = options.partBytes ?? 8 * MiB;
    this.requests = new S3Requests(options, { clock, random, policy: retry });
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    if (options.range) checkRange(key, options.range);
    return (await this.fetch(key, options.range, options)).bytes;
  }

  async getRanges(key: string, ranges: readonly ByteRange[], options: RequestOptions = {}): Promise<Uint8Array[]> {
    this.target(key);
    for (const range of ranges) checkRange(key, range);
    const fetch = async (range: ByteRange): Promise<Uint8Array> => (await this.fetch(key, range, options)).bytes;
    return fetchCoalesced(ranges, REMOTE_COALESCING, fetch, options.maxRequests);
  }

  /**
   * By successive ranged requests, one ahead of the reader: a slow reader holds no connection (S3 would cut it), and what is
   * retried after a reset is one request.
   */
  async *getStream(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array> {
    const { range, stats } = options;
    let { offset: at, end } = streamBounds(key, range, Infinity);
    const left = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
    let wanted = FIRST_STREAM_BYTES;
    let etag: string | undefined;
    const fetchNext = async (): Promise<Fetched> =>
      this.fetch(key, { offset: at, length: Math.min(wanted, end - at) }, { signal, ...(stats && { stats }) }, true);
    try {
      let next: Promise<Fetched> | undefined = this.firstOfStream(key, at, range, fetchNext, options);
      while (next) {
        const part: Fetched = await next;
        if (etag === undefined) {
          end = streamBounds(key, range, part.size).end;
          etag = part.etag;
        } else if (part.etag !== etag) throw objectChanged(key);
        at += part.bytes.length;
        wanted = Math.min(wanted * 2, MAX_STREAM_BYTES);
        next = at < end ? fetchNext() : undefined;
        // The reader may leave before it looks at it.
        next?.catch(() => undefined);
        throwIfCancelled(options.signal, `reading "${key}"`);
        if (part.bytes.length > 0) yield part.bytes;
      }
    } finally {
      left.abort();
    }
  }

  async put(key: string, body: Uint8Array, options: RequestOptions = {}): Promise<void> {
    const target = this.target(key);
    if (body.length > MULTIPART_PUT_BYTES) {
      await this.putStream(key, once(body), options);
      return;
    }
    const task = { what: `writing "${key}"`, signal: options.signal, bodyBytes: body.length };
    await this.requests.run(task, ({ signal }) =>
      this.requests.client.send(new PutObjectCommand({ ...target, Body: body }), { abortSignal: signal }),
    );
  }

  async putIfAbsent(key: string, body: Uint8Array, options: RequestOptions = {}): Promise<boolean> {
    const target = this.target(key);
    const task = { what: `creating "${key}"`, signal: options.signal, bodyBytes: body.length };
    return this.requests.run(task, async ({ signal }) => {
      try {
        const command = new PutObjectCommand({ ...target, Body: body, IfNoneMatch: '*' });
        await this.requests.client.send(command, { abortSignal: signal });
        return true;
      } catch (error) {
        // 409 (ConditionalRequestConflict: two at once, nobody won yet) is retried like what is unavailable.
        if (statusOf(error) === 412 || nameOf(error) === 'PreconditionFailed') return false;
        throw error;
      }
    });
  }

  async putStream(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options: RequestOptions = {},
  ): Promise<{ bytes: number }> {
    const { Bucket, Key } = this.target(key);
    const { signal } = options;
    const what = `writing "${key}"`;
    throwIfCancelled(signal, what);
    const upload = { bucket: Bucket, key: Key, what, signal, partBytes: this.partBytes };
    return { bytes: await uploadStream(this.requests, upload, cancellableChunks(chunks, signal, what)) };
  }

  async head(key: string, options: RequestOptions = {}): Promise<ObjectInfo | undefined> {
    const target = this.target(key);
    return this.requests.run({ what: `looking at "${key}"`, signal: options.signal }, async ({ signal }) => {
      if (options.stats) options.stats.gets++;
      try {
        const head = await this.requests.client.send(new HeadObjectCommand(target), { abortSignal: signal });
        return { key, size: head.ContentLength ?? 0, modifiedAt: head.LastModified?.getTime() ?? 0 };
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    });
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    yield* listS3(this.requests, this.bucket, this.folder, prefix, options);
  }

  async deleteMany(keys: readonly string[], options: RequestOptions = {}): Promise<void> {
    const targets = keys.map((key) => this.target(key).Key);
    throwIfCancelled(options.signal, 'deleting');
    const inXml = targets.filter((key) => !NOT_IN_XML.test(key));
    const alone = targets.filter((key) => NOT_IN_XML.test(key));
    const batches: string[][] = [];
    for (let at = 0; at < inXml.length; at += DELETES_AT_ONCE) batches.push(inXml.slice(at, at + DELETES_AT_ONCE));
    await Promise.all([
      ...batches.map((batch) => this.deleteBatch(batch, options)),
      ...alone.map((Key) =>
        this.requests.run({ what: `deleting "${Key}"`, signal: options.signal }, ({ signal }) =>
          this.requests.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key }), { abortSignal: signal }),
        ),
      ),
    ]);
  }

  async close(): Promise<void> {
    this.requests.close();
  }

  private async deleteBatch(batch: readonly string[], options: RequestOptions): Promise<void> {
    const what = `deleting ${batch.length} objects ("${batch[0]}" …)`;
    const Objects = batch.map((Key) => ({ Key }));
    await this.requests.run({ what, signal: options.signal }, async ({ signal }) => {
      const command = new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } });
      const answer = await this.requests.client.send(command, { abortSignal: signal });
      const failed = answer.Errors?.find((error) => error.Code !== 'NoSuchKey');
      if (failed) throw fromS3({ name: failed.Code, message: failed.Message }, `deleting "${failed.Key}"`);
    });
  }

  /** Throws `bad_key`. */
  private target(key: string): { Bucket: string; Key: string } {
    checkKey(key);
    if (this.folder !== '') checkKey(this.folder + key);
    return { Bucket: this.bucket, Key: this.folder + key };
  }

  /** One GetObject. `upTo`: a range that passes the end is cut there instead of refused, unless it begins there. */
  private async fetch(
    key: string,
    range: ByteRange | undefined,
    options: RequestOptions,
    upTo = false,
  ): Promise<Fetched> {
    const what = `reading "${key}"`;
    const Range = range && `bytes=${range.offset}-${range.offset + range.length - 1}`;
    const command = new GetObjectCommand({ ...this.target(key), ...(Range !== undefined && { Range }) });
    return this.requests.run({ what, signal: options.signal }, async (attempt: Attempt) => {
      if (options.stats) options.stats.gets++;
      const answer = await this.requests.client
        .send(command, { abortSignal: attempt.signal })
        .catch((error: unknown) => {
          if (range && statusOf(error) === 416) throw badRange(key, range);
          throw statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket' ? objectNotFound(key) : error;
        });
      options.onFirstByte?.();
      const body = answer.Body as Readable;
      try {
        const size = range ? sizeOf(answer.ContentRange, what) : (answer.ContentLength ?? 0);
        const end = range ? range.offset + range.length : size;
        if (range && end > size && !upTo) throw badRange(key, range, size);
        const expected = Math.min(end, size) - (range?.offset ?? 0);
        return { bytes: await readBody(body, expected, attempt, options.stats, what), etag: answer.ETag, size };
      } finally {
        body.destroy();
      }
    });
  }

  /** The first request of a stream; at the very end of the object S3 has no range to give, and the stream is empty. */
  private async firstOfStream(
    key: string,
    at: number,
    range: ByteRange | undefined,
    fetchNext: () => Promise<Fetched>,
    options: RequestOptions,
  ): Promise<Fetched> {
    try {
      return await fetchNext();
    } catch (error) {
      if (!isQuarryError(error) || error.code !== 'bad_range') throw error;
      const info = await this.head(key, options);
      if (!info) throw objectNotFound(key);
      streamBounds(key, range, info.size);
      if (at < info.size) throw objectChanged(key);
      return { bytes: new Uint8Array(), etag: '', size: info.size };
    }
  }
}

// eslint-disable-next-line no-control-regex -- which they are
const NOT_IN_XML = /[\u0000-\u001f\u007f\ufffe\uffff]/;

/** `bytes 0-9/1000` → 1000. */
function sizeOf(contentRange: string | undefined, what: string): number {
  const size = /^bytes \d+-\d+\/(\d+)$/.exec(contentRange ?? '')?.[1];
  if (size === undefined)
    throw new QuarryError('invalid', `${what}: the store ignores ranges (content-range: ${contentRange ?? 'none'})`, {
      code: 'store_rejected',
    });
  return Number(size);
}

const objectChanged = (key: string): QuarryError =>
  new QuarryError('conflict', `"${key}" was replaced while it was read; read it again`, { code: 'object_changed' });

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
