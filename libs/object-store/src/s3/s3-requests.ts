import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import pLimit, { type LimitFunction } from 'p-limit';
import { QuarryError } from '#libs/kernel';
import { retrying, type RetryParts } from '../retrying.ts';
import { cancelled } from '../store-errors.ts';
import { fromS3 } from './s3-errors.ts';

export interface S3Connection {
  /** Undefined: AWS itself. */
  readonly endpoint?: string;
  readonly region?: string;
  /** `https://endpoint/bucket/key` instead of `https://bucket.endpoint/key`: what most servers but AWS want. */
  readonly pathStyle?: boolean;
  /** Undefined: the SDK's own chain (environment, profile, instance role …). */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** Sockets, and so requests at once. Others wait their turn. */
  readonly maxConnections?: number;
  /** How long a request may go without any progress. Uploads, whose progress is not seen, get more by their size. */
  readonly requestTimeoutMs?: number;
}

export interface RequestTask {
  /** For messages: `reading "key"`. */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
  /** Of the body sent. */
  readonly bodyBytes?: number;
}

/** One try of a request: what it needs to end with its call, and to say that it lives. */
export interface Attempt {
  readonly number: number;
  readonly signal: AbortSignal;
  /** Bytes came: the timeout begins anew. */
  progress(): void;
}

const CONNECT_TIMEOUT_MS = 5000;
/** The slowest upload that is not called dead: 64 KiB/s. */
const SLOWEST_BYTES_PER_MS = 64;

/**
 * The way every request goes: waits for a connection, is given a time limit and the caller's signal, is retried with
 * jitter when the failure may pass, and fails in the port's terms. The SDK's own retries are off, so that there is one policy, on
 * our clock, and one that covers the reading of bodies too.
 */
export class S3Requests {
  readonly client: S3Client;
  private readonly limit: LimitFunction;
  private readonly timeoutMs: number;
  private readonly retryParts: RetryParts;
  private readonly underWay = new Set<AbortController>();
  private closed = false;

  constructor(connection: S3Connection, retryParts: RetryParts) {
    const { endpoint, region = 'us-east-1', credentials, maxConnections = 64 } = connection;
    this.retryParts = retryParts;
    this.timeoutMs = connection.requestTimeoutMs ?? 30_000;
    this.limit = pLimit(maxConnections);
    const agent = { keepAlive: true, maxSockets: maxConnections };
    this.client = new S3Client({
      region,
      forcePathStyle: connection.pathStyle ?? false,
      maxAttempts: 1,
      // The checksums that newer SDKs add by default break Ceph RGW and older MinIO; segments carry their own.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: new NodeHttpHandler({
        connectionTimeout: CONNECT_TIMEOUT_MS,
        httpAgent: new HttpAgent(agent),
        httpsAgent: new HttpsAgent(agent),
      }),
      ...(endpoint !== undefined && { endpoint }),
      ...(credentials && { credentials }),
    });
    useMd5ForDeletes(this.client);
  }

  async run<T>(task: RequestTask, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    return retrying(this.retryParts, task.signal, (number) => this.limit(() => this.attempt(task, number, work)));
  }

  close(): void {
    this.closed = true;
    for (const controller of this.underWay) controller.abort();
    this.client.destroy();
  }

  private async attempt<T>(task: RequestTask, number: number, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const { what, signal } = task;
    if (this.closed || signal?.aborted) throw cancelled(what);
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const timeoutMs = this.timeoutMs + (task.bodyBytes ?? 0) / SLOWEST_BYTES_PER_MS;
    let timedOut = false;
    const arm = (): (() => void) =>
      this.retryParts.clock.after(timeoutMs, () => {
        timedOut = true;
        abort();
      });
    let disarm = arm();
    const progress = (): void => {
      disarm();
      disarm = arm();
    };
    this.underWay.add(controller);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await work({ number, signal: controller.signal, progress });
    } catch (error) {
      if (this.closed || signal?.aborted) throw cancelled(what);
      if (timedOut)
        throw new QuarryError('timeout', `${what}: the store gave no sign of life for ${timeoutMs} ms`, {
          code: 'timeout',
          cause: error,
        });
      throw fromS3(error, what);
    } finally {
      disarm();
      this.underWay.delete(controller);
      signal?.removeEventListener('abort', abort);
    }
  }
}

/**
 * DeleteObjects must carry a checksum. The CRC-32 header of newer SDKs is refused by older servers; Content-MD5 is
 * taken by all (the SDK's own supplemental-docs/MD5_FALLBACK.md does the same).
 */
function useMd5ForDeletes(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { request } = args as { request?: { headers: Record<string, string>; body?: unknown } };
      if (context.commandName === 'DeleteObjectsCommand' && request) {
        for (const name of Object.keys(request.headers))
          if (/^x-amz-(sdk-)?checksum-/i.test(name)) Reflect.deleteProperty(request.headers, name);
        request.headers['content-md5'] = createHash('md5')
          .update(request.body as string | Uint8Array)
          .digest('base64');
      }
      return next(args);
    },
    // After the SDK has added its checksum, before it signs.
    { name: 'quarryMd5ForDeletes', step: 'build', priority: 'low' },
  );
}
