import type { BoolClause, Clause } from '../compile/compiled-query.ts';
import type { Weights } from '../score/weights.ts';
import { countBits, fullBits, intersect, liveDocs, type Bits } from './bits.ts';
import { runConjunction } from './conjunction-loop.ts';
import { acceptedBy, createPhraseScorer, createScorer, createTermScorer } from './create-scorer.ts';
import { runDisjunction } from './disjunction-loop.ts';
import { matchingDocs } from './matching-docs.ts';
import { runPhrase } from './phrase-loop.ts';
import { runConstant, runScorer } from './scorer-loop.ts';
import type { SegmentData } from './segment-data.ts';
import { runTerm } from './term-loop.ts';
import type { TermScorer } from './term-scorer.ts';
import type { TopHits } from './top-hits.ts';

/**
 * Runs a query over a segment into `top`. Filters, exclusions and deletes become one bitmap, and what is left to score
 * goes to the loop made for it.
 * @returns how many documents match when that is known without counting; `top.count` else
 */
export function runScored(root: Clause, data: SegmentData, weights: Weights, top: TopHits): number | undefined {
  const { watch } = data;
  if (!data.mayMatch(root)) return 0;
  const { clause, accepted } = peel(root, data, liveDocs(data.segment.deleted));
  if (!data.mayMatch(clause)) return 0;
  if (clause.kind === 'term') {
    const term = createTermScorer(clause, data, weights);
    runTerm(term, accepted, top, watch);
    term.release();
    return accepted === undefined ? term.postings.docFreq : undefined;
  }
  if (clause.kind === 'phrase') {
    const phrase = createPhraseScorer(clause, data, weights);
    runPhrase(phrase, accepted, top);
    phrase.release();
    return undefined;
  }
  if (clause.kind === 'bool' || clause.kind === 'dis_max') {
    const terms = termsOf(clause);
    if (terms) {
      const scorers: TermScorer[] = [];
      for (const term of terms.clauses) if (data.mayMatch(term)) scorers.push(createTermScorer(term, data, weights));
      if (scorers.length === 1) runTerm(scorers[0]!, accepted, top, watch);
      else if (terms.required) runConjunction(scorers, accepted, top, watch);
      else runDisjunction(scorers, accepted, top, watch);
      for (const scorer of scorers) scorer.release();
    } else runScorer(createScorer(clause, data, weights), accepted, top, watch);
    return undefined;
  }
  if (clause.kind === 'function_score' || clause.kind === 'min_score') {
    runScorer(createScorer(clause, data, weights), accepted, top, watch);
    return undefined;
  }
  if (clause.kind === 'none') return 0;
  const docs = clause.kind === 'all' ? (accepted ?? fullBits(data.docCount)) : matchingDocs(clause, data);
  if (accepted && docs !== accepted) intersect(docs, accepted);
  runConstant(docs, clause.boost, top, watch);
  return countBits(docs);
}

/** Takes the filters and exclusions off the outermost bools. */
function peel(root: Clause, data: SegmentData, live: Bits | undefined): { clause: Clause; accepted: Bits | undefined } {
  let clause = root;
  let accepted = live;
  while (clause.kind === 'bool' && clause.filter.length + clause.mustNot.length > 0) {
    const { must, should, minimumShouldMatch }: BoolClause = clause;
    const onlyFilters = must.length === 0 && minimumShouldMatch === 0;
    // The filters alone decide what matches, the optional clauses add to the score: the general scorer knows how.
    if (onlyFilters && should.some((child) => data.mayMatch(child))) break;
    accepted = acceptedBy(clause, data, accepted);
    if (onlyFilters) clause = { kind: 'all', boost: 0 };
    else if (must.length === 1 && should.length === 0) clause = must[0]!;
    else if (must.length === 0 && should.length === 1) clause = should[0]!;
    else clause = { ...clause, filter: [], mustNot: [] };
  }
  return { clause, accepted };
}

/** The clauses of a bool that is terms alone: all required, or one of them. */
function termsOf(clause: Clause): { required: boolean; clauses: Extract<Clause, { kind: 'term' }>[] } | undefined {
  if (clause.kind !== 'bool' || clause.minimumShouldMatch > 1) return undefined;
  // Filters that `peel` left on are the general scorer's.
  if (clause.filter.length + clause.mustNot.length > 0) return undefined;
  const required = clause.must.length > 0;
  if (required && clause.should.length > 0) return undefined;
  const clauses = (required ? clause.must : clause.should).filter((child) => child.kind === 'term');
  return clauses.length === (required ? clause.must : clause.should).length ? { required, clauses } : undefined;
}
