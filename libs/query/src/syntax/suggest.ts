import { closest, distance } from 'fastest-levenshtein';

// Names are short; longer ones are no typing errors, and the distance costs length × length.
const MAX_COMPARED = 64;

/** The name that was probably meant: at most two edits away, or a third of its length. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > MAX_COMPARED || candidates.length === 0) return undefined;
  const lower = name.toLowerCase();
  const found = closest(lower, [...candidates]);
  return distance(lower, found.toLowerCase()) <= Math.max(2, Math.floor(found.length / 3)) ? found : undefined;
}

/** The same as the end of a message: `; did you mean match?`, or nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const found = nearest(name, candidates);
  return found === undefined ? '' : `; did you mean ${found}?`;
}
