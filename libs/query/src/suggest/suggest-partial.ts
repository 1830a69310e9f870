import { compareCodePoints, invalid } from '#libs/kernel';

/** Candidates of one word, from one dictionary or several: by code points, each once. */
export type Candidates = readonly Candidate[];
export interface Candidate {
  readonly term: string;
  /** Documents that have it, deleted ones included until they are merged away. */
  readonly freq: number;
  /** Edits away from the word; of completions 0. */
  readonly distance: number;
}
/** By suggester, by word. */
export type SuggestPartials = Readonly<Record<string, readonly Candidates[]>>;

/** Candidates of one word in all: they travel with the partial, whole, since any of them may turn out the most frequent. */
export const MAX_CANDIDATES = 65_536;

export const tooManyCandidates = (name: string): Error =>
  invalid(
    'too_many_terms',
    `suggest.${name}: more than ${MAX_CANDIDATES} terms come into question; give a longer prefix or word`,
    { name, limit: MAX_CANDIDATES },
  );

/** MERGE-1. Throws `invalid` (`too_many_terms`) when they are too many only together. */
export function mergeSuggestPartials(
  a: SuggestPartials | undefined,
  b: SuggestPartials | undefined,
): SuggestPartials | undefined {
  if (!a || !b) return a ?? b;
  // Object.fromEntries makes own properties even of names such as __proto__.
  return Object.fromEntries(
    Object.keys(a).map((name) => [name, a[name]!.map((list, at) => mergeCandidates(name, list, b[name]![at]!))]),
  );
}

function mergeCandidates(name: string, a: Candidates, b: Candidates): Candidates {
  const merged: Candidate[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const order = i === a.length ? 1 : j === b.length ? -1 : compareCodePoints(a[i]!.term, b[j]!.term);
    if (order < 0) merged.push(a[i++]!);
    else if (order > 0) merged.push(b[j++]!);
    else merged.push({ ...a[i]!, freq: a[i++]!.freq + b[j++]!.freq });
  }
  if (merged.length > MAX_CANDIDATES) throw tooManyCandidates(name);
  return merged;
}
