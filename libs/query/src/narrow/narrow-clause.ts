import type { BoolClause, Clause, NumbersClause } from '../compile/compiled-query.ts';

/** What is known of a segment without opening it. A manifest's entry is one. */
export interface SegmentBounds {
  readonly docCount: number;
  /** Only of fields that some document has. */
  readonly fields: Readonly<Record<string, FieldBounds>>;
}

interface FieldBounds {
  readonly docCount: number;
  /** Of all values, those of deleted documents too. */
  readonly min?: number;
  readonly max?: number;
}

const NONE: Clause = { kind: 'none' };

/**
 * A clause that matches the same documents of this segment, with the same scores, and says so more simply: a range that
 * covers all values becomes `exists` (or `all`), one that holds none becomes `none`, others end where the values do. So
 * the last day's searches are the same search, as far as most segments can tell (NARROW-1).
 */
export function narrowClause(clause: Clause, bounds: SegmentBounds): Clause {
  switch (clause.kind) {
    case 'numbers':
      return narrowNumbers(clause, bounds);
    case 'exists':
      return existing(clause.field, clause.boost, bounds);
    case 'term':
    case 'phrase':
    case 'term_set':
    case 'term_range':
    case 'term_pattern':
      return Object.hasOwn(bounds.fields, clause.field) ? clause : NONE;
    case 'bool':
      return narrowBool(clause, bounds);
    case 'dis_max': {
      const clauses = clause.clauses.map((each) => narrowClause(each, bounds));
      return clauses.every(isNone) ? NONE : { ...clause, clauses };
    }
    case 'function_score':
    case 'min_score': {
      const inner = narrowClause(clause.clause, bounds);
      return isNone(inner) ? NONE : { ...clause, clause: inner };
    }
    default:
      return clause;
  }
}

export const isNone = ({ kind }: Clause): boolean => kind === 'none';

function narrowNumbers(clause: NumbersClause, bounds: SegmentBounds): Clause {
  if (!Object.hasOwn(bounds.fields, clause.field)) return NONE;
  const { min, max } = bounds.fields[clause.field]!;
  if (typeof min !== 'number' || typeof max !== 'number') return clause;
  const ranges = clause.ranges
    .filter((range) => range.min <= max && range.max >= min)
    .map((range) => ({ min: Math.max(range.min, min), max: Math.min(range.max, max) }));
  const [first] = ranges;
  if (!first) return NONE;
  return first.min === min && first.max === max ? existing(clause.field, clause.boost, bounds) : { ...clause, ranges };
}

function existing(field: string, boost: number, { docCount, fields }: SegmentBounds): Clause {
  if (!Object.hasOwn(fields, field)) return NONE;
  return fields[field]!.docCount === docCount ? { kind: 'all', boost } : { kind: 'exists', field, boost };
}

/** Clauses stay in their places: scores are summed in this order. */
function narrowBool(clause: BoolClause, bounds: SegmentBounds): Clause {
  const narrow = (clauses: readonly Clause[]): Clause[] => clauses.map((each) => narrowClause(each, bounds));
  const [must, filter, should] = [narrow(clause.must), narrow(clause.filter), narrow(clause.should)];
  const mustNot = narrow(clause.mustNot);
  const isImpossible =
    must.some(isNone) ||
    filter.some(isNone) ||
    should.filter((each) => !isNone(each)).length < clause.minimumShouldMatch ||
    mustNot.some(({ kind }) => kind === 'all');
  return isImpossible ? NONE : { ...clause, must, filter, should, mustNot };
}
