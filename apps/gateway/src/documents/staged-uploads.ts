import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { invalid, type QuarryError } from '#libs/kernel';
import type { IndexName } from '#libs/index';
import type { Format } from '#libs/jobs';
import { Platform } from '../../../platform/src/platform.ts';
import { STAGING_SCHEME } from '../../../platform/src/source-places.ts';
import { decoded, limited } from '../http/request-body.ts';
import { formatByFirstByte } from './format-of-body.ts';

export interface Upload {
  readonly name: IndexName;
  readonly job: string;
  readonly body: Readable | undefined;
  readonly encoding: string | undefined;
  /** Undefined: to be told by the first byte and the content type. */
  readonly format: Format | undefined;
  readonly contentType: string | undefined;
}

export interface StagedUpload {
  readonly key: string;
  readonly source: string;
  readonly format: Format;
  /** SHA-256 of the body: the same body sent again is the same submission. */
  readonly digest: string;
}

/**
 * Puts a body aside in the object store, streamed, before a job is made of it (JOB-1: what is acknowledged is durable).
 * An upload that fails or is refused leaves nothing behind.
 */
@Injectable()
export class StagedUploads {
  constructor(private readonly platform: Platform) {}

  async stage(upload: Upload): Promise<StagedUpload> {
    if (!upload.body) throw emptyBody();
    const key = this.platform.catalog.stagingKey(upload.name, upload.job, 'documents');
    const digest = createHash('sha256');
    const first: { byte?: number } = {};
    const chunks = limited(decoded(upload.body, upload.encoding), this.platform.settings.bodyLimitBytes);
    const { bytes } = await this.platform.store.putStream(key, observed(chunks, digest, first));
    if (bytes === 0 || first.byte === undefined) {
      await this.platform.store.deleteMany([key]);
      throw emptyBody();
    }
    const format = upload.format ?? formatByFirstByte(first.byte, upload.contentType);
    return { key, source: STAGING_SCHEME + key, format, digest: digest.digest('hex') };
  }

  /** Runs the submission; what was staged for a job that was not made (refused, or made earlier) is deleted. */
  async discardUnlessTaken<T>(
    staged: StagedUpload,
    job: string,
    submit: () => Promise<T>,
    reply: FastifyReply,
  ): Promise<T> {
    try {
      return await submit();
    } finally {
      const answered = reply.getHeader('Quarry-Job');
      // Without an answer the job may have been made all the same, and runs as soon as its message can be sent (JOB-1).
      const unused = answered === undefined ? await this.isNoJob(job) : answered !== job;
      if (unused) await this.discard(staged);
    }
  }

  /** False also when it cannot be told: a body too many is garbage, one too few is a lost write. */
  private async isNoJob(job: string): Promise<boolean> {
    try {
      return (await this.platform.jobs.get(job)) === undefined;
    } catch {
      return false;
    }
  }

  /** Never throws: the client is told what became of its submission, not of the tidying up. */
  private async discard({ key }: StagedUpload): Promise<void> {
    try {
      await this.platform.store.deleteMany([key]);
    } catch (error) {
      this.platform.logger.warn({ err: error, key }, 'an upload that no job uses could not be deleted');
    }
  }
}

const isSpace = (byte: number): boolean =>
  byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xef || byte === 0xbb || byte === 0xbf;

const emptyBody = (): QuarryError => invalid('empty_body', 'the body holds no documents');

/** Passes chunks on, noting their digest and the first byte that is not white space or a byte order mark. */
async function* observed(
  chunks: AsyncIterable<Uint8Array>,
  digest: ReturnType<typeof createHash>,
  first: { byte?: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    digest.update(chunk);
    first.byte ??= chunk.find((byte) => !isSpace(byte));
    yield chunk;
  }
}
