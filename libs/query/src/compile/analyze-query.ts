import { TokenBuffer, type Analyzer } from '#libs/analysis';
import type { FieldSpec } from '#libs/segment';
import type { Scalar } from '../query-node.ts';
import type { QuerySchema } from '../search.ts';
import { wordSlots, type WordSlot } from './word-slots.ts';

/** The words of a query text, in order, with their positions. */
export interface QueryWords {
  readonly terms: readonly string[];
  readonly positions: readonly number[];
  /** Where words stand for the same place (synonyms, stacked grams): the ways to read the text. */
  readonly slots?: readonly WordSlot[];
}

export const DEFAULT_ANALYZER = 'standard';

/** Analysis is synchronous and what it gives is copied, so one buffer serves all. */
const tokens = new TokenBuffer();

/** Of a text field: what queries are analyzed by. */
export const searchAnalyzer = ({ searchAnalyzer: own, analyzer }: FieldSpec): string =>
  own ?? analyzer ?? DEFAULT_ANALYZER;

/**
 * A text field's words by its analyzer; of any other field the text itself, as the one word.
 * @param analyzer used instead, of any field
 * @param path of the node, for messages
 */
export function analyzeQuery(
  text: string,
  spec: FieldSpec,
  schema: QuerySchema,
  analyzer?: string,
  path = 'query',
): QueryWords {
  if (spec.type !== 'text' && analyzer === undefined) {
    return { terms: [keywordTerm(text, spec, schema)], positions: [0] };
  }
  const by = schema.analyzer(analyzer ?? searchAnalyzer(spec));
  by.analyze(text, tokens);
  const words = wordsOf(tokens);
  if (by.analyzeGraph) by.analyzeGraph(text, tokens);
  else if (isPlain(tokens)) return words;
  const slots = wordSlots({ ...wordsOf(tokens), lengths: Array.from(tokens.lengths.subarray(0, tokens.length)) }, path);
  return slots ? { ...words, slots } : words;
}

function wordsOf({ terms, positions, length }: TokenBuffer): QueryWords {
  const words = { terms: [] as string[], positions: [] as number[] };
  for (let at = 0; at < length; at++) {
    words.terms.push(terms[at]!);
    words.positions.push(positions[at]!);
  }
  return words;
}

/** Whether each word is a slot of its own: `wordSlots` without its arrays. */
function isPlain({ terms, positions, lengths, length }: TokenBuffer): boolean {
  for (let at = 0; at < length; at++) {
    if (lengths[at] !== 1 || terms[at] === '' || (at > 0 && positions[at] === positions[at - 1])) return false;
  }
  return true;
}

/** A value of a query as a keyword field keeps it. */
export function keywordTerm(value: Scalar, { normalizer }: FieldSpec, schema: QuerySchema): string {
  const text = String(value);
  return normalizer === undefined || !schema.normalizer ? text : schema.normalizer(normalizer)(text);
}

const folding = new WeakMap<Analyzer, boolean>();

/** Whether a field's words are all lower-case: whoever writes a part of one in a query may write it in any case. */
export function foldsCase(spec: FieldSpec, schema: QuerySchema): boolean {
  if (spec.type !== 'text') return false;
  const analyzer = schema.analyzer(searchAnalyzer(spec));
  let folds = folding.get(analyzer);
  if (folds === undefined) {
    analyzer.analyze('Aa', tokens);
    folds = tokens.terms.slice(0, tokens.length).includes('aa');
    folding.set(analyzer, folds);
  }
  return folds;
}
