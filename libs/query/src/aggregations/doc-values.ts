import type { SegmentData } from '../execute/segment-data.ts';

/**
 * A column's values by document, numbers or ordinals alike: document d has the values [begin(d), end(d)), ascending.
 */
export class DocValues {
  constructor(
    private readonly raw: ArrayLike<number>,
    private readonly base: number,
    private readonly scale: number,
    private readonly starts: Uint32Array | undefined,
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
}

/** Undefined when no document of the segment has the field. */
export function docValues(data: SegmentData, field: string): DocValues | undefined {
  const numeric = data.numericColumn(field);
  if (numeric) return new DocValues(numeric.raw, numeric.base, numeric.scale, numeric.starts);
  const keyword = data.keywordColumn(field);
  return keyword && new DocValues(keyword.ordinals, 0, 1, keyword.starts);
}
