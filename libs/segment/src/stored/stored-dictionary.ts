import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type ByteReader, type ByteWriter, corrupt } from '#libs/kernel';
import { MAX_STORED_DICTIONARY_BYTES } from '../layout.ts';
import { inRange } from '../unit.ts';

/** It is compressed once a segment, so slowly. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 12 } };

/** What all stored blocks of a segment refer to, in the footer: varint raw bytes (0: none), varint frame bytes, a zstd frame. */
export function writeStoredDictionary(out: ByteWriter, dictionary: Uint8Array | undefined): void {
  if (!dictionary) {
    out.varint(0);
    return;
  }
  const frame = zstdCompressSync(dictionary, LEVEL);
  out.varint(dictionary.length).varint(frame.length).bytes(frame);
}

/** A segment's dictionary, inflated when a document is first asked for. */
export class StoredDictionary {
  private readonly rawLength: number;
  private readonly frame: Uint8Array;
  private raw: Uint8Array | undefined;

  constructor(reader: ByteReader) {
    this.rawLength = inRange(reader.varint(), 0, MAX_STORED_DICTIONARY_BYTES, 'the length of the stored dictionary');
    this.frame = this.rawLength === 0 ? new Uint8Array(0) : reader.bytes(reader.varint());
  }

  /** Undefined where the segment has none. Throws `corrupt`. */
  bytes(): Uint8Array | undefined {
    if (this.rawLength === 0) return undefined;
    this.raw ??= this.inflate();
    return this.raw;
  }

  private inflate(): Uint8Array {
    let raw: Uint8Array;
    try {
      raw = zstdDecompressSync(this.frame, {
        maxOutputLength: this.rawLength,
        chunkSize: Math.max(64, this.rawLength),
      });
    } catch (cause) {
      throw corrupt('the stored dictionary cannot be decompressed', { cause: String(cause) });
    }
    if (raw.length !== this.rawLength) {
      throw corrupt(`the stored dictionary inflates to ${raw.length} bytes instead of ${this.rawLength}`);
    }
    return raw;
  }
}
