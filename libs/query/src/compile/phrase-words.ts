/** By place of the phrase: the terms that may stand there. */
export const phraseWords = ({
  terms,
  last,
}: {
  readonly terms: readonly string[];
  readonly last?: readonly string[];
}): readonly (readonly string[])[] => [...terms.map((term) => [term]), ...(last ? [last] : [])];
