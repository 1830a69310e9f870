import type { GramSizes } from '../tokenizers/ngram-tokenizer.ts';
import type { Options } from './options.ts';

/** In characters; a longer gram is a word. */
const MAX_GRAM = 64;
/** Every step between the two is a term more for each character: Elasticsearch allows 1 by default. */
const MAX_GRAM_STEPS = 8;

export function gramSizes(options: Options, edge: boolean): GramSizes {
  const min = options.integer('min_gram', { min: 1, max: MAX_GRAM }, 1);
  const most = edge ? MAX_GRAM : Math.min(MAX_GRAM, min + MAX_GRAM_STEPS);
  const max = options.integer('max_gram', { min, max: most }, Math.max(min, 2));
  return { min, max };
}
