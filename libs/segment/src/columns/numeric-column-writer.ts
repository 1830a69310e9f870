import { ByteWriter } from '#libs/kernel';
import { sealUnit } from '../unit.ts';
import { ZONE_DOCS } from './column.ts';
import { writeValueCounts } from './value-counts.ts';

/** Bytes a stored value takes; 8 is Float64, the others unsigned integers to be widened by base + raw·scale. */
export type StoredWidth = 1 | 2 | 4 | 8;

interface Packing {
  readonly width: StoredWidth;
  readonly base: number;
  readonly scale: number;
}

/** -0 is the number that adding to leaves every number as it is, also -0. */
const AS_DOUBLES: Packing = { width: 8, base: -0, scale: 1 };

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** The narrowest form from which every value comes back exactly (-0 and fractions only as doubles). */
function choosePacking(values: Float64Array, count: number): Packing {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return AS_DOUBLES;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (max - min > Number.MAX_SAFE_INTEGER) return AS_DOUBLES;
  let scale = 0;
  for (let i = 0; i < count && scale !== 1; i++) scale = gcd(scale, values[i]! - min);
  scale ||= 1;
  const range = (max - min) / scale;
  if (range > 0xffff_ffff) return AS_DOUBLES;
  return { width: range <= 0xff ? 1 : range <= 0xffff ? 2 : 4, base: min, scale };
}

/**
 * The unit of a numeric column: zone map, packing, values, value counts (FORMAT.md, "Columns").
 * @param values ascending within a document @param docs of every value, ascending
 */
export function encodeNumericColumn(
  values: Float64Array,
  docs: Uint32Array,
  count: number,
  docCount: number,
): Uint8Array {
  const { width, base, scale } = choosePacking(values, count);
  const zones = Math.ceil(docCount / ZONE_DOCS);
  const mins = new Float64Array(zones).fill(Infinity);
  const maxs = new Float64Array(zones).fill(-Infinity);
  for (let i = 0; i < count; i++) {
    const zone = Math.floor(docs[i]! / ZONE_DOCS);
    if (values[i]! < mins[zone]!) mins[zone] = values[i]!;
    if (values[i]! > maxs[zone]!) maxs[zone] = values[i]!;
  }
  const out = new ByteWriter(16 * zones + width * count + docCount + 64);
  for (const min of mins) out.f64(min);
  for (const max of maxs) out.f64(max);
  out.f64(base).f64(scale).u32(count).u32(width);
  for (let i = 0; i < count; i++) {
    if (width === 8) out.f64(values[i]!);
    else writeUnsigned(out, (values[i]! - base) / scale, width);
  }
  writeValueCounts(out, docs, count, docCount);
  return sealUnit(out, 8);
}

export function writeUnsigned(out: ByteWriter, value: number, width: 1 | 2 | 4): void {
  if (width === 1) out.u8(value);
  else if (width === 2) out.u16(value);
  else out.u32(value);
}
