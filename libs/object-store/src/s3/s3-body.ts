import type { Readable } from 'node:stream';
import { QuarryError } from '#libs/kernel';
import type { AccessStats } from '../object-store.ts';
import type { Attempt } from './s3-requests.ts';

/** The whole body of an answer, which must have `expected` bytes: connections that break early look like an end. */
export async function readBody(
  body: Readable,
  expected: number,
  attempt: Attempt,
  stats: AccessStats | undefined,
  what: string,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(expected);
  let filled = 0;
  // The SDK's abort ends with the headers.
  const abort = (): void => void body.destroy(new Error('aborted'));
  attempt.signal.addEventListener('abort', abort, { once: true });
  if (attempt.signal.aborted) abort();
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      attempt.progress();
      if (stats) stats.bytes += chunk.length;
      if (filled + chunk.length > expected) throw badLength(what, `more than ${expected}`, expected);
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
  } finally {
    attempt.signal.removeEventListener('abort', abort);
    body.destroy();
  }
  if (filled !== expected) throw badLength(what, `${filled}`, expected);
  return bytes;
}

const badLength = (what: string, got: string, expected: number): QuarryError =>
  new QuarryError('unavailable', `${what}: the store sent ${got} bytes where ${expected} were announced`, {
    code: 'store_unavailable',
  });
