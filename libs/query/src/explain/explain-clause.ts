import type { BoolClause, Clause, DisMaxClause } from '../compile/compiled-query.ts';
import { hasBit } from '../execute/bits.ts';
import { createScorer } from '../execute/create-scorer.ts';
import { matchingDocs } from '../execute/matching-docs.ts';
import type { SegmentData } from '../execute/segment-data.ts';
import type { Weights } from '../score/weights.ts';
import type { Explanation } from '../search-partial.ts';
import { describeClause } from './describe-clause.ts';
import { detail, phraseExplainer, termExplainer } from './explain-bm25.ts';
import { functionScoreExplainer } from './explain-function-score.ts';
import type { Explainer } from './explainer.ts';

/** EXPLAIN-1: adds and multiplies as the scorers do, so that the value of an explanation is the score, to the last bit. */
export function createExplainer(clause: Clause, data: SegmentData, weights: Weights): Explainer {
  if (!data.mayMatch(clause)) return () => undefined;
  switch (clause.kind) {
    case 'term':
      return termExplainer(clause, data, weights);
    case 'phrase':
      return phraseExplainer(clause, data, weights);
    case 'bool':
      return boolExplainer(clause, data, weights);
    case 'dis_max':
      return disMaxExplainer(clause, data, weights);
    case 'function_score':
      return functionScoreExplainer(clause, createExplainer(clause.clause, data, weights), data);
    case 'min_score': {
      const explainer = createExplainer(clause.clause, data, weights);
      return (doc) => (hasBit(data.minScoreDocs.get(clause)!, doc) ? explainer(doc) : undefined);
    }
    default:
      return scorerExplainer(clause, data, weights);
  }
}

/** Of clauses that give all documents the same score. */
function scorerExplainer(clause: Clause, data: SegmentData, weights: Weights): Explainer {
  const scorer = createScorer(clause, data, weights);
  const description = clause.kind === 'all' ? '*:*' : `ConstantScore(${describeClause(clause)})`;
  return (doc) =>
    (scorer.doc < doc ? scorer.advance(doc) : scorer.doc) === doc ? detail(scorer.score(), description) : undefined;
}

function boolExplainer(clause: BoolClause, data: SegmentData, weights: Weights): Explainer {
  const { minimumShouldMatch } = clause;
  const explainersOf = (clauses: readonly Clause[]): Explainer[] =>
    clauses.map((child) => createExplainer(child, data, weights));
  const [must, should] = [explainersOf(clause.must), explainersOf(clause.should)];
  const filtering = clause.filter.filter(({ kind }) => kind !== 'all');
  const filters = filtering.map((child) => ({ bits: matchingDocs(child, data), text: describeClause(child) }));
  const excluded = clause.mustNot.map((child) => matchingDocs(child, data));
  return (doc) => {
    // Every explainer is moved, so that none falls behind.
    const required = must.map((explainer) => explainer(doc));
    const optional = should.map((explainer) => explainer(doc)).filter((part) => part !== undefined);
    if (required.some((part) => part === undefined) || optional.length < minimumShouldMatch) return undefined;
    if (filters.some(({ bits }) => !hasBit(bits, doc)) || excluded.some((bits) => hasBit(bits, doc))) return undefined;
    const parts = required as Explanation[];
    const value = sumOf(parts) + sumOf(optional);
    return detail(value, 'sum of:', [...parts, ...optional, ...filters.map(({ text }) => explainFilter(text))]);
  };
}

const sumOf = (parts: readonly Explanation[]): number => parts.reduce((sum, { value }) => sum + value, 0);

const explainFilter = (text: string): Explanation =>
  detail(0, 'match on required clause, product of:', [detail(0, '# clause'), detail(1, text)]);

function disMaxExplainer({ clauses, tieBreaker }: DisMaxClause, data: SegmentData, weights: Weights): Explainer {
  const explainers = clauses.map((child) => createExplainer(child, data, weights));
  const description = tieBreaker === 0 ? 'max of:' : `max plus ${tieBreaker} times others of:`;
  return (doc) => {
    const parts = explainers.map((explainer) => explainer(doc)).filter((part) => part !== undefined);
    if (parts.length === 0) return undefined;
    let max = 0;
    let others = 0;
    for (const { value } of parts) {
      others += Math.min(max, value);
      max = Math.max(max, value);
    }
    return detail(max + others * tieBreaker, description, parts);
  };
}
