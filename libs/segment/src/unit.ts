import { type ByteWriter, corrupt, crc32 } from '#libs/kernel';

/**
 * A unit is what is read on its own (a dictionary block, a term's postings, a column …): its body, zero bytes up to a
 * multiple of 4 (8 where the unit is a whole section), and the crc32 of both. SEG-1: no byte of a unit is looked at before the checksum was found right.
 */
export interface UnitRange {
  readonly offset: number;
  readonly length: number;
}

/** Pads and seals what stands in the writer. @param alignment of the sealed unit's length: 8 where it is a whole section */
export function sealUnit(writer: ByteWriter, alignment: 4 | 8 = 4): Uint8Array {
  writer.align(4);
  if ((writer.length + 4) % alignment !== 0) writer.u32(0);
  writer.u32(crc32(writer.view()));
  return writer.view();
}

/** The unit's body with its padding. Throws `corrupt`. */
export function checkedBody(unit: Uint8Array, range: UnitRange): Uint8Array {
  const end = unit.length - 4;
  if (unit.length !== range.length || end < 0) {
    throw corrupt(`the unit at ${range.offset} is ${unit.length} bytes long instead of ${range.length}`, { ...range });
  }
  const body = unit.subarray(0, end);
  const stored = new DataView(unit.buffer, unit.byteOffset + end, 4).getUint32(0, true);
  if (crc32(body) !== stored) throw corrupt(`the unit at ${range.offset} fails its checksum`, { ...range });
  return body;
}

/** The same bytes at an address that typed arrays accept: a copy where a source handed out a piece of a larger read. */
export const aligned = (bytes: Uint8Array, alignment: number): Uint8Array =>
  // A Buffer's own slice would be a view.
  bytes.byteOffset % alignment === 0 ? bytes : new Uint8Array(bytes);

/** Throws `corrupt` when a number read from bytes is not an integer in [min, max]. */
export function inRange(value: number, min: number, max: number, what: string): number {
  if (!(value >= min && value <= max)) throw corrupt(`${what} is ${value}, outside ${min} … ${max}`);
  return value;
}
