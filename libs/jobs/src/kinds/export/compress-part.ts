import { pipeline, Readable } from 'node:stream';
import { createGzip, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib';
import type { ExportCompression, ExportFormat } from './export-spec.ts';

const SUFFIX: Readonly<Record<ExportCompression, string>> = { none: '', gzip: '.gz', zstd: '.zst' };
const DIGITS = 5;

/** Named by its task, so that a task that runs again replaces its own part. */
export const partName = (task: number, format: ExportFormat, compression: ExportCompression): string =>
  `part-${String(task).padStart(DIGITS, '0')}.${format}${SUFFIX[compression]}`;

/** A piece that stands by itself: compressed pieces one after the other are one stream. */
export function compressPiece(bytes: Uint8Array, compression: ExportCompression): Uint8Array {
  if (compression === 'none') return bytes;
  return compression === 'gzip' ? gzipSync(bytes) : zstdCompressSync(bytes);
}

/** The chunks, compressed as they come. What they throw, it throws. */
export async function* compressChunks(
  chunks: AsyncIterable<Uint8Array>,
  compression: ExportCompression,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    yield* chunks;
    return;
  }
  const deflate = compression === 'gzip' ? createGzip() : createZstdCompress();
  // An error of either end reaches whoever reads the other.
  pipeline(Readable.from(chunks), deflate, () => undefined);
  try {
    yield* deflate as AsyncIterable<Uint8Array>;
  } finally {
    deflate.destroy();
  }
}
