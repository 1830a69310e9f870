import { parseSynonymRule } from '../synonyms/parse-synonyms.ts';
import { branchedSynonyms, flatSynonyms } from '../synonyms/synonym-filter.ts';
import { SynonymTable } from '../synonyms/synonym-table.ts';
import type { TokensFilter } from '../token-filter.ts';
import { badAnalysis, shown } from './definition-errors.ts';
import type { Options } from './options.ts';

/** The words of a text and their positions, by the tokenizer and the filters before. */
export type WordsOf = (text: string) => { readonly terms: readonly string[]; readonly positions: readonly number[] };

/** They stand in every version of the index's manifest. */
const MOST_RULES = 10_000;
/** Each word of a rule becomes all of the others. */
const MOST_ALTERNATIVES = 64;
const MOST_WORDS = 16;

export function synonymFilter(options: Options, wordsOf: WordsOf): TokensFilter {
  const lines = options.strings('synonyms');
  const expand = options.boolean('expand', true);
  if (!lines) throw options.wrong('synonyms', undefined, 'a list of rules such as "tv, television" or "tele => tv"');
  if (lines.length > MOST_RULES) throw options.wrong('synonyms', lines.length, `at most ${MOST_RULES} rules`);
  const table = new SynonymTable();
  for (const [number, line] of lines.entries()) {
    const bad = (problem: string): Error =>
      badAnalysis(`${options.path}.synonyms[${number}]`, `("${shown(line)}") ${problem}`);
    const rule = parseSynonymRule(line);
    if (rule === undefined) continue;
    if (typeof rule === 'string') throw bad(rule);
    if (rule.inputs.length + (rule.outputs?.length ?? 0) > MOST_ALTERNATIVES) {
      throw bad(`has more than ${MOST_ALTERNATIVES} alternatives: make several rules of it`);
    }
    table.add(rule, expand, (text) => {
      const { terms, positions } = wordsOf(text);
      if (terms.length === 0) throw bad(`has "${shown(text)}", of which the filters before leave nothing`);
      if (terms.length > MOST_WORDS) throw bad(`has more than ${MOST_WORDS} words in "${shown(text)}"`);
      if (positions.some((position, at) => position !== at)) {
        throw bad(
          `has "${shown(text)}", of which the filters before make ${terms.join(', ')}, not words side by side: put the synonyms before them`,
        );
      }
      return terms;
    });
  }
  const rewrite = flatSynonyms(table);
  return { kind: 'tokens', rewrite, ...(table.hasPaths && { rewriteGraph: branchedSynonyms(table) }) };
}
