import { invalid } from '#libs/kernel';
import type { NumericColumn } from '#libs/segment';
import type { FunctionValue } from '../compile/compiled-query.ts';
import { hashNumber, randomOf } from '../score/mix-hash.ts';
import { applyModifier } from '../score/modifiers.ts';
import { decayOf } from '../score/decay.ts';
import type { SegmentData } from './segment-data.ts';
import { ZoneRanges } from './zone-ranges.ts';

/** What a function of a function_score says about a document of one segment. */
export interface ScoreFunction {
  /** Finite and not negative; throws `invalid` (`bad_score`, `missing_value`) else. */
  valueOf(doc: number): number;
  /** No document in [from, to] has a larger value, up to rounding; Infinity: unknown, or one of them may be an error. */
  maxIn(from: number, to: number): number;
}

type Of<K extends FunctionValue['kind']> = Extract<FunctionValue, { kind: K }>;

export function createScoreFunction(value: FunctionValue, path: string, data: SegmentData): ScoreFunction {
  switch (value.kind) {
    case 'one':
      return { valueOf: () => 1, maxIn: () => 1 };
    case 'field_value_factor':
      return new FieldValueFactor(value, path, data.numericColumn(value.field));
    case 'decay':
      return new Decay(value, data.numericColumn(value.field));
    default:
      return randomScore(value, data);
  }
}

/** The smallest value of the document, times a factor, through a modifier. */
class FieldValueFactor implements ScoreFunction {
  private readonly zones: ZoneRanges | undefined;

  constructor(
    private readonly clause: Of<'field_value_factor'>,
    private readonly path: string,
    private readonly column: NumericColumn | undefined,
  ) {
    this.zones = column && new ZoneRanges(column);
  }

  valueOf(doc: number): number {
    const { clause, path } = this;
    const value = (this.column && firstValue(this.column, doc)) ?? clause.missing;
    if (value === undefined) {
      throw invalid(
        'missing_value',
        `${path}: a document that matches has no "${clause.field}"; say what it counts with "missing"`,
        { field: clause.field, path },
      );
    }
    const result = this.modified(value);
    if (result >= 0 && result < Infinity) return result;
    throw invalid(
      'bad_score',
      `${path}: ${clause.modifier} of ${clause.factor} * ${value} ("${clause.field}") is ${result}; a score must be finite and not negative`,
      { field: clause.field, value, path },
    );
  }

  /** The modifiers rise, or fall, all along the numbers that they allow (and a square has its largest value at an end). */
  maxIn(from: number, to: number): number {
    const { clause, zones } = this;
    const { min, max, hasMissing } = zones?.within(from, to) ?? NOTHING;
    const { missing } = clause;
    if (hasMissing && missing === undefined) return Infinity;
    let bound = 0;
    for (const value of [...(min <= max ? [min, max] : []), ...(hasMissing ? [missing!] : [])]) {
      const result = this.modified(value);
      if (!(result >= 0)) return Infinity;
      if (result > bound) bound = result;
    }
    return bound;
  }

  private modified(value: number): number {
    return applyModifier(this.clause.modifier, value * this.clause.factor);
  }
}

const NOTHING = { min: Infinity, max: -Infinity, hasMissing: true };

/** How near a document's values are to an origin; 1 where there is no value, as in Elasticsearch. */
class Decay implements ScoreFunction {
  private readonly zones: ZoneRanges | undefined;

  constructor(
    private readonly clause: Of<'decay'>,
    private readonly column: NumericColumn | undefined,
  ) {
    this.zones = column && new ZoneRanges(column);
  }

  valueOf(doc: number): number {
    return this.column ? decayOf(this.clause, this.distanceOf(doc, this.column)) : 1;
  }

  maxIn(from: number, to: number): number {
    const { min, max, hasMissing } = this.zones?.within(from, to) ?? NOTHING;
    if (hasMissing) return 1;
    if (min > max) return 0;
    const { origin } = this.clause;
    return decayOf(this.clause, this.beyondOffset(origin < min ? min - origin : origin > max ? origin - max : 0));
  }

  private distanceOf(doc: number, { raw, base, scale, starts }: NumericColumn): number {
    const begin = starts === undefined ? doc : starts[doc]!;
    const end = starts === undefined ? doc + 1 : starts[doc + 1]!;
    if (begin === end) return 0;
    const { origin, multiValueMode } = this.clause;
    let least = Infinity;
    let most = 0;
    let sum = 0;
    for (let at = begin; at < end; at++) {
      const distance = this.beyondOffset(Math.abs(base + raw[at]! * scale - origin));
      least = Math.min(least, distance);
      most = Math.max(most, distance);
      sum += distance;
    }
    if (multiValueMode === 'min') return least;
    if (multiValueMode === 'max') return most;
    return multiValueMode === 'sum' ? sum : sum / (end - begin);
  }

  private beyondOffset(distance: number): number {
    return Math.max(0, distance - this.clause.offset);
  }
}

/** Drawn from what does not depend on the segment that the document is in (SCORE-2). */
function randomScore({ field, seed }: Of<'random_score'>, data: SegmentData): ScoreFunction {
  const maxIn = (): number => 1;
  if (field === '_id') return { valueOf: (doc) => randomOf(seed, data.idHashes[doc]!), maxIn };
  const column = data.numericColumn(field);
  return {
    valueOf: (doc) => {
      const value = column && firstValue(column, doc);
      return randomOf(seed, value === undefined ? 0 : hashNumber(value));
    },
    maxIn,
  };
}

/** The smallest one. */
function firstValue({ raw, base, scale, starts }: NumericColumn, doc: number): number | undefined {
  if (starts === undefined) return base + raw[doc]! * scale;
  const at = starts[doc]!;
  return at === starts[doc + 1] ? undefined : base + raw[at]! * scale;
}
