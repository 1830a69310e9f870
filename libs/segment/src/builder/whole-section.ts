import { crc32 } from '#libs/kernel';
import type { FinishedSection } from '../memory/section-writer.ts';

/** A section that is one unit. */
export function wholeSection(unit: Uint8Array): FinishedSection {
  return { chunks: [unit], bytes: unit.length, crc32: crc32(unit) };
}
