import { QuarryError } from '#libs/kernel';
import type { MemoryLedger } from './memory-ledger.ts';

export const ARENA_BLOCK_BITS = 16;
export const ARENA_BLOCK_BYTES = 1 << ARENA_BLOCK_BITS;
export const ARENA_BLOCK_MASK = ARENA_BLOCK_BYTES - 1;

/** Addresses are non-negative 32-bit integers. */
const MAX_BLOCKS = 0x7fff_ffff >>> ARENA_BLOCK_BITS;

/** Bytes handed out in pieces that never straddle a block: the byte at `address` is blocks[address >>> BITS][address & MASK]. */
export class ByteArena {
  readonly blocks: Uint8Array[] = [];
  private next = 0;

  constructor(private readonly ledger: MemoryLedger) {}

  /** @param bytes at most ARENA_BLOCK_BYTES @returns the address of the first */
  allocate(bytes: number): number {
    if (this.blocks.length === 0 || (this.next & ARENA_BLOCK_MASK) + bytes > ARENA_BLOCK_BYTES || this.isFull())
      this.open();
    const address = this.next;
    this.next += bytes;
    return address;
  }

  /** `next` on a block's border belongs to a block that does not exist yet. */
  private isFull(): boolean {
    return this.next >>> ARENA_BLOCK_BITS >= this.blocks.length;
  }

  private open(): void {
    if (this.blocks.length >= MAX_BLOCKS) {
      throw new QuarryError('invalid', 'a segment cannot hold more than 2 GiB of postings; finish it earlier', {
        code: 'segment_too_large',
      });
    }
    this.next = this.blocks.length << ARENA_BLOCK_BITS;
    this.blocks.push(new Uint8Array(ARENA_BLOCK_BYTES));
    this.ledger.bytes += ARENA_BLOCK_BYTES;
  }
}
