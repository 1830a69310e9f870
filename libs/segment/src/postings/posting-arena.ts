import { ARENA_BLOCK_BITS, ARENA_BLOCK_MASK, type ByteArena } from '../memory/byte-arena.ts';
import type { MemoryLedger } from '../memory/memory-ledger.ts';

// The state of a term: eight 32-bit integers, half a cache line.
const STRIDE = 8;
/** Documents so far. */
const DOC_FREQ = 0;
/** The last of them. */
const LAST_DOC = 1;
/** The last position in it. */
const LAST_POSITION = 2;
/** Occurrences so far. A term that occurred once has no stream yet: LAST_DOC and LAST_POSITION say it all. */
const OCCURRENCES = 3;
/** Address of the stream's first byte, of its next byte, and of the pointer that ends the current slice. */
const START = 4;
const WRITE = 5;
const END = 6;
/** Of the current slice: its size is SLICE_BYTES[level]. */
const LEVEL = 7;

/** Slices end with four bytes: the address of the next one. They grow, so that frequent terms have few of them. */
const SLICE_BYTES = [16, 32, 64, 128, 256, 512, 1024, 2048];
const POINTER_BYTES = 4;
const MAX_VARINT_BYTES = 5;

/**
 * Inverts documents in one pass: per term a stream of its occurrences in chained slices of one byte arena (Lucene's
 * ByteBlockPool). The stream is, per occurrence, varint(2·(position - previous position in the document) + first), where
 * `first` is 1 for a document's first occurrence and then varint(document - previous document) follows.
 */
export class PostingArena {
  private state = new Int32Array(16 * STRIDE);
  private scratch = new Uint8Array(1024);
  /** So that reading ahead is not left out by the compiler. */
  seen = 0;
  /** What `read` found: documents ascending, their frequencies, and per document the position deltas. */
  docs = new Int32Array(256);
  freqs = new Int32Array(256);
  positionDeltas = new Int32Array(256);

  constructor(
    private readonly arena: ByteArena,
    private readonly ledger: MemoryLedger,
  ) {
    ledger.bytes += this.state.byteLength;
  }

  docFreq = (term: number): number => this.state[term * STRIDE + DOC_FREQ]!;
  totalTermFreq = (term: number): number => this.state[term * STRIDE + OCCURRENCES]!;
  /** The last document that `add` named for the term; -1 before. */
  lastDoc = (term: number): number => (this.docFreqKnown(term) ? this.state[term * STRIDE + LAST_DOC]! : -1);

  /** @param doc ≥ the last one @param position ≥ the last one of the same document, at most MAX_POSITION */
  add(term: number, doc: number, position: number): void {
    const at = term * STRIDE;
    if (at >= this.state.length) this.grow(at);
    const state = this.state;
    const occurrences = state[at + OCCURRENCES]!++;
    if (occurrences === 0) {
      state[at + DOC_FREQ] = 1;
      state[at + LAST_DOC] = doc;
      state[at + LAST_POSITION] = position;
      return;
    }
    if (occurrences === 1) this.open(at);
    if (state[at + LAST_DOC] === doc) {
      this.append(at, 2 * (position - state[at + LAST_POSITION]!));
    } else {
      state[at + DOC_FREQ]!++;
      this.append(at, 2 * position + 1);
      this.append(at, doc - state[at + LAST_DOC]!);
      state[at + LAST_DOC] = doc;
    }
    state[at + LAST_POSITION] = position;
  }

  /**
   * Adds an occurrence of each term at base, base + 1, …; -1 stands for no term. All terms' states are looked at first, and
   * then the ends of their streams: reads that do not depend on each other wait for memory together.
   * @param base base + count ≤ MAX_POSITION
   */
  addRun(terms: Int32Array, count: number, doc: number, base: number): void {
    let highest = 0;
    for (let i = 0; i < count; i++) if (terms[i]! > highest) highest = terms[i]!;
    if (highest * STRIDE >= this.state.length) this.grow(highest * STRIDE);
    const { state } = this;
    const { blocks } = this.arena;
    let seen = 0;
    for (let i = 0; i < count; i++) if (terms[i]! >= 0) seen ^= state[terms[i]! * STRIDE + OCCURRENCES]!;
    for (let i = 0; i < count; i++) {
      const at = terms[i]! * STRIDE;
      if (at < 0 || state[at + OCCURRENCES]! < 2) continue;
      const write = state[at + WRITE]!;
      seen ^= blocks[write >>> ARENA_BLOCK_BITS]![write & ARENA_BLOCK_MASK]!;
    }
    this.seen = seen;
    for (let i = 0; i < count; i++) if (terms[i]! >= 0) this.add(terms[i]!, doc, base + i);
  }

  /** Decodes the term into `docs`, `freqs` and `positionDeltas`; valid until the next call. @returns its documents */
  read(term: number): number {
    const at = term * STRIDE;
    const state = this.state;
    const docFreq = state[at + DOC_FREQ]!;
    const occurrences = state[at + OCCURRENCES]!;
    if (docFreq > this.docs.length) {
      this.docs = new Int32Array(docFreq * 2);
      this.freqs = new Int32Array(docFreq * 2);
    }
    if (occurrences > this.positionDeltas.length) this.positionDeltas = new Int32Array(occurrences * 2);
    if (occurrences === 1) {
      this.docs[0] = state[at + LAST_DOC]!;
      this.freqs[0] = 1;
      this.positionDeltas[0] = state[at + LAST_POSITION]!;
      return 1;
    }
    this.gather(at);
    this.decode(occurrences);
    return docFreq;
  }

