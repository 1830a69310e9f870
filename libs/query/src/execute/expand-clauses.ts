import { compareCodePoints, encodeUtf8 } from '#libs/kernel';
import { markOf } from '#libs/segment';
import { boolClause } from '../compile/bool-clause.ts';
import type { Clause, CompiledQuery, ExpandingClause } from '../compile/compiled-query.ts';
import { similarity } from '../compile/fuzziness.ts';
import { childrenOf } from '../compile/clause-children.ts';
import type { DocFreqs } from '../score/doc-freqs.ts';
import type { SegmentData } from './segment-data.ts';

/** What stands in the place of clauses whose terms the dictionaries had to tell. */
export type Substitutes = ReadonlyMap<ExpandingClause, Clause>;

/** A term that a clause may stand for. */
export interface Candidate {
  readonly term: string;
  /** Of fuzzy search: how much it counts, above 0 and up to 1; else 1. */
  readonly similarity: number;
}

const NONE: Clause = { kind: 'none' };

/**
 * The first `maxExpansions` in the order nearest first, then by code points. Whoever is among the best of all segments is
 * among the best of each segment that has it: so the choice does not depend on how terms are split over segments.
 */
export const bestOf = (candidates: Iterable<Candidate>, { maxExpansions }: ExpandingClause): Candidate[] =>
  [...candidates]
    .toSorted((a, b) => b.similarity - a.similarity || compareCodePoints(a.term, b.term))
    .slice(0, maxExpansions);

/** Whether a clause may stand for a term; undefined: no. */
export function candidateOf(clause: ExpandingClause, term: string, mark: number): Candidate | undefined {
  if (clause.kind === 'phrase_prefix') return { term, similarity: 1 };
  const alike = mark === 0 ? 0 : similarity(clause.word, term, mark - 1);
  // As in Lucene: a word that is nothing but edits is not like the other.
  return alike > 0 ? { term, similarity: alike } : undefined;
}

/**
 * Chooses from the terms of these segments and, under `dfs`, from those whose document frequencies were gathered: then every
 * task chooses the same ones.
 */
export function chooseExpansions(datas: readonly SegmentData[], docFreqs: DocFreqs | undefined): Substitutes {
  const clauses = new Set(datas.flatMap(({ expanding }) => expanding));
  return new Map(
    [...clauses].map((clause) => {
      const found = new Map<string, Candidate>();
      for (const data of datas) for (const one of data.candidates(clause)) found.set(one.term, one);
      for (const one of gathered(clause, docFreqs)) found.set(one.term, one);
      return [clause, substituteOf(clause, bestOf(found.values(), clause))];
    }),
  );
}

function gathered(clause: ExpandingClause, docFreqs: DocFreqs | undefined): Candidate[] {
  if (!docFreqs || !Object.hasOwn(docFreqs, clause.field)) return [];
  return Object.entries(docFreqs[clause.field]!).flatMap(([term, docFreq]) => {
    const mark = clause.kind === 'fuzzy' ? markOf(clause.automaton, encodeUtf8(term)) : 1;
    const possible = docFreq > 0 && (clause.kind === 'fuzzy' || term.startsWith(clause.prefix));
    return (possible && candidateOf(clause, term, mark)) || [];
  });
}

function substituteOf(clause: ExpandingClause, chosen: readonly Candidate[]): Clause {
  const { field, boost } = clause;
  const terms = chosen.map(({ term }) => term);
  if (terms.length === 0) return NONE;
  if (clause.kind === 'phrase_prefix') {
    if (clause.terms.length > 0) {
      const { offsets, slop } = clause;
      return { kind: 'phrase', field, terms: clause.terms, last: terms, offsets, slop, boost };
    }
    return boolClause({ should: terms.map((term): Clause => ({ kind: 'term', field, term, boost })) });
  }
  const blend = terms.length > 1 && { blendTerms: terms };
  return boolClause({
    should: chosen.map((one): Clause => ({
      kind: 'term',
      field,
      term: one.term,
      boost: boost * one.similarity,
      ...blend,
    })),
  });
}

/** The query with the substitutes put in, so that terms get the loops made for terms. */
export function expandQuery(compiled: CompiledQuery, substitutes: Substitutes): CompiledQuery {
  if (substitutes.size === 0) return compiled;
  const expander = new Expander(substitutes);
  return {
    ...compiled,
    root: expander.expand(compiled.root),
    query: expander.expand(compiled.query),
    named: compiled.named.map(({ name, clause }) => ({ name, clause: expander.expand(clause) })),
  };
}

class Expander {
  /** One clause stays one, wherever it stands. */
  private readonly expanded = new Map<Clause, Clause>();

  constructor(private readonly substitutes: Substitutes) {}

  expand(clause: Clause): Clause {
    let expanded = this.expanded.get(clause);
    if (!expanded) this.expanded.set(clause, (expanded = this.withSubstitutes(clause)));
    return expanded;
  }

  private withSubstitutes(clause: Clause): Clause {
    const expand = (clauses: readonly Clause[]): Clause[] => clauses.map((child) => this.expand(child));
    if (expandingClauses(clause).length === 0) return clause;
    switch (clause.kind) {
      case 'fuzzy':
      case 'phrase_prefix':
        return this.substitutes.get(clause) ?? NONE;
      case 'dis_max': {
        const clauses = expand(clause.clauses).filter(({ kind }) => kind !== 'none');
        return clauses.length > 1 ? { ...clause, clauses } : (clauses[0] ?? NONE);
      }
      case 'bool': {
        const { must, should, filter, mustNot, minimumShouldMatch } = clause;
        return boolClause({
          must: expand(must),
          should: expand(should),
          filter: expand(filter),
          mustNot: expand(mustNot),
          minimumShouldMatch,
        });
      }
      case 'function_score': {
        const inner = this.expand(clause.clause);
        const functions = clause.functions.map((one) => ({ ...one, filter: one.filter && this.expand(one.filter) }));
        return inner.kind === 'none' ? NONE : { ...clause, clause: inner, functions };
      }
      case 'min_score': {
        const inner = this.expand(clause.clause);
        return inner.kind === 'none' ? NONE : { ...clause, clause: inner };
      }
      default:
        return clause;
    }
  }
}

/** The clauses below a clause, or it, that stand for terms yet to be found. */
export const expandingClauses = (clause: Clause): ExpandingClause[] =>
  clause.kind === 'fuzzy' || clause.kind === 'phrase_prefix'
    ? [clause]
    : childrenOf(clause).flatMap((child) => expandingClauses(child));
