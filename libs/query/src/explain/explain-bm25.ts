import { decodeNorm } from '#libs/segment';
import { phraseWords } from '../compile/phrase-words.ts';
import type { PhraseClause, TermClause } from '../compile/compiled-query.ts';
import { createPhraseMatcher } from '../execute/phrase-matcher.ts';
import type { SegmentData } from '../execute/segment-data.ts';
import { B, bm25, inverseDocFreq, K1 } from '../score/bm25.ts';
import type { Weights } from '../score/weights.ts';
import type { Explanation } from '../search-partial.ts';
import { describeClause } from './describe-clause.ts';
import type { Explainer } from './explainer.ts';

export function termExplainer(clause: TermClause, data: SegmentData, weights: Weights): Explainer {
  const cursor = data.postings(data.term(clause.field, clause.term)!).cursor();
  const idf = explainIdf(clause.term, weights.termDocFreq(clause), weights.docCount(clause.field));
  return (doc) => {
    if ((cursor.doc < doc ? cursor.advance(doc) : cursor.doc) !== doc) return undefined;
    const freq = detail(cursor.freq(), 'freq, occurrences of term within document');
    return explainBm25(clause, weights.term(clause), doc, idf, freq, data, weights);
  };
}

export function phraseExplainer(clause: PhraseClause, data: SegmentData, weights: Weights): Explainer {
  const matcher = createPhraseMatcher(clause, data);
  const docCount = weights.docCount(clause.field);
  const idfs = phraseWords(clause)
    .flat()
    .map((term) => explainIdf(term, weights.docFreq(clause.field, term), docCount));
  const idf = detail(
    idfs.reduce((sum, { value }) => sum + value, 0),
    'idf, sum of:',
    idfs,
  );
  return (doc) => {
    if (matcher.nextCandidate(doc) !== doc) return undefined;
    const freq = matcher.freq();
    if (freq === 0) return undefined;
    return explainBm25(clause, weights.phrase(clause), doc, idf, detail(freq, `phraseFreq=${freq}`), data, weights);
  };
}

function explainBm25(
  clause: TermClause | PhraseClause,
  weight: number,
  doc: number,
  idf: Explanation,
  freq: Explanation,
  data: SegmentData,
  weights: Weights,
): Explanation {
  const { field, boost } = clause;
  const norms = data.norms(field);
  const inverse = weights.normInverses(field, norms !== undefined)[norms?.[doc] ?? 0]!;
  const value = bm25(weight, freq.value, inverse);
  const k1 = detail(K1, 'k1, term saturation parameter');
  const parameters =
    norms === undefined
      ? [k1]
      : [
          k1,
          detail(B, 'b, length normalization parameter'),
          detail(decodeNorm(norms[doc]!), 'dl, length of field (approximate)'),
          detail(weights.averageLength(field), 'avgdl, average length of field'),
        ];
  const formula = norms === undefined ? 'freq / (freq + k1)' : 'freq / (freq + k1 * (1 - b + b * dl / avgdl))';
  const tf = detail(bm25(1, freq.value, inverse), `tf, computed as ${formula} from:`, [freq, ...parameters]);
  const factors = [...(boost === 1 ? [] : [detail(boost, 'boost')]), idf, tf];
  return detail(value, `weight(${describeClause(clause)}) [BM25], result of:`, [
    detail(value, `score(freq=${freq.value}), computed as ${boost === 1 ? '' : 'boost * '}idf * tf from:`, factors),
  ]);
}

function explainIdf(term: string, docFreq: number, docCount: number): Explanation {
  return detail(
    inverseDocFreq(docFreq, docCount),
    `idf(${term}), computed as log(1 + (N - n + 0.5) / (n + 0.5)) from:`,
    [
      detail(docFreq, 'n, number of documents containing term'),
      // As inverseDocFreq takes statistics that lag behind.
      detail(Math.max(docCount, docFreq), 'N, total number of documents with field'),
    ],
  );
}

export const detail = (value: number, description: string, details: readonly Explanation[] = []): Explanation => ({
  value,
  description,
  details,
});
