import { corrupt } from '#libs/kernel';
import type { SegmentSource } from './segment-reader.ts';

/**
 * A segment in memory. The same range is answered with the same view, as a cache would do, so a second query finds its
 * units verified and parsed.
 */
export function bytesSource(bytes: Uint8Array): SegmentSource {
  /** By offset: the units of a segment do not overlap, so the same offset comes with the same length. */
  const views = new Map<number, Uint8Array>();
  return {
    read: (ranges) =>
      Promise.resolve().then(() =>
        ranges.map(({ offset, length }) => {
          if (offset + length > bytes.length) {
            throw corrupt(`a segment of ${bytes.length} bytes has no range ${offset}+${length}`);
          }
          const known = views.get(offset);
          if (known?.length === length) return known;
          const view = bytes.subarray(offset, offset + length);
          views.set(offset, view);
          return view;
        }),
      ),
  };
}
