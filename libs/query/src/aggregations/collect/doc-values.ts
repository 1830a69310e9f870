import type { SegmentData } from '../../execute/segment-data.ts';

type Raw = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/**
 * A column's values by document, numbers or ordinals alike: document d has the values [begin(d), end(d)), ascending.
 */
export class DocValues {
  constructor(
    readonly raw: Raw,
    private readonly base: number,
    private readonly scale: number,
    readonly starts: Uint32Array | undefined,
    /** Of all documents of the segment; for ordinals 0 and the number of terms - 1. */
    readonly min: number,
    readonly max: number,
  ) {}

  begin(doc: number): number {
    return this.starts === undefined ? doc : this.starts[doc]!;
  }

  end(doc: number): number {
    return this.starts === undefined ? doc + 1 : this.starts[doc + 1]!;
  }

  value(at: number): number {
    return this.base + this.raw[at]! * this.scale;
  }

  /** The value that is kept as `raw`. */
  widened(raw: number): number {
    return this.base + raw * this.scale;
  }
}

/** Undefined when no document of the segment has the field. */
export function docValues(data: SegmentData, field: string): DocValues | undefined {
  const numeric = data.numericColumn(field);
  if (numeric) {
    const { raw, base, scale, starts, zoneMins, zoneMaxs } = numeric;
    return new DocValues(raw, base, scale, starts, lowest(zoneMins), highest(zoneMaxs));
  }
  const keyword = data.keywordColumn(field);
  return keyword && new DocValues(keyword.ordinals, 0, 1, keyword.starts, 0, keyword.termCount - 1);
}

const lowest = (values: Float64Array): number => values.reduce((a, b) => Math.min(a, b), Infinity);
const highest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
