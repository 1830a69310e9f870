import { bytesSource, type SegmentSource } from '#libs/segment';
import type { OpeningRange } from './opening-range.ts';

/**
 * Answers what lies within the range that was read on opening from those bytes, always with the same views, and the rest
 * from below, in one call.
 */
export function heldSource(below: SegmentSource, held: OpeningRange, bytes: Uint8Array): SegmentSource {
  const own = bytesSource(bytes);
  const isHeld = ({ offset, length }: OpeningRange): boolean =>
    offset >= held.offset && offset + length <= held.offset + held.length;
  return {
    ...below,
    read: async (ranges) => {
      const others = ranges.filter((range) => !isHeld(range));
      const [near, far] = await Promise.all([
        own.read(ranges.filter(isHeld).map(({ offset, length }) => ({ offset: offset - held.offset, length }))),
        others.length > 0 ? below.read(others) : [],
      ]);
      if (near.length > 0) below.noteHeld?.(near.length);
      let nextNear = 0;
      let nextFar = 0;
      return ranges.map((range) => (isHeld(range) ? near[nextNear++]! : far[nextFar++]!));
    },
  };
}
