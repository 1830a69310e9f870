import type { BoolClause, Clause } from './compiled-query.ts';

const NONE: Clause = { kind: 'none' };

export interface BoolParts {
  readonly must?: readonly Clause[];
  readonly should?: readonly Clause[];
  readonly filter?: readonly Clause[];
  readonly mustNot?: readonly Clause[];
  /** Undefined: 1 when must and filter are empty, else 0. */
  readonly minimumShouldMatch?: number;
}

/**
 * The simplest clause that means the same as this bool, with the same score: what can match nothing becomes `none`, a
 * bool around one clause becomes that clause, a conjunction in a conjunction and a disjunction in a disjunction dissolve.
 */
export function boolClause(parts: BoolParts): Clause {
  const { must = [], should = [], filter = [], mustNot = [] } = parts;
  const required = must.length + filter.length;
  const minimum = Math.max(parts.minimumShouldMatch ?? 0, required === 0 && should.length > 0 ? 1 : 0);
  const possible = should.filter(({ kind }) => kind !== 'none');
  if (minimum > possible.length) return NONE;
  if ([...must, ...filter].some(({ kind }) => kind === 'none')) return NONE;
  if (mustNot.some(({ kind }) => kind === 'all')) return NONE;

  const excluded = mustNot.filter(({ kind }) => kind !== 'none');
  const all: Clause[] = required + possible.length === 0 ? [{ kind: 'all', boost: 0 }] : [];
  const clause: BoolClause = {
    kind: 'bool',
    must: must.flatMap((child) => (isConjunction(child) ? child.must : [child])),
    should: minimum <= 1 ? possible.flatMap((child) => (isDisjunction(child) ? child.should : [child])) : possible,
    filter: [...filter.flatMap((child) => (isConjunction(child) ? child.must : [child])), ...all],
    mustNot: excluded,
    minimumShouldMatch: minimum,
  };
  if (clause.filter.length + clause.mustNot.length === 0) {
    if (clause.must.length === 1 && clause.should.length === 0) return clause.must[0]!;
    if (clause.should.length === 1 && clause.must.length === 0) return clause.should[0]!;
    // All of n optional clauses are n required ones.
    if (clause.must.length === 0 && minimum > 1 && minimum === possible.length) {
      return { ...clause, must: clause.should, should: [], minimumShouldMatch: 0 };
    }
  }
  return clause;
}

const isConjunction = (clause: Clause): clause is BoolClause =>
  clause.kind === 'bool' && clause.should.length + clause.filter.length + clause.mustNot.length === 0;

const isDisjunction = (clause: Clause): clause is BoolClause =>
  clause.kind === 'bool' &&
  clause.must.length + clause.filter.length + clause.mustNot.length === 0 &&
  clause.minimumShouldMatch === 1;
