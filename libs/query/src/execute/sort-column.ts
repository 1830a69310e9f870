import type { KeywordColumn, NumericColumn } from '#libs/segment';

/** What a sort key makes of a document in one segment: a number, the smaller the earlier; missing is ±Infinity. */
export abstract class SortColumn {
  abstract valueOf(doc: number): number;
}

/** Of several values, the smallest counts when ascending and the largest when descending (as in Elasticsearch). */
export class NumericSortColumn extends SortColumn {
  constructor(
    private readonly column: NumericColumn,
    private readonly descending: boolean,
    private readonly missing: number,
  ) {
    super();
  }

  valueOf(doc: number): number {
    const { raw, base, scale, starts } = this.column;
    if (starts === undefined) return this.descending ? -(base + raw[doc]! * scale) : base + raw[doc]! * scale;
    const begin = starts[doc]!;
    const end = starts[doc + 1]!;
    if (begin === end) return this.missing;
    return this.descending ? -(base + raw[end - 1]! * scale) : base + raw[begin]! * scale;
  }
}

/** By the ordinals of the segment's dictionary, which are in order of the terms. */
export class OrdinalSortColumn extends SortColumn {
  constructor(
    private readonly column: KeywordColumn,
    private readonly descending: boolean,
    private readonly missing: number,
  ) {
    super();
  }

  valueOf(doc: number): number {
    const { ordinals, starts } = this.column;
    if (starts === undefined) return this.descending ? -ordinals[doc]! : ordinals[doc]!;
    const begin = starts[doc]!;
    const end = starts[doc + 1]!;
    if (begin === end) return this.missing;
    return this.descending ? -ordinals[end - 1]! : ordinals[begin]!;
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
