import type { KeywordColumn, NumericColumn } from '#libs/segment';
import type { SortKey, SortMode } from '../search-request.ts';
import { ZoneRanges } from './zone-ranges.ts';

/** What a sort key makes of a document in one segment: a number, the smaller the earlier; missing is mostly ±Infinity. */
export abstract class SortColumn {
  abstract valueOf(doc: number): number;
  /** No document in [from, to] has a smaller number. */
  leastIn(_from: number, _to: number): number {
    return -Infinity;
  }
}

type Key = Pick<SortKey, 'order' | 'mode'>;
const modeOf = ({ order, mode }: Key): SortMode => mode ?? (order === 'desc' ? 'max' : 'min');

export class NumericSortColumn extends SortColumn {
  private readonly sign: number;
  private readonly mode: SortMode;
  private readonly zones: ZoneRanges;

  /** @param whole sums and averages of the field are whole numbers, as in Elasticsearch */
  constructor(
    private readonly column: NumericColumn,
    key: Key,
    private readonly whole: boolean,
    private readonly missing: number,
  ) {
    super();
    this.sign = key.order === 'desc' ? -1 : 1;
    this.mode = modeOf(key);
    this.zones = new ZoneRanges(column);
  }

  valueOf(doc: number): number {
    const { raw, base, scale, starts } = this.column;
    if (starts === undefined) return this.sign * (base + raw[doc]! * scale);
    const begin = starts[doc]!;
    const end = starts[doc + 1]!;
    if (begin === end) return this.missing;
    return this.sign * (end - begin === 1 ? base + raw[begin]! * scale : this.ofSeveral(begin, end));
  }

  private ofSeveral(begin: number, end: number): number {
    const { mode } = this;
    if (mode === 'min') return this.at(begin);
    if (mode === 'max') return this.at(end - 1);
    if (mode === 'median') {
      const middle = (begin + end) >>> 1;
      if (((end - begin) & 1) === 1) return this.at(middle);
      return this.rounded((this.at(middle - 1) + this.at(middle)) / 2);
    }
    let sum = 0;
    for (let i = begin; i < end; i++) sum += this.at(i);
    return mode === 'sum' ? sum : this.rounded(sum / (end - begin));
  }

  private at(place: number): number {
    const { raw, base, scale } = this.column;
    return base + raw[place]! * scale;
  }

  private rounded(number: number): number {
    return this.whole ? Math.round(number) : number;
  }

  override leastIn(from: number, to: number): number {
    // A sum may be anything, and an average may leave the range of its values by its rounding.
    const bounded = this.column.starts === undefined || this.mode === 'min' || this.mode === 'max';
    if (!bounded) return -Infinity;
    const { min, max, hasMissing } = this.zones.within(from, to);
    const least = this.sign === 1 ? min : -max;
    return hasMissing ? Math.min(least, this.missing) : least;
  }
}

/** By the ordinals of the segment's dictionary, which are in order of the terms. */
export class OrdinalSortColumn extends SortColumn {
  private readonly descending: boolean;
  private readonly last: boolean;

  constructor(
    private readonly column: KeywordColumn,
    key: Key,
    private readonly missing: number,
  ) {
    super();
    this.descending = key.order === 'desc';
    this.last = modeOf(key) === 'max';
  }

  valueOf(doc: number): number {
    const { ordinals, starts } = this.column;
    if (starts === undefined) return this.descending ? -ordinals[doc]! : ordinals[doc]!;
    const begin = starts[doc]!;
    const end = starts[doc + 1]!;
    if (begin === end) return this.missing;
    const ordinal = ordinals[this.last ? end - 1 : begin]!;
    return this.descending ? -ordinal : ordinal;
  }
}

/** Of a field that the segment does not have. */
export class MissingSortColumn extends SortColumn {
  constructor(private readonly missing: number) {
    super();
  }

  valueOf(): number {
    return this.missing;
  }

  override leastIn(): number {
    return this.missing;
  }
}

/** The score of the document that is being looked at: set before each offer. */
export class ScoreSortColumn extends SortColumn {
  score = 0;

  constructor(private readonly descending: boolean) {
    super();
  }

  valueOf(): number {
    return this.descending ? -this.score : this.score;
  }
}
