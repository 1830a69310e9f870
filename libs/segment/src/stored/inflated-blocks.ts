import { LRUCache } from 'lru-cache';
import type { UnitRange } from '../unit.ts';
import { checkedBody } from '../unit.ts';
import { StoredBlock } from './stored-block.ts';

/**
 * Inflated, a stored block is two to three times its bytes, so it must not simply live as long as they do: a process's
 * memory would be several times what its cache may hold. These many bytes of inflated blocks are kept in a process;
 * inflating one of 16 KiB again costs some 25 µs.
 */
const MAX_BYTES = 32 * 1024 * 1024;

const inflated = new LRUCache<Uint8Array, StoredBlock>({
  maxSize: MAX_BYTES,
  sizeCalculation: (block, unit) => block.bytes + unit.length,
});

/** The block of a unit, verified and inflated. @param unit the very instance that the source answered */
export function inflatedBlock(unit: Uint8Array, range: UnitRange, docs: number): StoredBlock {
  const known = inflated.get(unit);
  if (known) return known;
  const block = new StoredBlock(checkedBody(unit, range), docs);
  inflated.set(unit, block);
  return block;
}
