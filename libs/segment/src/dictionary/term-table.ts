import type { MemoryLedger } from '../memory/memory-ledger.ts';
import { stringBytes } from '../memory/memory-ledger.ts';
import { ownText } from '../utf8.ts';

/** V8's ordered hash map: three words an entry and half a word of buckets; its capacity is a power of two. */
const MAP_ENTRY_BYTES = 28;

/** The distinct terms of a field while it is built, numbered in the order they came. */
export class TermTable {
  private readonly numbers = new Map<string, number>();
  private capacity = 4;

  constructor(private readonly ledger: MemoryLedger) {
    ledger.bytes += this.capacity * MAP_ENTRY_BYTES + 64;
  }

  get size(): number {
    return this.numbers.size;
  }

  numberOf(term: string): number {
    return this.numbers.get(term) ?? this.insert(term);
  }

  /** In the order of their numbers. */
  terms(): string[] {
    return [...this.numbers.keys()];
  }

  private insert(term: string): number {
    const own = ownText(term);
    const known = own === term ? undefined : this.numbers.get(own);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    if (number === this.capacity) {
      this.ledger.bytes += this.capacity * MAP_ENTRY_BYTES;
      this.capacity *= 2;
    }
    this.numbers.set(own, number);
    this.ledger.bytes += stringBytes(own);
    return number;
  }
}
