import type { SegmentMeta } from '#libs/segment';

/** A segment of at most so many bytes is read as a whole: at 80 MB/s that takes less than a fifth of a round trip. */
const WHOLE_BYTES = 1 << 20;
/** Norms and ranks of at most so many bytes are read with the footer (7 ms at 80 MB/s). */
const AHEAD_BYTES = 512 * 1024;
/** Padding and checksum of a section. */
const SECTION_EXTRA_BYTES = 16;
const ALIGNMENT = 8;

export interface OpeningRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * What the one request that opens a segment reads: all of a small one; else the footer and, unless they are large, the norms
 * and ranks that writers put before it, since nearly every query reads them. How long those can be follows from the manifest.
 */
export function openingRange({ bytes, docCount, fields, footer }: OpenedMeta): OpeningRange {
  if (bytes <= WHOLE_BYTES) return { offset: 0, length: bytes };
  const texts = Object.values(fields).filter(({ type }) => type === 'text').length;
  const norms = texts * (docCount + SECTION_EXTRA_BYTES);
  const ranks = docCount * (docCount <= 0x1_0000 ? 2 : 4) + SECTION_EXTRA_BYTES;
  const ahead = norms + ranks <= AHEAD_BYTES ? norms + ranks : 0;
  const offset = Math.max(0, footer.offset - Math.ceil(ahead / ALIGNMENT) * ALIGNMENT);
  return { offset, length: footer.offset + footer.length - offset };
}

export type OpenedMeta = Pick<SegmentMeta, 'bytes' | 'docCount' | 'fields' | 'footer'>;
