import { corrupt } from './errors.ts';

const utf8 = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Below this, a loop over ASCII beats the call into TextEncoder. */
const SHORT_TEXT = 24;

export function encodeUtf8(text: string): Uint8Array {
  const { length } = text;
  if (length > SHORT_TEXT) return utf8.encode(text);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return utf8.encode(text);
    bytes[i] = unit;
  }
  return bytes;
}

/** Strict: malformed UTF-8 throws `corrupt`. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8Decoder.decode(bytes);
  } catch (cause) {
    throw corrupt('malformed UTF-8', { cause: String(cause) });
  }
}

/** Order of two byte strings, unsigned, shorter first: for UTF-8 this is code point order. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Code point order of two strings, which is the order of their UTF-8 bytes. JavaScript's own `<` compares UTF-16 units
 * and puts astral characters before U+E000…U+FFFF; ids and terms are ordered by this function everywhere.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x !== y) {
      // Surrogates sort above all of the basic plane.
      if (x >= 0xd800 && y >= 0xd800) {
        x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
        y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
      }
      return x - y;
    }
  }
  return a.length - b.length;
}

/** A growing little-endian byte buffer. `varint` is LEB128 of a safe non-negative integer. */
export class ByteWriter {
  private buffer: Uint8Array;
  private dataView: DataView;
  length = 0;

  constructor(initialBytes = 256) {
    this.buffer = new Uint8Array(initialBytes);
    this.dataView = new DataView(this.buffer.buffer);
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
    this.dataView = new DataView(grown.buffer);
  }
  u8(value: number): this {
    this.reserve(1);
    this.buffer[this.length++] = value;
    return this;
  }
  u16(value: number): this {
    this.reserve(2);
    this.dataView.setUint16(this.length, value, true);
    this.length += 2;
    return this;
  }
  u32(value: number): this {
    this.reserve(4);
    this.dataView.setUint32(this.length, value, true);
    this.length += 4;
    return this;
  }
  f64(value: number): this {
    this.reserve(8);
    this.dataView.setFloat64(this.length, value, true);
    this.length += 8;
    return this;
  }
  varint(value: number): this {
    this.reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.length++] = rest;
    return this;
  }
  bytes(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }
  /** varint length, then UTF-8. */
  string(text: string): this {
    const bytes = utf8.encode(text);
    return this.varint(bytes.length).bytes(bytes);
  }
  /** Zero bytes up to the next multiple of `alignment`. */
  align(alignment: number): this {
    while (this.length % alignment !== 0) this.u8(0);
    return this;
  }
  clear(): void {
    this.length = 0;
  }
  /** A view of what was written; valid until the next write. */
  view(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

/** Reads what ByteWriter wrote; every read is bounds-checked and throws `corrupt` past the end. */
export class ByteReader {
  private readonly view: DataView;
  position: number;
  readonly end: number;

  constructor(
    private readonly buffer: Uint8Array,
    position = 0,
    end = buffer.length,
  ) {
    this.position = position;
    this.end = end;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }
  get remaining(): number {
    return this.end - this.position;
  }
  private need(count: number): number {
    const at = this.position;
    if (at + count > this.end) throw corrupt(`read of ${count} bytes at ${at} passes the end at ${this.end}`);
    this.position = at + count;
    return at;
  }
  u8(): number {
    return this.buffer[this.need(1)]!;
  }
  u16(): number {
    return this.view.getUint16(this.need(2), true);
  }
  u32(): number {
    return this.view.getUint32(this.need(4), true);
  }
  f64(): number {
    return this.view.getFloat64(this.need(8), true);
  }
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      scale *= 0x80;
    }
    throw corrupt(`varint at ${this.position} is too long`);
  }
  /** A view, not a copy. */
  bytes(count: number): Uint8Array {
    const at = this.need(count);
    return this.buffer.subarray(at, at + count);
  }
  skip(count: number): void {
    this.need(count);
  }
  /** As `bytes`, into another array and without a view in between: for a few bytes at a time, very often. */
  copyTo(target: Uint8Array, targetAt: number, count: number): void {
    const at = this.need(count);
    for (let i = 0; i < count; i++) target[targetAt + i] = this.buffer[at + i]!;
  }
  string(): string {
    return decodeUtf8(this.bytes(this.varint()));
  }
}
