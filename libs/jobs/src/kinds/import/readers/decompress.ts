import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { invalid, isQuarryError, zstdFrames } from '#libs/kernel';
import type { Compression } from '../file-kind.ts';

/** The uncompressed bytes. Damage throws `invalid` (`bad_compression`): it is the user's file, not our segment. */
export async function* decompress(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  name: string,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    yield* chunks;
    return;
  }
  const inflate = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  const input = Readable.from(compression === 'zstd' ? zstdFrames(chunks) : chunks).on('error', (error) =>
    inflate.destroy(error),
  );
  try {
    yield* input.pipe(inflate) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (isQuarryError(error)) throw error;
    throw invalid('bad_compression', `${name} is damaged or not ${compression}: ${(error as Error).message}`, {
      file: name,
    });
  } finally {
    input.destroy();
    inflate.destroy();
  }
}
