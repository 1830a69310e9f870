import { PassThrough, Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { systemClock } from '#libs/kernel';
import { decoded, limited } from './request-body.ts';

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

it.each([
  [undefined, Buffer.from('text')],
  ['identity', Buffer.from('text')],
  ['gzip', gzipSync('text')],
  ['zstd', zstdCompressSync('text')],
])('decodes %s', async (encoding, bytes) => {
  expect(await textOf(limited(decoded(Readable.from([bytes]), encoding), 100))).toBe('text');
});

it('a body that is not what it says fails for who reads it, however late that is', async () => {
  const chunks = decoded(Readable.from([Buffer.from('not gzip at all')]), 'gzip');
  // As long as a store takes to open a file: an error that nobody listened for would have ended the process by now.
  await systemClock.sleep(20);
  await expect(textOf(chunks)).rejects.toMatchObject({ kind: 'invalid', code: 'bad_compression' });
});

it.each(['before it is read', 'while it is read'])(
  'a compressed body that breaks off %s is an interrupted upload',
  async (when) => {
    const body = new PassThrough();
    body.write(gzipSync('text').subarray(0, 12));
    const read = (): Promise<string> => textOf(limited(decoded(body, 'gzip'), 100));
    const reading = when.startsWith('while') ? read() : undefined;
    body.destroy();
    await expect(reading ?? read()).rejects.toMatchObject({ code: 'upload_interrupted' });
  },
);

it('stops at the limit, of decoded bytes, and leaves the connection that has to carry the answer', async () => {
  const body = new PassThrough();
  body.write(gzipSync('x'.repeat(1000)));
  await expect(textOf(limited(decoded(body, 'gzip'), 999))).rejects.toMatchObject({ code: 'body_too_large' });
  expect(body.destroyed).toBe(false);
  const plain = new PassThrough();
  plain.write('x'.repeat(1000));
  await expect(textOf(limited(decoded(plain, undefined), 999))).rejects.toMatchObject({ code: 'body_too_large' });
  expect(plain.destroyed).toBe(false);
});
