import type { Explanation } from '../search-partial.ts';

/** Explains the score of one document of a segment; undefined: it does not match. Documents rise from call to call. */
export type Explainer = (doc: number) => Explanation | undefined;
