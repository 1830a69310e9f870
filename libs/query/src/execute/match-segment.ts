import { clausesOf, childrenOf } from '../compile/clause-children.ts';
import type { Clause, CompiledQuery } from '../compile/compiled-query.ts';
import { collectTerms } from '../score/query-terms.ts';
import { TermMap } from '../score/term-map.ts';
import { Weights } from '../score/weights.ts';
import type { SearchStatistics } from '../search-partial.ts';
import type { SearchableSegment } from '../search.ts';
import { emptyBits, type Bits } from './bits.ts';
import { Deadline } from './deadline.ts';
import { chooseExpansions, expandingClauses, expandQuery } from './expand-clauses.ts';
import { ExpansionWatch } from './expansion-watch.ts';
import { resolveMinScores } from './min-score.ts';
import { SegmentData } from './segment-data.ts';
import { liveMatches } from './segment-hits.ts';
import type { SearchOptions } from './search-segments.ts';

/**
 * Whether what matches depends on document frequencies: fuzzy words and begun phrases stand for the best terms of all
 * segments, and a least score for what all segments weigh. Then `matchSegment` wants those that `gatherDocFreqs` gathers.
 */
export const dependsOnDocFreqs = (compiled: CompiledQuery): boolean =>
  [...clausesOf(compiled)].some((clause) => expandingClauses(clause).length > 0 || hasMinScore(clause));

const hasMinScore = (clause: Clause): boolean =>
  clause.kind === 'min_score' || childrenOf(clause).some((child) => hasMinScore(child));

/**
 * MATCH-1: the live documents of a segment that match, as bits; exactly, nothing is pruned. With document frequencies of all
 * segments, where they matter (`dependsOnDocFreqs`), it does not depend on which other segments there are. Rejects with
 * `invalid` for a query that cannot be answered, `cancelled`, `corrupt`, and the store's errors.
 */
export async function matchSegment(
  segment: SearchableSegment,
  compiled: CompiledQuery,
  statistics: SearchStatistics,
  { clock, signal }: Pick<SearchOptions, 'clock' | 'signal'>,
): Promise<Bits> {
  const data = new SegmentData(segment);
  const deadline = new Deadline(clock, undefined, signal);
  deadline.checkCancelled();
  const dictionaries = segment.reader.wave(new ExpansionWatch(deadline));
  for (const clause of clausesOf(compiled)) data.askTerms(dictionaries, clause);
  for (const { field, term } of collectTerms(compiled)) data.askTerm(dictionaries, field, term);
  await dictionaries.flush();
  const substitutes = chooseExpansions([data], statistics.docFreqs);
  data.substitute(substitutes);
  const expanded = expandQuery(compiled, substitutes);
  const { root } = expanded;
  if (!data.mayMatch(root)) return emptyBits(data.docCount);
  const postings = segment.reader.wave();
  data.askPostings(postings, root, false);
  await Promise.all([postings.flush(), data.readIdHashes()]);
  deadline.checkCancelled();
  const summed = new TermMap<number>();
  for (const { field, term } of collectTerms(expanded)) summed.set(field, term, data.term(field, term)?.docFreq ?? 0);
  resolveMinScores(root, data, new Weights(statistics, summed, [segment]), false);
  return liveMatches(root, data);
}
