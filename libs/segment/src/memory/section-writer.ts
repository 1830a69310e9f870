import { crc32 } from '#libs/kernel';
import type { MemoryLedger } from './memory-ledger.ts';

const FIRST_CHUNK_BYTES = 1024;
const CHUNK_BYTES = 256 * 1024;

export interface FinishedSection {
  /** Whoever hands them on may empty their places. */
  readonly chunks: Uint8Array[];
  readonly bytes: number;
  readonly crc32: number;
}

/** Collects one section's bytes in chunks that are never copied again; its checksum covers padding too. */
export class SectionWriter {
  private readonly chunks: Uint8Array[] = [];
  private chunk = new Uint8Array(0);
  private used = 0;
  bytes = 0;

  constructor(private readonly ledger?: MemoryLedger) {}

  append(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.used === this.chunk.length) this.open();
      const count = Math.min(bytes.length - at, this.chunk.length - this.used);
      this.chunk.set(at === 0 && count === bytes.length ? bytes : bytes.subarray(at, at + count), this.used);
      this.used += count;
      at += count;
    }
    this.bytes += bytes.length;
  }

  /** Zero bytes up to a multiple of `alignment`. */
  align(alignment: number): void {
    const missing = (alignment - (this.bytes % alignment)) % alignment;
    if (missing > 0) this.append(new Uint8Array(missing));
  }

  finish(): FinishedSection {
    this.close();
    let crc = 0;
    for (const chunk of this.chunks) crc = crc32(chunk, crc);
    return { chunks: this.chunks, bytes: this.bytes, crc32: crc };
  }

  private close(): void {
    if (this.used > 0) this.chunks.push(this.chunk.subarray(0, this.used));
    this.chunk = new Uint8Array(0);
    this.used = 0;
  }

  private open(): void {
    this.close();
    this.chunk = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(FIRST_CHUNK_BYTES, this.bytes)));
    if (this.ledger) this.ledger.bytes += this.chunk.length;
  }
}
