import type { KeyScale } from '../plan/agg-plan.ts';
import type { DocValues } from './doc-values.ts';

/** All keys that the values of a segment may have, in order, so that buckets can be counted in an array. */
export interface KeyPlaces {
  readonly keys: Float64Array;
  /** The place among the keys of the column's entry `at`. */
  readonly placeAt: (at: number) => number;
}

/** More keys than this are counted one by one as they come. */
const MAX_KEYS = 16_384;

export function keyPlaces(scale: KeyScale, values: DocValues): KeyPlaces | undefined {
  const { min, max } = values;
  if (!(min <= max)) return undefined;
  const found = scale.even ? evenPlaces(scale.even, min, max) : steppedPlaces(scale, min, max);
  return found && { keys: found.keys, placeAt: byEntry(found.placeOf, values) };
}

interface Places {
  readonly keys: Float64Array;
  readonly placeOf: (value: number) => number;
}

function evenPlaces(even: NonNullable<KeyScale['even']>, min: number, max: number): Places | undefined {
  const first = even.indexOf(min);
  const count = even.indexOf(max) - first + 1;
  // Where numbers are so large that neighbours are one double, they do not count.
  if (!(count <= MAX_KEYS) || !Number.isSafeInteger(first)) return undefined;
  const keys = Float64Array.from({ length: count }, (_, at) => even.keyAt(first + at));
  if (!keys.every((key, at) => Number.isFinite(key) && (at === 0 || key > keys[at - 1]!))) return undefined;
  return { keys, placeOf: (value) => even.indexOf(value) - first };
}

/** Whole numbers (dates) only: a key stands for all of them up to the next one. */
function steppedPlaces(scale: KeyScale, min: number, max: number): Places | undefined {
  const listed: number[] = [];
  for (let key = scale.keyOf(min); key <= max;) {
    const next = scale.next(key);
    // Where clocks change, a key may be no key of its own; such histograms are counted the other way.
    if (listed.length === MAX_KEYS || scale.keyOf(key) !== key || scale.keyOf(next - 1) !== key) return undefined;
    listed.push(key);
    key = next;
  }
  const keys = Float64Array.from(listed);
  let last = 0;
  const placeOf = (value: number): number => {
    // Neighbours often fall into one bucket.
    if (value >= keys[last]! && (last + 1 === keys.length || value < keys[last + 1]!)) return last;
    let low = 0;
    let high = keys.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (keys[middle]! <= value) low = middle;
      else high = middle - 1;
    }
    return (last = low);
  };
  return { keys, placeOf };
}

/** What is kept narrow is looked up in a table, which fills as values come. */
function byEntry(placeOf: (value: number) => number, values: DocValues): (at: number) => number {
  const { raw } = values;
  if (raw.BYTES_PER_ELEMENT > 2) return (at) => placeOf(values.value(at));
  const table = new Int32Array(1 << (8 * raw.BYTES_PER_ELEMENT));
  return (at) => {
    const entry = raw[at]!;
    let place = table[entry]!;
    // 0: not looked up yet.
    if (place === 0) table[entry] = place = placeOf(values.widened(entry)) + 1;
    return place - 1;
  };
}