  private docFreqKnown(term: number): boolean {
    return term * STRIDE < this.state.length && this.state[term * STRIDE + DOC_FREQ]! > 0;
  }

  private decode(occurrences: number): void {
    const { scratch, docs, freqs, positionDeltas } = this;
    let read = 0;
    let doc = -1;
    let index = -1;
    for (let i = 0; i < occurrences; i++) {
      let byte = scratch[read++]!;
      let value = byte & 0x7f;
      for (let shift = 7; byte >= 0x80; shift += 7) {
        byte = scratch[read++]!;
        value |= (byte & 0x7f) << shift;
      }
      positionDeltas[i] = value >>> 1;
      if ((value & 1) === 0) {
        freqs[index]!++;
        continue;
      }
      byte = scratch[read++]!;
      value = byte & 0x7f;
      for (let shift = 7; byte >= 0x80; shift += 7) {
        byte = scratch[read++]!;
        value |= (byte & 0x7f) << shift;
      }
      docs[++index] = doc += value;
      freqs[index] = 1;
    }
  }

  /** Copies the term's slices, one after the other, to `scratch`. */
  private gather(at: number): void {
    const state = this.state;
    const write = state[at + WRITE]!;
    const lastLevelEnd = state[at + END]!;
    let length = 0;
    let start = state[at + START]!;
    for (let level = 0; ; level = Math.min(level + 1, SLICE_BYTES.length - 1)) {
      const end = start + SLICE_BYTES[level]! - POINTER_BYTES;
      const stop = end === lastLevelEnd ? write : end;
      const block = this.arena.blocks[start >>> ARENA_BLOCK_BITS]!;
      if (length + SLICE_BYTES[level]! > this.scratch.length) {
        const grown = new Uint8Array(this.scratch.length * 2);
        grown.set(this.scratch);
        this.scratch = grown;
      }
      const base = start & ARENA_BLOCK_MASK;
      const count = stop - start;
      if (count > 64) this.scratch.set(block.subarray(base, base + count), length);
      else for (let i = 0; i < count; i++) this.scratch[length + i] = block[base + i]!;
      length += count;
      if (end === lastLevelEnd) return;
      const pointer = end & ARENA_BLOCK_MASK;
      start = block[pointer]! | (block[pointer + 1]! << 8) | (block[pointer + 2]! << 16) | (block[pointer + 3]! << 24);
    }
  }

  /** The term occurs for the second time: its first occurrence moves to a stream. */
  private open(at: number): void {
    const state = this.state;
    const start = this.arena.allocate(SLICE_BYTES[0]!);
    state[at + START] = start;
    state[at + WRITE] = start;
    state[at + END] = start + SLICE_BYTES[0]! - POINTER_BYTES;
    this.append(at, 2 * state[at + LAST_POSITION]! + 1);
    this.append(at, state[at + LAST_DOC]! + 1);
  }

  private append(at: number, value: number): void {
    const state = this.state;
    let write = state[at + WRITE]!;
    let rest = value;
    if (state[at + END]! - write >= MAX_VARINT_BYTES) {
      const block = this.arena.blocks[write >>> ARENA_BLOCK_BITS]!;
      while (rest >= 0x80) {
        block[write++ & ARENA_BLOCK_MASK] = rest | 0x80;
        rest >>>= 7;
      }
      block[write++ & ARENA_BLOCK_MASK] = rest;
      state[at + WRITE] = write;
      return;
    }
    while (rest >= 0x80) {
      this.appendByte(at, rest | 0x80);
      rest >>>= 7;
    }
    this.appendByte(at, rest);
  }

  private appendByte(at: number, byte: number): void {
    const state = this.state;
    if (state[at + WRITE] === state[at + END]) this.chain(at);
    const write = state[at + WRITE]!++;
    this.arena.blocks[write >>> ARENA_BLOCK_BITS]![write & ARENA_BLOCK_MASK] = byte;
  }

  private chain(at: number): void {
    const state = this.state;
    const level = Math.min(state[at + LEVEL]! + 1, SLICE_BYTES.length - 1);
    const next = this.arena.allocate(SLICE_BYTES[level]!);
    const end = state[at + END]!;
    const block = this.arena.blocks[end >>> ARENA_BLOCK_BITS]!;
    for (let i = 0; i < POINTER_BYTES; i++) block[(end & ARENA_BLOCK_MASK) + i] = next >>> (8 * i);
    state[at + LEVEL] = level;
    state[at + WRITE] = next;
    state[at + END] = next + SLICE_BYTES[level]! - POINTER_BYTES;
  }

  private grow(at: number): void {
    const grown = new Int32Array(Math.max(at + STRIDE, Math.ceil((this.state.length * 1.5) / STRIDE) * STRIDE));
    grown.set(this.state);
    this.ledger.bytes += grown.byteLength - this.state.byteLength;
    this.state = grown;
  }
}
