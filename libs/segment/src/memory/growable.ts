import type { MemoryLedger } from './memory-ledger.ts';

type Numbers = Uint8Array | Uint32Array | Float64Array;

/** A typed array that grows by half, and enters its growth in the ledger. */
export class Growable<T extends Numbers> {
  values: T;
  length = 0;

  constructor(
    private readonly make: new (size: number) => T,
    private readonly ledger: MemoryLedger,
  ) {
    this.values = new make(16);
    ledger.bytes += this.values.byteLength;
  }

  push(value: number): void {
    if (this.length === this.values.length) this.grow();
    this.values[this.length++] = value;
  }

  get last(): number {
    return this.values[this.length - 1] ?? -1;
  }

  private grow(): void {
    const grown = new this.make(Math.ceil(this.values.length * 1.5));
    grown.set(this.values);
    this.ledger.bytes += grown.byteLength - this.values.byteLength;
    this.values = grown;
  }
}
