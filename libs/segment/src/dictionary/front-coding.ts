import { type ByteReader, type ByteWriter, corrupt } from '#libs/kernel';

/** The highest that the head byte of a marked string tells itself. */
const MOST_SHARED = 15;
const MOST_LENGTH = 7;

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
    this.rest(out.varint(shared).varint(bytes.length - shared), bytes, shared);
  }

  /**
   * The same with a mark, most often in one byte before the rest: 16·shared + 2·length + mark, where 15 shared or a length of
   * 7 stand for at least as much, and varints of what is more follow.
   */
  writeMarked(out: ByteWriter, bytes: Uint8Array, mark: 0 | 1): void {
    const shared = sharedPrefix(this.previous, bytes);
    const length = bytes.length - shared;
    out.u8(16 * Math.min(shared, MOST_SHARED) + 2 * Math.min(length, MOST_LENGTH) + mark);
    if (shared >= MOST_SHARED) out.varint(shared - MOST_SHARED);
    if (length >= MOST_LENGTH) out.varint(length - MOST_LENGTH);
    this.rest(out, bytes, shared);
  }

  private rest(out: ByteWriter, bytes: Uint8Array, shared: number): void {
    out.bytes(shared === 0 ? bytes : bytes.subarray(shared));
    this.previous = bytes as Uint8Array<ArrayBuffer>;
  }
}

/** The strings of a block, spelled out one after the other: string i is bytes[ends[i - 1], ends[i]). */
export class FrontDecoder {
  bytes: Uint8Array;
  /** Of what `readMarked` read last. */
  mark: 0 | 1 = 0;
  private length = 0;
  private start = 0;

  constructor(expectedBytes: number) {
    this.bytes = new Uint8Array(expectedBytes);
  }

  /** Reads the next string. @returns where it ends */
  read(reader: ByteReader): number {
    const shared = reader.varint();
    return this.append(reader, shared, reader.varint());
  }

  /** The same of what `writeMarked` wrote. */
  readMarked(reader: ByteReader): number {
    const head = reader.u8();
    let shared = head >>> 4;
    let count = (head >>> 1) & MOST_LENGTH;
    if (shared === MOST_SHARED) shared += reader.varint();
    if (count === MOST_LENGTH) count += reader.varint();
    this.mark = (head & 1) as 0 | 1;
    return this.append(reader, shared, count);
  }

  private append(reader: ByteReader, shared: number, count: number): number {
    if (shared > this.length - this.start) throw corrupt(`a term shares ${shared} bytes with a shorter one`);
    // Before it is allocated for (SEG-2).
    if (count > reader.remaining) throw corrupt(`a term's rest of ${count} bytes passes the end of its block`);
    const end = this.length + shared + count;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(end * 2);
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    this.bytes.copyWithin(this.length, this.start, this.start + shared);
    reader.copyTo(this.bytes, this.length + shared, count);
    this.start = this.length;
    this.length = end;
    return end;
  }
}
