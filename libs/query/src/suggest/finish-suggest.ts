import { compareCodePoints } from '#libs/kernel';
import { lengthOf, type SuggestPlan, type SuggestToken } from './plan-suggest.ts';
import type { TermSuggester } from './suggest-request.ts';
import type { Candidates, SuggestPartials } from './suggest-partial.ts';

/** Suggestions for one word, as Elasticsearch shows them. */
export interface SuggestEntry {
  readonly text: string;
  readonly offset: number;
  readonly length: number;
  readonly options: readonly SuggestOption[];
}
export interface SuggestOption {
  readonly text: string;
  /** Of `term`: 1 is the word itself. */
  readonly score?: number;
  /** Documents that have it. */
  readonly freq: number;
}

export function finishSuggest(
  plans: readonly SuggestPlan[],
  partials: SuggestPartials | undefined,
): Record<string, SuggestEntry[]> {
  return Object.fromEntries(
    plans.map(({ name, suggester, tokens }) => [
      name,
      tokens.map((token, at): SuggestEntry => {
        const candidates = partials?.[name]?.[at] ?? [];
        const options = suggester.type === 'term' ? likeWords(suggester, token, candidates) : mostFrequent(candidates);
        return {
          text: token.text,
          offset: token.offset,
          length: token.text.length,
          options: options.slice(0, suggester.size),
        };
      }),
    ]),
  );
}

const mostFrequent = (candidates: Candidates): SuggestOption[] =>
  candidates
    .map(({ term, freq }) => ({ text: term, freq }))
    .toSorted((a, b) => b.freq - a.freq || compareCodePoints(a.text, b.text));

function likeWords(
  { mode, minDocFreq, sort }: TermSuggester,
  { term: word }: SuggestToken,
  candidates: Candidates,
): SuggestOption[] {
  const known = candidates.find(({ term }) => term === word)?.freq ?? 0;
  if (mode === 'missing' && known > 0) return [];
  const least = Math.max(minDocFreq, mode === 'popular' ? known + 1 : 1);
  const length = lengthOf(word);
  const options = candidates
    .filter(({ term, freq }) => term !== word && freq >= least)
    .map(({ term, freq, distance }) => ({
      text: term,
      score: Math.max(0, 1 - distance / Math.min(length, lengthOf(term))),
      freq,
    }));
  const byScore = (a: SuggestOption, b: SuggestOption): number => b.score! - a.score!;
  const byFrequency = (a: SuggestOption, b: SuggestOption): number => b.freq - a.freq;
  const [first, second] = sort === 'score' ? [byScore, byFrequency] : [byFrequency, byScore];
  return options.toSorted((a, b) => first(a, b) || second(a, b) || compareCodePoints(a.text, b.text));
}
