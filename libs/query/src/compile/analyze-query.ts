import { TokenBuffer } from '#libs/analysis';
import type { FieldSpec } from '#libs/segment';
import type { QuerySchema } from '../search.ts';

/** The words of a query text, in order, with their positions. */
export interface QueryWords {
  readonly terms: readonly string[];
  readonly positions: readonly number[];
}

export const DEFAULT_ANALYZER = 'standard';

/** Analysis is synchronous and what it gives is copied, so one buffer serves all. */
const tokens = new TokenBuffer();

/** A text field's words by its analyzer; of any other field the text itself, as the one word. */
export function analyzeQuery(text: string, spec: FieldSpec, schema: QuerySchema): QueryWords {
  if (spec.type !== 'text') return { terms: [text], positions: [0] };
  schema.analyzer(spec.analyzer ?? DEFAULT_ANALYZER).analyze(text, tokens);
  return {
    terms: tokens.terms.slice(0, tokens.length),
    positions: Array.from(tokens.positions.subarray(0, tokens.length)),
  };
}
