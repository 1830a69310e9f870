import type { MatchedTerms, Pending, ReadWave, SegmentReader, TermInfo } from '#libs/segment';
import type { SuggestPlan } from './plan-suggest.ts';
import { MAX_CANDIDATES, tooManyCandidates, type Candidates, type SuggestPartials } from './suggest-partial.ts';

type Found = Pending<Pick<MatchedTerms, 'terms' | 'complete'> & { readonly marks?: number[] }>;

/**
 * Asks a segment's dictionaries for all candidates; after the wave's flush the answer gives them.
 * The answer throws `invalid` (`too_many_terms`).
 */
export function askSuggest(
  wave: ReadWave,
  reader: SegmentReader,
  plans: readonly SuggestPlan[],
): () => SuggestPartials {
  const asked = plans.map(({ name, suggester, tokens }) => {
    const { field, type } = suggester;
    const here = reader.field(field) !== undefined;
    return {
      name,
      found: tokens.map(({ term, automaton }): Found | undefined => {
        if (!here) return undefined;
        if (type === 'completion') return wave.terms(field, { prefix: term }, MAX_CANDIDATES);
        return automaton && wave.matchingTerms(field, automaton, MAX_CANDIDATES);
      }),
    };
  });
  return () =>
    Object.fromEntries(asked.map(({ name, found }) => [name, found.map((pending) => candidatesOf(name, pending))]));
}

function candidatesOf(name: string, found: Found | undefined): Candidates {
  if (!found) return [];
  const { terms, marks, complete } = found.value;
  if (!complete) throw tooManyCandidates(name);
  return terms.map(({ term, docFreq }: TermInfo, at) => ({
    term,
    freq: docFreq,
    distance: marks ? marks[at]! - 1 : 0,
  }));
}
