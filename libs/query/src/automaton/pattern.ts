/** Code points [from, to]. */
export interface CharRange {
  readonly from: number;
  readonly to: number;
}

/** A set of strings, as regexps and wildcards describe it: the common form that automata are built from. */
export type Pattern =
  | { readonly kind: 'characters'; readonly ranges: readonly CharRange[] }
  | { readonly kind: 'sequence' | 'choice' | 'both'; readonly parts: readonly Pattern[] }
  /** @param max Infinity: any number */
  | { readonly kind: 'repeat'; readonly of: Pattern; readonly min: number; readonly max: number }
  /** All strings but these. */
  | { readonly kind: 'not'; readonly of: Pattern };

export const MAX_CODE_POINT = 0x10ffff;
export const ANY_CHARACTER: Pattern = { kind: 'characters', ranges: [{ from: 0, to: MAX_CODE_POINT }] };
export const ANY_STRING: Pattern = { kind: 'repeat', of: ANY_CHARACTER, min: 0, max: Infinity };
export const NO_STRING: Pattern = { kind: 'choice', parts: [] };
export const EMPTY_STRING: Pattern = { kind: 'sequence', parts: [] };

export const character = (codePoint: number): Pattern => ({
  kind: 'characters',
  ranges: [{ from: codePoint, to: codePoint }],
});

/** The text itself. Lone surrogates become U+FFFD, as in terms. */
export const literal = (text: string): Pattern => ({
  kind: 'sequence',
  parts: Array.from(text.toWellFormed(), (char) => character(char.codePointAt(0)!)),
});

/** Ascending, apart from each other. */
export function mergeCharRanges(ranges: readonly CharRange[]): CharRange[] {
  const merged: { from: number; to: number }[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && range.from <= last.to + 1) last.to = Math.max(last.to, range.to);
    else merged.push({ ...range });
  }
  return merged;
}

/** Every code point that is in none of the ranges. */
export function otherCharacters(ranges: readonly CharRange[]): CharRange[] {
  const others: CharRange[] = [];
  let from = 0;
  for (const range of mergeCharRanges(ranges)) {
    if (range.from > from) others.push({ from, to: range.from - 1 });
    from = range.to + 1;
  }
  return from <= MAX_CODE_POINT ? [...others, { from, to: MAX_CODE_POINT }] : others;
}
