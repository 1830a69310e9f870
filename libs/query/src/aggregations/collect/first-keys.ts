import type { CompositeSource } from '../../aggregation-request.ts';

type Order = Pick<CompositeSource, 'order' | 'missingOrder'>;

interface KeySlot {
  readonly key: Float64Array;
  count: number;
}

/** Room for keys that will not stay, so that they are thrown out many at a time. */
const SLACK = 1024;

/**
 * Counts the first `size` of all keys that are offered, after `after`: keys are kept up to twice the size, then the last
 * ones are thrown out, and what lies behind the last one kept cannot come back.
 */
export class FirstKeys {
  private slots = new Map<string | number, KeySlot>();
  private places = new Map<KeySlot, number>();
  /** No key behind it counts any more. */
  private last: Float64Array | undefined;

  constructor(
    private readonly orders: readonly Order[],
    private readonly size: number,
    private readonly after: Float64Array | undefined,
  ) {}

  count(key: Float64Array): void {
    if (!this.mayStay(key)) return;
    const name = nameOf(key);
    const known = this.slots.get(name);
    if (known) {
      known.count++;
      return;
    }
    this.slots.set(name, { key: key.slice(), count: 1 });
    if (this.slots.size > 2 * this.size + SLACK) this.keep(this.sorted());
  }

  /** The keys in order, at most `size`; the place of each is its slot. */
  close(): readonly KeySlot[] {
    const kept = this.sorted();
    this.keep(kept);
    this.places = new Map(kept.map((slot, at) => [slot, at]));
    return kept;
  }

  /** After `close`. */
  slotOf(key: Float64Array): number | undefined {
    const slot = this.mayStay(key) ? this.slots.get(nameOf(key)) : undefined;
    return slot && this.places.get(slot);
  }

  /** Most keys lie behind the last one kept, and comparing costs less than looking up. */
  private mayStay(key: Float64Array): boolean {
    if (this.last && this.compare(key, this.last) > 0) return false;
    return !this.after || this.compare(key, this.after) > 0;
  }

  private sorted(): KeySlot[] {
    return [...this.slots.values()].toSorted((a, b) => this.compare(a.key, b.key)).slice(0, this.size);
  }

  private keep(kept: readonly KeySlot[]): void {
    this.slots = new Map(kept.map((slot) => [nameOf(slot.key), slot]));
    this.last = kept.at(-1)?.key;
  }

  private compare(a: Float64Array, b: Float64Array): number {
    for (let i = 0; i < a.length; i++) {
      const { order, missingOrder } = this.orders[i]!;
      const x = a[i]!;
      const y = b[i]!;
      if (x === y) continue;
      const [isXMissing, isYMissing] = [Number.isNaN(x), Number.isNaN(y)];
      if (isXMissing && isYMissing) continue;
      if (isXMissing || isYMissing) return isXMissing === (missingOrder === 'first') ? -1 : 1;
      return x < y === (order === 'asc') ? -1 : 1;
    }
    return 0;
  }
}

const nameOf = (key: Float64Array): string | number => (key.length === 1 ? key[0]! : key.join(' '));
