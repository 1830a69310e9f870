import { type Yielder, compareBytes } from '#libs/kernel';

/** Steps between two looks at the clock. */
const STRIDE = 2048;

/** Byte strings by number. */
export interface NumberedBytes {
  readonly size: number;
  /** A view, valid until the next call. */
  term(number: number): Uint8Array;
}

/**
 * The first six bytes as one number, most significant first, missing bytes as 0: numbers that differ are ordered as their
 * strings are, so that most comparisons are one of two doubles.
 */
function prefixKey(bytes: Uint8Array): number {
  const count = Math.min(bytes.length, 6);
  let key = 0;
  for (let i = 0; i < count; i++) key = key * 256 + bytes[i]!;
  return key * 256 ** (6 - count);
}

/**
 * The numbers 0 … size-1 in the order of their bytes; equal ones keep their order. A merge sort of our own because
 * Array.prototype.sort would hold the event loop for a second on a million terms.
 */
export async function sortedOrder(strings: NumberedBytes, yielder: Yielder): Promise<Uint32Array> {
  const { size } = strings;
  const keys = new Float64Array(size);
  let from = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    keys[i] = prefixKey(strings.term(i));
    from[i] = i;
    if (i % STRIDE === 0 && yielder.due()) await yielder.yield();
  }
  let to = new Uint32Array(size);
  for (let width = 1; width < size; width *= 2) {
    for (let start = 0, work = 0; start < size; start += 2 * width) {
      const middle = Math.min(start + width, size);
      const end = Math.min(start + 2 * width, size);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        let takeLeft = left < middle;
        if (takeLeft && right < end) {
          const a = from[left]!;
          const b = from[right]!;
          const difference = keys[a]! - keys[b]!;
          takeLeft = difference === 0 ? compareBytes(strings.term(a), strings.term(b)) <= 0 : difference < 0;
        }
        to[at] = from[takeLeft ? left++ : right++]!;
        if (++work % STRIDE === 0 && yielder.due()) await yielder.yield();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
