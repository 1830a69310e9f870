import { ByteWriter } from '#libs/kernel';
import { sealUnit } from '../unit.ts';
import { writeUnsigned } from './numeric-column-writer.ts';
import { writeValueCounts } from './value-counts.ts';

/**
 * The unit of a keyword column (FORMAT.md, "Columns").
 * @param ordinals ascending and distinct within a document @param docs of every ordinal, ascending
 */
export function encodeKeywordColumn(
  ordinals: Uint32Array,
  docs: Uint32Array,
  count: number,
  docCount: number,
  termCount: number,
): Uint8Array {
  const width = termCount <= 0x100 ? 1 : termCount <= 0x1_0000 ? 2 : 4;
  const out = new ByteWriter(width * count + docCount + 64).u32(count).u32(width);
  for (let i = 0; i < count; i++) writeUnsigned(out, ordinals[i]!, width);
  writeValueCounts(out, docs, count, docCount);
  return sealUnit(out, 8);
}
