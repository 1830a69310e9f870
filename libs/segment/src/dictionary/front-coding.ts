import { type ByteReader, type ByteWriter, corrupt } from '#libs/kernel';

/** Bytes that both begin with. */
export function sharedPrefix(a: Uint8Array, b: Uint8Array): number {
  const limit = Math.min(a.length, b.length);
  let shared = 0;
  while (shared < limit && a[shared] === b[shared]) shared++;
  return shared;
}

/** Writes ascending byte strings as what they share with the one before (varint), and the rest (varint length, bytes). */
export class FrontEncoder {
  private previous = new Uint8Array(0);

  /** The next string stands in full: a block begins. */
  restart(): void {
    this.previous = new Uint8Array(0);
  }

  write(out: ByteWriter, bytes: Uint8Array): void {
    const shared = sharedPrefix(this.previous, bytes);
    out
      .varint(shared)
      .varint(bytes.length - shared)
      .bytes(shared === 0 ? bytes : bytes.subarray(shared));
    this.previous = bytes as Uint8Array<ArrayBuffer>;
  }
}

/** The strings of a block, spelled out one after the other: string i is bytes[ends[i - 1], ends[i]). */
export class FrontDecoder {
  bytes: Uint8Array;
  private length = 0;
  private start = 0;

  constructor(expectedBytes: number) {
    this.bytes = new Uint8Array(expectedBytes);
  }

  /** Reads the next string. @returns where it ends */
  read(reader: ByteReader): number {
    const shared = reader.varint();
    const count = reader.varint();
    if (shared > this.length - this.start) throw corrupt(`a term shares ${shared} bytes with a shorter one`);
    const suffix = reader.bytes(count);
    const end = this.length + shared + count;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(end * 2);
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    this.bytes.copyWithin(this.length, this.start, this.start + shared);
    this.bytes.set(suffix, this.length + shared);
    this.start = this.length;
    this.length = end;
    return end;
  }
}
