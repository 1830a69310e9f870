import type { Yielder } from '#libs/kernel';
import { compareCodePoints } from '#libs/kernel';

/** Steps between two looks at the clock. */
const STRIDE = 2048;

/**
 * The first six UTF-8 bytes as one number, most significant first, missing bytes as 0: numbers that differ are ordered
 * as their strings are by code points, so that most comparisons are one of two doubles.
 */
function prefixKey(text: string): number {
  let key = 0;
  let bytes = 0;
  for (let i = 0; i < text.length && bytes < 6; i++) {
    const code = text.codePointAt(i)!;
    if (code > 0xffff) i++;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
    const lead =
      size === 1 ? code : size === 2 ? 0xc0 | (code >> 6) : size === 3 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18);
    key = key * 256 + lead;
    bytes++;
    for (let shift = (size - 2) * 6; shift >= 0 && bytes < 6; shift -= 6) {
      key = key * 256 + (0x80 | ((code >> shift) & 0x3f));
      bytes++;
    }
  }
  return key * 256 ** (6 - bytes);
}

/**
 * The numbers 0 … texts.length-1 in the code point order of their texts; equal texts keep their order. A merge sort of
 * our own because Array.prototype.sort would hold the event loop for a second on a million terms.
 */
export async function sortedOrder(texts: readonly string[], yielder: Yielder): Promise<Uint32Array> {
  const keys = new Float64Array(texts.length);
  let from = new Uint32Array(texts.length);
  for (let i = 0; i < texts.length; i++) {
    keys[i] = prefixKey(texts[i]!);
    from[i] = i;
    if (i % STRIDE === 0 && yielder.due()) await yielder.yield();
  }
  let to = new Uint32Array(texts.length);
  for (let width = 1; width < texts.length; width *= 2) {
    for (let start = 0, work = 0; start < texts.length; start += 2 * width) {
      const middle = Math.min(start + width, texts.length);
      const end = Math.min(start + 2 * width, texts.length);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        let takeLeft = left < middle;
        if (takeLeft && right < end) {
          const a = from[left]!;
          const b = from[right]!;
          const difference = keys[a]! - keys[b]!;
          takeLeft = difference === 0 ? compareCodePoints(texts[a]!, texts[b]!) <= 0 : difference < 0;
        }
        to[at] = from[takeLeft ? left++ : right++]!;
        if (++work % STRIDE === 0 && yielder.due()) await yielder.yield();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
