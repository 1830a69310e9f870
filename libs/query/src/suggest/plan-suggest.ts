import { TokenBuffer } from '#libs/analysis';
import { invalid } from '#libs/kernel';
import type { ByteAutomaton, FieldSpec } from '#libs/segment';
import { AutomatonBudget } from '../automaton/automaton-budget.ts';
import { levenshteinAutomaton } from '../automaton/levenshtein.ts';
import { searchAnalyzer } from '../compile/analyze-query.ts';
import type { QuerySchema } from '../search.ts';
import type { Suggester, TermSuggester } from './suggest-request.ts';

/** One word of a suggester's text, or its prefix. */
export interface SuggestToken {
  /** As it stands in the text. */
  readonly text: string;
  readonly offset: number;
  /** As it would stand in the dictionary. */
  readonly term: string;
  /** Of `term`: what finds the candidates; undefined: the word is too short for any. */
  readonly automaton: ByteAutomaton | undefined;
}

export interface SuggestPlan {
  readonly name: string;
  readonly suggester: Suggester;
  readonly tokens: readonly SuggestToken[];
}

const tokens = new TokenBuffer();

/** Throws `invalid`: `unknown_field`, `field_type_mismatch`, `too_complex_pattern`. */
export function planSuggest(
  suggest: Readonly<Record<string, Suggester>> | undefined,
  schema: QuerySchema,
): SuggestPlan[] {
  const budget = new AutomatonBudget();
  return Object.entries(suggest ?? {}).map(([name, suggester]) => {
    const spec = wordField(suggester, schema);
    if (suggester.type === 'term') return { name, suggester, tokens: wordsOf(suggester, spec, schema, budget) };
    const { prefix } = suggester;
    const term = spec.type === 'text' ? prefix.toLowerCase() : prefix;
    return { name, suggester, tokens: [{ text: prefix, offset: 0, term, automaton: undefined }] };
  });
}

function wordsOf(
  suggester: TermSuggester,
  spec: FieldSpec,
  schema: QuerySchema,
  budget: AutomatonBudget,
): SuggestToken[] {
  const { text, minWordLength, maxEdits, prefixLength, path } = suggester;
  const token = (term: string, start: number, end: number): SuggestToken => ({
    text: text.slice(start, end),
    offset: start,
    term,
    automaton:
      lengthOf(term) < minWordLength
        ? undefined
        : levenshteinAutomaton({ word: term, distance: maxEdits, prefixLength, transpositions: true }, budget, path),
  });
  if (spec.type !== 'text') return [token(text, 0, text.length)];
  schema.analyzer(searchAnalyzer(spec)).analyze(text, tokens);
  return Array.from({ length: tokens.length }, (_, at) =>
    token(tokens.terms[at]!, tokens.starts[at]!, tokens.ends[at]!),
  );
}

/** In code points. */
export const lengthOf = (term: string): number => Array.from(term).length;

function wordField({ field, path }: Suggester, schema: QuerySchema): FieldSpec {
  const spec = schema.field(field);
  if (!spec) throw invalid('unknown_field', `${path}: there is no field "${field}"`, { field, path });
  if (spec.type === 'text' || spec.type === 'keyword') return spec;
  throw invalid(
    'field_type_mismatch',
    `${path}: suggestions need a text or keyword field, but "${field}" is a ${spec.type} field`,
    { field, type: spec.type, path },
  );
}
