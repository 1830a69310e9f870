import { ByteReader, corrupt } from '#libs/kernel';
import { aligned, inRange } from '../unit.ts';
import { type NumericColumn, ZONE_DOCS } from './column.ts';
import { readValueCounts } from './value-counts.ts';

/** Values of `width` bytes as a view of the body, which is aligned for it. */
function viewValues(
  reader: ByteReader,
  count: number,
  width: number,
): Uint8Array | Uint16Array | Uint32Array | Float64Array {
  const bytes = reader.bytes(inRange(count * width, 0, reader.remaining, 'a column’s bytes'));
  if (width === 1) return bytes;
  if (width === 2) return new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  if (width === 4) return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  if (width === 8) return new Float64Array(bytes.buffer, bytes.byteOffset, count);
  throw corrupt(`a column’s values are ${width} bytes wide`);
}

export function decodeNumericColumn(unaligned: Uint8Array, docCount: number): NumericColumn {
  const body = aligned(unaligned, 8);
  const reader = new ByteReader(body);
  const zones = Math.ceil(docCount / ZONE_DOCS);
  const doubles = (): Float64Array => {
    const bytes = reader.bytes(8 * zones);
    return new Float64Array(bytes.buffer, bytes.byteOffset, zones);
  };
  const zoneMins = doubles();
  const zoneMaxs = doubles();
  const base = reader.f64();
  const scale = reader.f64();
  const count = reader.u32();
  const raw = viewValues(reader, count, reader.u32());
  return { docCount, starts: readValueCounts(reader, docCount, count), raw, base, scale, zoneMins, zoneMaxs };
}

export function decodeOrdinals(unaligned: Uint8Array): {
  ordinals: Uint8Array | Uint16Array | Uint32Array;
  rest: ByteReader;
} {
  const reader = new ByteReader(aligned(unaligned, 4));
  const count = reader.u32();
  const width = reader.u32();
  if (width > 4) throw corrupt(`a keyword column’s ordinals are ${width} bytes wide`);
  return { ordinals: viewValues(reader, count, width) as Uint8Array | Uint16Array | Uint32Array, rest: reader };
}
