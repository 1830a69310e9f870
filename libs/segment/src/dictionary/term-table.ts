import { type WordBatch, hashBytes, writeUtf8 } from '#libs/analysis';
import type { MemoryLedger } from '../memory/memory-ledger.ts';

/** Four 32-bit integers a slot: the term's hash, its number + 1 (0: empty), where its bytes begin, how many they are. */
const STRIDE = 4;
const NUMBER = 1;
const START = 2;
const LENGTH = 3;
const SLOT_BYTES = 4 * STRIDE;
/** Slots of the first table; always a power of two. */
const FIRST_SLOTS = 16;
/** Slots looked at before a term goes to the overflow map, so that chosen collisions cost no more than a Map does. */
const MAX_PROBES = 64;
const OVERFLOW_BYTES = 128;

/**
 * The distinct terms of a field while it is built, as bytes, numbered in the order they came. Hash, number and place of a
 * term stand side by side: a known term costs two cache lines, its slot and its bytes, and no object.
 */
export class TermTable {
  /** Of all terms, one after the other. */
  private bytes = new Uint8Array(256);
  /** By number: where a term ends. */
  private ends = new Uint32Array(FIRST_SLOTS);
  private slots = new Int32Array(STRIDE * FIRST_SLOTS);
  private mask = FIRST_SLOTS - 1;
  private count = 0;
  /** By the term's bytes as Latin-1. */
  private readonly overflow = new Map<string, { readonly number: number; readonly hash: number }>();
  private found = new Int32Array(256);
  private scratch = new Uint8Array(1024);

  constructor(private readonly ledger: MemoryLedger) {
    ledger.bytes += this.bytes.length + this.ends.byteLength + this.slots.byteLength;
  }

  get size(): number {
    return this.count;
  }

  /**
   * The numbers of a batch's words, valid until the next call. In passes each of which waits for memory in one place only,
   * so that the processor can wait for many words at the same time.
   */
  numbersOf(batch: WordBatch): Int32Array {
    const { length, bytes, ends, hashes } = batch;
    if (length > this.found.length) this.found = new Int32Array(2 * length);
    const { found } = this;
    for (let i = 0; i < length; i++) {
      const hash = finished(hashes[i]!);
      hashes[i] = hash;
      const at = STRIDE * (hash & this.mask);
      found[i] = this.slots[at] === hash && this.slots[at + NUMBER] !== 0 ? at : -1;
    }
    let start = 0;
    const { slots, bytes: own } = this;
    for (let i = 0; i < length; i++) {
      const end = ends[i]!;
      const at = found[i]!;
      // Slots that have moved say nothing any more; bytes are only added to.
      if (at >= 0 && slots === this.slots && slots[at + LENGTH] === end - start) {
        const offset = slots[at + START]! - start;
        let place = start;
        while (place < end && bytes[place] === own[place + offset]) place++;
        found[i] = place === end ? slots[at + NUMBER]! - 1 : this.lookUp(bytes, start, end, hashes[i]!);
      } else found[i] = this.lookUp(bytes, start, end, hashes[i]!);
      start = end;
    }
    return found;
  }

  /** Lone surrogates become U+FFFD, as two strings that would be written the same must be one term. */
  numberOf(term: string): number {
    if (3 * term.length > this.scratch.length) this.scratch = new Uint8Array(6 * term.length);
    const end = writeUtf8(term, this.scratch, 0);
    return this.lookUp(this.scratch, 0, end, finished(hashBytes(this.scratch, 0, end)));
  }

  /** A view, valid until the next term is added. */
  term(number: number): Uint8Array {
    return this.bytes.subarray(number === 0 ? 0 : this.ends[number - 1], this.ends[number]);
  }

  private lookUp(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const { slots, mask, bytes: own } = this;
    const length = end - start;
    let slot = hash & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const at = STRIDE * slot;
      const entry = slots[at + NUMBER]!;
      if (entry === 0) return this.insert(bytes, start, end, hash);
      if (slots[at] === hash && slots[at + LENGTH] === length) {
        const offset = slots[at + START]! - start;
        let place = start;
        while (place < end && bytes[place] === own[place + offset]) place++;
        if (place === end) return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    return this.overflow.get(latin1(bytes, start, end))?.number ?? this.insert(bytes, start, end, hash);
  }

  private insert(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const number = this.count++;
    const to = number === 0 ? 0 : this.ends[number - 1]!;
    const length = end - start;
    this.reserve(number, to + length);
    for (let i = 0; i < length; i++) this.bytes[to + i] = bytes[start + i]!;
    this.ends[number] = to + length;
    if (4 * this.count > 3 * (this.mask + 1)) this.grow();
    this.place(hash, number, to, length);
    return number;
  }

  private reserve(number: number, bytes: number): void {
    if (number === this.ends.length) {
      const grown = new Uint32Array(Math.ceil(number * 1.5));
      grown.set(this.ends);
      this.ledger.bytes += grown.byteLength - this.ends.byteLength;
      this.ends = grown;
    }
    if (bytes > this.bytes.length) {
      const grown = new Uint8Array(Math.ceil(bytes * 1.5));
      grown.set(this.bytes);
      this.ledger.bytes += grown.length - this.bytes.length;
      this.bytes = grown;
    }
  }

  private place(hash: number, number: number, start: number, length: number): void {
    const { slots, mask } = this;
    let slot = hash & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const at = STRIDE * slot;
      if (slots[at + NUMBER] === 0) {
        slots[at] = hash;
        slots[at + NUMBER] = number + 1;
        slots[at + START] = start;
        slots[at + LENGTH] = length;
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.overflow.set(latin1(this.bytes, start, start + length), { number, hash });
    this.ledger.bytes += OVERFLOW_BYTES + length;
  }

  /** Every term is placed anew, the overflowing ones too: with the larger table they may find room. */
  private grow(): void {
    const old = this.slots;
    const rest = [...this.overflow.values()];
    this.overflow.clear();
    this.slots = new Int32Array(2 * old.length);
    this.mask = 2 * (this.mask + 1) - 1;
    this.ledger.bytes += (old.length / STRIDE) * SLOT_BYTES;
    for (let at = 0; at < old.length; at += STRIDE) {
      const entry = old[at + NUMBER]!;
      if (entry !== 0) this.place(old[at]!, entry - 1, old[at + START]!, old[at + LENGTH]!);
    }
    for (const { number, hash } of rest) {
      const start = number === 0 ? 0 : this.ends[number - 1]!;
      const length = this.ends[number]! - start;
      this.ledger.bytes -= OVERFLOW_BYTES + length;
      this.place(hash, number, start, length);
    }
  }
}

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');

/** MurmurHash3's finisher, as the table looks at the low bits. */
function finished(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
