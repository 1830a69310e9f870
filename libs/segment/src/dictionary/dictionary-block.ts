import { ByteReader, corrupt } from '#libs/kernel';
import { INLINE_BYTES } from '../layout.ts';
import type { UnitRange } from '../unit.ts';
import { inRange } from '../unit.ts';
import { ByteStrings } from './byte-strings.ts';
import { FrontDecoder } from './front-coding.ts';

/** A body that stands in the entry, or the unit that holds it. */
export type Place = Uint8Array | UnitRange;

/** What a TermInfo's `location` is. */
export interface TermLocation {
  /** docFreq in a keyword field. */
  readonly totalTermFreq: number;
  readonly postings: Place;
  /** Of text fields. */
  readonly positions: Place | undefined;
}

/** What the footer knows of the field that a block belongs to. */
export interface DictionaryShape {
  readonly docCount: number;
  readonly hasFreqs: boolean;
  readonly postings: UnitRange;
  readonly positions: UnitRange;
}

/**
 * A dictionary block, parsed whole: some 250 terms. Parsing takes about 20 µs once per bytes; restart points for
 * searching the encoded form would cost space in every block to save that only where a block is not cached.
 */
export class DictionaryBlock {
  readonly terms: ByteStrings;
  readonly docFreqs: Uint32Array;
  private readonly totalTermFreqs: Float64Array;
  private readonly hasFreqs: boolean;
  private readonly postingsPlaces: Places;
  private readonly positionsPlaces: Places;

  /** @param entries as the sparse index has it */
  constructor(body: Uint8Array, entries: number, shape: DictionaryShape) {
    this.hasFreqs = shape.hasFreqs;
    const reader = new ByteReader(body);
    const count = reader.varint();
    // An entry takes at least two bytes.
    if (count !== entries || count > body.length / 2)
      throw corrupt(`a dictionary block holds ${count} terms, not ${entries}`);
    this.postingsPlaces = new Places(body, shape.postings, 4 * reader.varint(), count);
    this.positionsPlaces = new Places(body, shape.positions, 4 * reader.varint(), shape.hasFreqs ? count : 0);
    this.docFreqs = new Uint32Array(count);
    this.totalTermFreqs = new Float64Array(count);
    const ends = new Uint32Array(count);
    const decoder = new FrontDecoder(2 * body.length);
    for (let i = 0; i < count; i++) {
      ends[i] = decoder.readMarked(reader);
      if (decoder.mark === 1) {
        this.readOnce(reader, i);
        continue;
      }
      this.docFreqs[i] = inRange(reader.varint(), 1, shape.docCount, 'a term’s document count');
      this.totalTermFreqs[i] = this.docFreqs[i]! + (shape.hasFreqs ? reader.varint() : 0);
      this.postingsPlaces.read(reader, i);
      if (shape.hasFreqs) this.positionsPlaces.read(reader, i);
    }
    this.terms = new ByteStrings(decoder.bytes, ends);
  }

  /** A term that occurs once: a norm and the document, the position. */
  private readOnce(reader: ByteReader, i: number): void {
    this.docFreqs[i] = 1;
    this.totalTermFreqs[i] = 1;
    const start = reader.position;
    if (this.hasFreqs) reader.u8();
    reader.varint();
    this.postingsPlaces.setInline(i, start, reader.position);
    if (!this.hasFreqs) return;
    const position = reader.position;
    reader.varint();
    this.positionsPlaces.setInline(i, position, reader.position);
  }

  location(i: number): TermLocation {
    return {
      totalTermFreq: this.totalTermFreqs[i]!,
      postings: this.postingsPlaces.at(i),
      positions: this.hasFreqs ? this.positionsPlaces.at(i) : undefined,
    };
  }
}

/** Per entry the length of what it points to; units follow each other in their section, so offsets are sums. */
class Places {
  /** In the block when `inline`, else in the object. */
  private readonly starts: Float64Array;
  private readonly lengths: Uint32Array;
  private readonly inline: Uint8Array;
  private next: number;
  private readonly end: number;

  constructor(
    private readonly body: Uint8Array,
    section: UnitRange,
    base: number,
    count: number,
  ) {
    this.starts = new Float64Array(count);
    this.lengths = new Uint32Array(count);
    this.inline = new Uint8Array(count);
    this.next = section.offset + base;
    this.end = section.offset + section.length;
  }

  read(reader: ByteReader, i: number): void {
    const value = reader.varint();
    if (value % 2 === 1) {
      const start = reader.position;
      reader.skip(inRange((value - 1) / 2, 0, INLINE_BYTES, 'an inline length'));
      this.setInline(i, start, reader.position);
    } else {
      const length = inRange(2 * value, 8, this.end - this.next, 'a unit’s length');
      this.lengths[i] = length;
      this.starts[i] = this.next;
      this.next += length;
    }
  }

  setInline(i: number, start: number, end: number): void {
    this.inline[i] = 1;
    this.starts[i] = start;
    this.lengths[i] = end - start;
  }

  at(i: number): Place {
    const start = this.starts[i]!;
    const length = this.lengths[i]!;
    return this.inline[i] === 1 ? this.body.subarray(start, start + length) : { offset: start, length };
  }
}
