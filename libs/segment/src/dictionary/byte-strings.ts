import { utf8Text } from '../utf8.ts';

/** Order of `key` and bytes[start, end): negative when key is lower. */
function compareTo(key: Uint8Array, bytes: Uint8Array, start: number, end: number): number {
  const length = Math.min(key.length, end - start);
  for (let i = 0; i < length; i++) {
    const difference = key[i]! - bytes[start + i]!;
    if (difference !== 0) return difference;
  }
  return key.length - (end - start);
}

/** Ascending byte strings in one array: string i is bytes[ends[i - 1], ends[i]). */
export class ByteStrings {
  constructor(
    readonly bytes: Uint8Array,
    readonly ends: Uint32Array,
  ) {}

  get length(): number {
    return this.ends.length;
  }

  at(i: number): Uint8Array {
    return this.bytes.subarray(i === 0 ? 0 : this.ends[i - 1]!, this.ends[i]);
  }

  text(i: number): string {
    return utf8Text(this.at(i));
  }

  /** How many are < key, or with `inclusive` ≤ key. */
  countBelow(key: Uint8Array, inclusive: boolean): number {
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareTo(key, this.bytes, middle === 0 ? 0 : this.ends[middle - 1]!, this.ends[middle]!);
      if (order > 0 || (inclusive && order === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The place of `key`, or -1. */
  find(key: Uint8Array): number {
    const at = this.countBelow(key, false);
    if (at === this.ends.length) return -1;
    return compareTo(key, this.bytes, at === 0 ? 0 : this.ends[at - 1]!, this.ends[at]!) === 0 ? at : -1;
  }

  startsWith(i: number, prefix: Uint8Array): boolean {
    const start = i === 0 ? 0 : this.ends[i - 1]!;
    if (this.ends[i]! - start < prefix.length) return false;
    for (let k = 0; k < prefix.length; k++) if (this.bytes[start + k] !== prefix[k]) return false;
    return true;
  }
}
