import { ZONE_DOCS, type NumericColumn } from '#libs/segment';
import type { NumberRange } from '../compile/compiled-query.ts';
import { setBit, type Bits } from './bits.ts';
import type { ExecutionWatch } from './execution-watch.ts';

/**
 * Adds the documents that have a value within one of the ranges (disjoint, ascending) to `out`. Zones whose smallest and
 * largest value tell the answer are not looked at value by value.
 */
export function scanRanges(
  column: NumericColumn,
  ranges: readonly NumberRange[],
  out: Bits,
  watch: ExecutionWatch,
): void {
  const { docCount, zoneMins, zoneMaxs, starts } = column;
  const mins = Float64Array.from(ranges, ({ min }) => min);
  const maxs = Float64Array.from(ranges, ({ max }) => max);
  for (let zone = 0; zone < zoneMins.length; zone++) {
    const zoneMin = zoneMins[zone]!;
    const zoneMax = zoneMaxs[zone]!;
    const begin = zone * ZONE_DOCS;
    const end = Math.min(docCount, begin + ZONE_DOCS);
    watch.spend(end - begin);
    // The first range that does not end before the zone's values begin.
    const first = lowerBound(maxs, zoneMin);
    if (zoneMin > zoneMax || first === maxs.length || mins[first]! > zoneMax) continue;
    if (mins[first]! <= zoneMin && maxs[first]! >= zoneMax && starts === undefined) {
      for (let doc = begin; doc < end; doc++) setBit(out, doc);
    } else if (ranges.length === 1) {
      scanOne(column, mins[0]!, maxs[0]!, begin, end, out);
    } else {
      scanMany(column, mins, maxs, begin, end, out);
    }
  }
}

function scanOne(
  { raw, base, scale, starts }: NumericColumn,
  min: number,
  max: number,
  begin: number,
  end: number,
  out: Bits,
): void {
  if (starts === undefined) {
    for (let doc = begin; doc < end; doc++) {
      const value = base + raw[doc]! * scale;
      if (value >= min && value <= max) setBit(out, doc);
    }
    return;
  }
  for (let doc = begin; doc < end; doc++) {
    const last = starts[doc + 1]!;
    for (let i = starts[doc]!; i < last; i++) {
      const value = base + raw[i]! * scale;
      if (value < min) continue;
      if (value <= max) setBit(out, doc);
      // Values ascend: the first one from min on decides.
      break;
    }
  }
}

function scanMany(
  { raw, base, scale, starts }: NumericColumn,
  mins: Float64Array,
  maxs: Float64Array,
  begin: number,
  end: number,
  out: Bits,
): void {
  for (let doc = begin; doc < end; doc++) {
    const last = starts === undefined ? doc + 1 : starts[doc + 1]!;
    for (let i = starts === undefined ? doc : starts[doc]!; i < last; i++) {
      const value = base + raw[i]! * scale;
      const at = lowerBound(maxs, value);
      if (at < mins.length && mins[at]! <= value) {
        setBit(out, doc);
        break;
      }
    }
  }
}

/** The first place whose value is ≥ target. */
function lowerBound(sorted: Float64Array, target: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < target) low = middle + 1;
    else high = middle;
  }
  return low;
}
