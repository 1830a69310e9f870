import type { Random } from '#libs/kernel';
import { below, oneOf } from './draw.ts';

/** Changes one to four places between `from` and `to`, in place: bits, bytes, numbers of every length, spliced pieces. */
export function mutateBytes(random: Random, bytes: Uint8Array, from = 0, to = bytes.length): void {
  if (to <= from) return;
  const changes = 1 + below(random, 4);
  for (let i = 0; i < changes; i++) {
    const at = from + below(random, to - from);
    const length = Math.min(to - at, oneOf(random, [1, 2, 4, 5, 8, 32, 300]));
    switch (below(random, 6)) {
      case 0:
      case 1:
        bytes[at]! ^= 1 << below(random, 8);
        break;
      case 2:
        bytes[at] = below(random, 256);
        break;
      case 3:
        // As a varint it has no end, as a number it is the largest.
        bytes.fill(0xff, at, at + length);
        break;
      case 4:
        bytes.fill(0, at, at + length);
        break;
      default: {
        // A piece from anywhere, as after writes that went astray.
        const source = below(random, bytes.length - length + 1);
        bytes.copyWithin(at, source, source + length);
      }
    }
  }
}
