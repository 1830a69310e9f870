import type { IncomingMessage } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { QuarryError, invalid, zstdFrames } from '#libs/kernel';

/** A JSON request body (a query, a definition) is held whole; documents are not read this way. */
export const JSON_BODY_BYTES = 4 * 1024 * 1024;

/**
 * The chunks of a body up to `maxBytes`; beyond throws `invalid` (`body_too_large`, status 413). A body that ends early
 * throws `invalid` (`upload_interrupted`).
 */
export async function* limited(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw invalid(
          'body_too_large',
          `the body is larger than ${maxBytes} bytes; import a file or send less at once`,
          {
            limitBytes: maxBytes,
          },
        );
      }
      yield chunk;
    }
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
      throw invalid('upload_interrupted', `the body ended after ${bytes} bytes, before it was whole`);
    }
    throw error;
  }
}

/** The body without its Content-Encoding. Throws `invalid` (`unsupported_content_encoding`, `bad_compression`). */
export function decoded(body: Readable, encoding: string | undefined): AsyncIterable<Uint8Array> {
  // Who stops reading still wants to answer, on the connection that destroying the body would end.
  if (encoding === undefined || encoding === 'identity') return body.iterator({ destroyOnReturn: false });
  if (encoding === 'gzip') return inflated(body, createGunzip(), encoding);
  if (encoding === 'zstd') return inflated(body, createZstdDecompress(), encoding);
  throw invalid(
    'unsupported_content_encoding',
    `the content encoding "${encoding}" is not one of identity, gzip, zstd`,
  );
}

/**
 * Piped only once somebody reads: a decompressor that fails before would have nobody to tell and end the process. A pipe
 * does not pass on that its source broke off, so that is done here.
 */
async function* inflated(body: Readable, inflate: Transform, encoding: string): AsyncGenerator<Uint8Array> {
  const brokenOff = (): void => {
    if (!body.readableEnded)
      inflate.destroy(Object.assign(new Error('the body broke off'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }));
  };
  if (body.destroyed) brokenOff();
  body.once('error', brokenOff).once('close', brokenOff);
  const input =
    encoding === 'zstd'
      ? Readable.from(zstdFrames(body.iterator({ destroyOnReturn: false }))).on('error', brokenOff)
      : body;
  try {
    yield* input.pipe(inflate) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (!/^(Z|ZSTD)_/.test(String((error as { code?: unknown }).code))) throw error;
    throw invalid('bad_compression', `the body is not what its content encoding "${encoding}" says`);
  } finally {
    body.off('error', brokenOff).off('close', brokenOff);
    input.unpipe(inflate);
    inflate.destroy();
  }
}

/**
 * A JSON body, parsed; undefined when there is none. Whatever the Content-Type says, it has to be JSON: curl's default
 * names a form. It may be compressed. Throws `invalid` (`bad_json`, `bad_utf8`, `body_too_large`, and those of `decoded`).
 */
export async function readJsonBody(body: unknown, maxBytes = JSON_BODY_BYTES): Promise<unknown> {
  if (body === undefined || body === null) return undefined;
  const request = body as Readable & Partial<Pick<IncomingMessage, 'headers'>>;
  const chunks: Uint8Array[] = [];
  const plain = decoded(request, request.headers?.['content-encoding']);
  for await (const chunk of limited(plain, maxBytes)) chunks.push(chunk);
  if (chunks.length === 0) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new QuarryError('invalid', 'the body is not UTF-8', { code: 'bad_utf8' });
  }
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid('bad_json', `the body is not JSON: ${(error as Error).message}`);
  }
}
