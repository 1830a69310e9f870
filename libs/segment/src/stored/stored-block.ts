import { zstdDecompressSync } from 'node:zlib';
import { ByteReader, corrupt } from '#libs/kernel';
import type { StoredDocument } from '../segment-reader.ts';
import { utf8Text } from '../utf8.ts';

/** A stored block, inflated: ids and sources are views of it. */
export class StoredBlock {
  private readonly raw: Uint8Array;
  /** Per document: start and end of its id, start and end of its source. */
  private readonly places: Uint32Array;

  /** @param docs as the index has it @param dictionary that the segment's blocks were compressed with */
  constructor(body: Uint8Array, docs: number, dictionary: Uint8Array | undefined) {
    const head = new ByteReader(body);
    const count = head.u32();
    const rawLength = head.u32();
    const compressed = head.bytes(head.u32());
    // A document takes at least two bytes.
    if (count !== docs || count > rawLength / 2)
      throw corrupt(`a stored block holds ${count} documents instead of ${docs}`);
    this.raw = inflate(compressed, rawLength, dictionary);
    this.places = new Uint32Array(4 * count);
    const reader = new ByteReader(this.raw);
    for (let i = 0; i < 4 * count; i += 2) {
      const length = reader.varint();
      this.places[i] = reader.position;
      reader.bytes(length);
      this.places[i + 1] = reader.position;
    }
  }

  /** What it holds. */
  get bytes(): number {
    return this.raw.length + this.places.byteLength;
  }

  /** @param i place of the document in the block */
  document(i: number): StoredDocument {
    const at = 4 * i;
    return {
      id: utf8Text(this.raw.subarray(this.places[at], this.places[at + 1])),
      source: this.raw.subarray(this.places[at + 2], this.places[at + 3]),
    };
  }
}

/** Above what a block of many documents inflates to; one of a single larger document comes in chunks. */
const LARGE_CHUNK_BYTES = 256 * 1024;

function inflate(compressed: Uint8Array, rawLength: number, dictionary: Uint8Array | undefined): Uint8Array {
  let raw: Uint8Array;
  try {
    // The limit keeps a frame that is not ours from growing without bound.
    raw = zstdDecompressSync(compressed, {
      maxOutputLength: Math.max(1, rawLength),
      // Allocated at once: a damaged length must not (SEG-2).
      chunkSize: Math.max(64, Math.min(rawLength, Math.max(LARGE_CHUNK_BYTES, 8 * compressed.length))),
      ...(dictionary && { dictionary }),
    });
  } catch (cause) {
    throw corrupt('a stored block cannot be decompressed', { cause: String(cause) });
  }
  if (raw.length !== rawLength) throw corrupt(`a stored block inflates to ${raw.length} bytes instead of ${rawLength}`);
  return raw;
}
