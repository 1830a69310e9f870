import { corrupt } from '#libs/kernel';
import type { SegmentSource } from './segment-reader.ts';

/**
 * A segment in memory. The same range is answered with the same view, as a cache would do, so a second query finds its
 * units verified and parsed.
 */
export function bytesSource(bytes: Uint8Array): SegmentSource {
  const views = new Map<string, Uint8Array>();
  return {
    read: (ranges) =>
      Promise.resolve().then(() =>
        ranges.map(({ offset, length }) => {
          if (offset + length > bytes.length) {
            throw corrupt(`a segment of ${bytes.length} bytes has no range ${offset}+${length}`);
          }
          const key = `${offset}+${length}`;
          const view = views.get(key) ?? bytes.subarray(offset, offset + length);
          views.set(key, view);
          return view;
        }),
      ),
  };
}
