import { encodeUtf8 } from '#libs/kernel';
import type { BlockIndex } from '../dictionary/block-index.ts';
import type { ByteStrings } from '../dictionary/byte-strings.ts';
import type { TermBounds } from '../segment-reader.ts';

/** The least byte string above all that begin with `prefix`; undefined when there is none (all 0xff, or empty). */
function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  for (let length = prefix.length; length > 0; length--) {
    if (prefix.at(length - 1) === 0xff) continue;
    const after = prefix.slice(0, length);
    after[length - 1]!++;
    return after;
  }
  return undefined;
}

interface Bound {
  readonly key: Uint8Array;
  /** Whether the bound itself is left out of what lies below it: "count what is ≤ key" instead of "< key". */
  readonly counted: boolean;
}

/** The place in a dictionary that bounds name: the terms from the highest of the lower to the lowest of the upper ones. */
export class TermSlice {
  private readonly lower: Bound[] = [];
  private readonly upper: Bound[] = [];

  constructor({ prefix, from, fromExclusive = false, to, toInclusive = false }: TermBounds) {
    if (from !== undefined) this.lower.push({ key: encodeUtf8(from), counted: fromExclusive });
    if (to !== undefined) this.upper.push({ key: encodeUtf8(to), counted: toInclusive });
    if (prefix === undefined || prefix === '') return;
    const key = encodeUtf8(prefix);
    this.lower.push({ key, counted: false });
    const after = afterPrefix(key);
    if (after) this.upper.push({ key: after, counted: false });
  }

  /** The first of a block's terms within the bounds. */
  start(terms: ByteStrings): number {
    return Math.max(0, ...this.lower.map(({ key, counted }) => terms.countBelow(key, counted)));
  }

  /** The first of a block's terms beyond the bounds. */
  end(terms: ByteStrings): number {
    return Math.min(terms.length, ...this.upper.map(({ key, counted }) => terms.countBelow(key, counted)));
  }

  /** The blocks that can hold the slice's first `limit` + 1 terms; none when last < first. */
  blocks(index: BlockIndex, limit: number): { first: number; last: number } {
    const first = Math.max(0, ...this.lower.map(({ key }) => index.blockOf(key)));
    const highest = Math.min(index.length - 1, ...this.upper.map(({ key }) => index.blockOf(key)));
    // All terms of the first block may lie below the bounds; those of the others count.
    let last = first;
    for (let sure = 0; last < highest && sure <= limit;) sure += index.entries(++last);
    return { first, last: Math.min(last, highest) };
  }
}
