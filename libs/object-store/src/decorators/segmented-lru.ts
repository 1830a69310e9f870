export interface SegmentedLruOptions<V> {
  /** What all values come to at most, in `sizeOf`'s measure. */
  readonly maxSize: number;
  /** Larger values are not kept. */
  readonly maxEntrySize: number;
  readonly sizeOf: (value: V, key: string) => number;
  /** Told of every key that is no longer there. */
  readonly onGone: (key: string) => void;
}

/** Of the whole, what values that were used again may take before the oldest of them are on probation anew. */
const PROTECTED_SHARE = 0.8;

interface Entry<V> {
  readonly value: V;
  readonly size: number;
}

/**
 * Keeps the values that were used last, in two segments: what is new is on probation, what is used again there is
 * protected (segmented LRU, Karedla, Love and Wherry 1994). What must go goes from probation first, so that a walk over
 * much that is used once leaves alone what is used often; and where nothing is protected yet, probation has all the room.
 */
export class SegmentedLru<V> {
  /** The oldest first: a Map keeps the order of insertion. */
  private readonly probation = new Map<string, Entry<V>>();
  private readonly protectedOnes = new Map<string, Entry<V>>();
  private protectedSize = 0;
  private totalSize = 0;

  constructor(private readonly options: SegmentedLruOptions<V>) {}

  get count(): number {
    return this.probation.size + this.protectedOnes.size;
  }

  get size(): number {
    return this.totalSize;
  }

  has(key: string): boolean {
    return this.protectedOnes.has(key) || this.probation.has(key);
  }

  get(key: string): V | undefined {
    const known = this.protectedOnes.get(key);
    if (known) {
      this.protectedOnes.delete(key);
      this.protectedOnes.set(key, known);
      return known.value;
    }
    const again = this.probation.get(key);
    if (!again) return undefined;
    this.probation.delete(key);
    this.protectedOnes.set(key, again);
    this.protectedSize += again.size;
    this.demote();
    return again.value;
  }

  /** Replaces a value under the same key. @returns whether it is kept */
  set(key: string, value: V): boolean {
    this.delete(key);
    const size = this.options.sizeOf(value, key);
    if (size > this.options.maxEntrySize || size > this.options.maxSize) return false;
    this.totalSize += size;
    this.probation.set(key, { value, size });
    while (this.totalSize > this.options.maxSize) this.delete(this.nextToGo(key));
    return true;
  }

  delete(key: string): void {
    const protectedOne = this.protectedOnes.get(key);
    const entry = protectedOne ?? this.probation.get(key);
    if (!entry) return;
    this.protectedOnes.delete(key);
    this.probation.delete(key);
    if (protectedOne) this.protectedSize -= entry.size;
    this.totalSize -= entry.size;
    this.options.onGone(key);
  }

  private demote(): void {
    for (const [key, entry] of this.protectedOnes) {
      if (this.protectedSize <= this.options.maxSize * PROTECTED_SHARE || this.protectedOnes.size === 1) return;
      this.protectedOnes.delete(key);
      this.protectedSize -= entry.size;
      this.probation.set(key, entry);
    }
  }

  /** The oldest on probation, but for the one that has just come; if there is no other, the oldest of all. */
  private nextToGo(newest: string): string {
    for (const key of this.probation.keys()) if (key !== newest) return key;
    for (const key of this.protectedOnes.keys()) return key;
    return newest;
  }
}
