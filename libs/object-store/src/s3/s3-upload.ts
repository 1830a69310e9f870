import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { invalid } from '#libs/kernel';
import { nameOf } from './s3-errors.ts';
import type { S3Requests } from './s3-requests.ts';

export interface S3Upload {
  readonly bucket: string;
  /** The store's prefix included. */
  readonly key: string;
  readonly what: string;
  readonly signal: AbortSignal | undefined;
  readonly partBytes: number;
}

/** S3's limit. */
const MAX_PARTS = 10_000;
/** Parts on their way; with the one being filled, four parts are in memory. */
const PARTS_AT_ONCE = 3;

/**
 * Uploads a stream: one PutObject when it fits one part, else a multipart upload, which is aborted when anything fails, so
 * that neither a listing nor the bill shows it. All parts but the last have the same size, as R2 demands.
 */
export async function uploadStream(
  requests: S3Requests,
  upload: S3Upload,
  chunks: AsyncIterable<Uint8Array>,
): Promise<number> {
  const parts = partsOf(chunks, upload.partBytes);
  try {
    const first = await parts.next();
    if (first.done) return await putWhole(requests, upload, new Uint8Array());
    const second = await parts.next();
    if (second.done) return await putWhole(requests, upload, first.value);
    return await uploadParts(requests, upload, [first.value, second.value], parts);
  } finally {
    await parts.return();
  }
}

async function putWhole(requests: S3Requests, upload: S3Upload, body: Uint8Array): Promise<number> {
  const { bucket, key, what, signal } = upload;
  await requests.run({ what, signal, bodyBytes: body.length }, (attempt) =>
    requests.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }), {
      abortSignal: attempt.signal,
    }),
  );
  return body.length;
}

async function uploadParts(
  requests: S3Requests,
  upload: S3Upload,
  begun: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): Promise<number> {
  const { what, partBytes } = upload;
  const target = { Bucket: upload.bucket, Key: upload.key };
  const created = await requests.run({ what, signal: upload.signal }, (attempt) =>
    requests.client.send(new CreateMultipartUploadCommand(target), { abortSignal: attempt.signal }),
  );
  const id = { ...target, UploadId: created.UploadId };
  // Ends the other parts when one has failed.
  const failure = new AbortController();
  const signal = upload.signal ? AbortSignal.any([upload.signal, failure.signal]) : failure.signal;
  const done: CompletedPart[] = [];
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let bytes = 0;
  let count = 0;
  const send = async (PartNumber: number, body: Uint8Array): Promise<void> => {
    try {
      const answer = await requests.run({ what, signal, bodyBytes: body.length }, (attempt) =>
        requests.client.send(new UploadPartCommand({ ...id, PartNumber, Body: body }), { abortSignal: attempt.signal }),
      );
      done.push({ PartNumber, ETag: answer.ETag });
    } catch (error) {
      failures.push(error);
    }
  };
  const throwIfFailed = (): void => {
    if (failures.length > 0) throw failures[0];
  };
  const add = async (body: Uint8Array): Promise<void> => {
    count++;
    if (count > MAX_PARTS)
      throw invalid('object_too_large', `${what}: more than ${MAX_PARTS} parts of ${partBytes} bytes; raise partBytes`);
    bytes += body.length;
    const sending = send(count, body).finally(() => underWay.delete(sending));
    underWay.add(sending);
    if (underWay.size >= PARTS_AT_ONCE) await Promise.race(underWay);
    throwIfFailed();
  };
  try {
    for (const body of begun) await add(body);
    for await (const body of rest) await add(body);
    await Promise.all(underWay);
    throwIfFailed();
    await complete(requests, upload, id, done, bytes);
    return bytes;
  } catch (error) {
    failure.abort();
    await Promise.all(underWay);
    // Best effort, and not by the caller's signal: it may be what brought us here.
    await requests
      .run({ what, signal: undefined }, (attempt) =>
        requests.client.send(new AbortMultipartUploadCommand(id), { abortSignal: attempt.signal }),
      )
      .catch(() => undefined);
    throw error;
  }
}

async function complete(
  requests: S3Requests,
  { what, signal }: S3Upload,
  id: { Bucket: string; Key: string; UploadId: string | undefined },
  parts: readonly CompletedPart[],
  bytes: number,
): Promise<void> {
  const Parts = parts.toSorted((a, b) => a.PartNumber! - b.PartNumber!);
  await requests.run({ what, signal }, async (attempt) => {
    const options = { abortSignal: attempt.signal };
    try {
      await requests.client.send(new CompleteMultipartUploadCommand({ ...id, MultipartUpload: { Parts } }), options);
    } catch (error) {
      if (attempt.number === 1 || nameOf(error) !== 'NoSuchUpload') throw error;
      // The try before did it, and its answer was lost.
      const { Bucket, Key } = id;
      const head = await requests.client.send(new HeadObjectCommand({ Bucket, Key }), options);
      if (head.ContentLength !== bytes) throw error;
    }
  });
}

/** The stream cut into parts of exactly `partBytes`, the last one shorter. Each is a buffer of its own. */
async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let pieces: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      const piece = chunk.subarray(at, at + partBytes - held);
      pieces.push(piece);
      held += piece.length;
      at += piece.length;
      if (held === partBytes) {
        yield Buffer.concat(pieces);
        pieces = [];
        held = 0;
      }
    }
  }
  if (held > 0) yield Buffer.concat(pieces);
}
