import { TokenBuffer, analysisOf, validateAnalysis } from '#libs/analysis';
import { match, phrase } from '#libs/testing';
import type { QueryNode } from '../query-node.ts';
import type { QuerySchema } from '../search.ts';
import { compileQuery } from './compile-query.ts';
import type { Clause } from './compiled-query.ts';
import { pathsThrough, wordSlots } from './word-slots.ts';

const analysis = analysisOf(
  validateAnalysis({
    analyzer: {
      plain: { tokenizer: 'standard', filter: ['lowercase', 'stop'] },
      asked: { tokenizer: 'standard', filter: ['lowercase', 'syn', 'stop'] },
    },
    filter: {
      syn: { type: 'synonym_graph', synonyms: ['dns, domain name system', 'tv, television', 'wto, the organization'] },
    },
    normalizer: { plain: { filter: ['lowercase', 'asciifolding'] } },
  }),
);
const fields = {
  body: { type: 'text', analyzer: 'plain', searchAnalyzer: 'asked' },
  tag: { type: 'keyword', normalizer: 'plain' },
  kept: { type: 'keyword', index: false },
} as const;
const schema: QuerySchema = {
  field: (name) => (Object.hasOwn(fields, name) ? fields[name as keyof typeof fields] : undefined),
  fieldNames: () => Object.keys(fields),
  analyzer: analysis.analyzer,
  normalizer: (name) => analysis.normalizer(name),
};

/** A clause in few words: `(a | "b c"~0+2)`, `a & b`. */
function shown(clause: Clause): string {
  switch (clause.kind) {
    case 'term':
      return clause.term;
    case 'phrase':
      return `"${clause.terms.map((term, at) => `${term}@${clause.offsets[at]}`).join(' ')}"`;
    case 'dis_max':
      return `(${clause.clauses.map(shown).join(' | ')})`;
    case 'bool':
      return [...clause.must.map((child) => `+${shown(child)}`), ...clause.should.map(shown)].join(' ');
    default:
      return clause.kind;
  }
}
const compiled = (node: QueryNode): string => shown(compileQuery(node, schema, { now: 0 }).root);

describe('synonyms in queries', () => {
  it.each<[name: string, node: QueryNode, expected: string]>([
    ['either word', match('body', 'my tv'), 'my (tv | television)'],
    ['several words as a phrase', match('body', 'dns works'), '(dns | "domain@0 name@1 system@2") works'],
    [
      'all of the words',
      match('body', 'Domain name system works', { operator: 'and' }),
      '+("domain@0 name@1 system@2" | dns) +works',
    ],
    [
      'each way of a phrase',
      phrase('body', 'my dns works'),
      '("my@0 dns@1 works@2" | "my@0 domain@1 name@2 system@3 works@4")',
    ],
    [
      'gaps where stop words were',
      phrase('body', 'wto of tv'),
      '("wto@0 tv@2" | "wto@0 television@2" | "organization@0 tv@2" | "organization@0 television@2")',
    ],
    ['nothing but one word', phrase('body', 'tv'), '(tv | television)'],
    ['plain words as they are', phrase('body', 'my own'), '"my@0 own@1"'],
  ])('ask for %s', (_name, node, expected) => {
    expect(compiled(node)).toBe(expected);
  });

  it('are bounded', () => {
    expect(() => compiled(phrase('body', 'tv '.repeat(8)))).toThrow('more than 128 ways');
    expect(compiled(match('body', 'tv '.repeat(8)))).toContain('(tv | television) (tv');
  });
});

describe('keywords', () => {
  it.each<[QueryNode, string]>([[match('tag', 'CAFÉ'), 'cafe']])(
    'are normalized as their values (%#)',
    (node, expected) => {
      expect(compiled(node)).toBe(expected);
    },
  );

  it('that are not indexed are not searched', () => {
    expect(() => compiled(match('kept', 'x'))).toThrow('"kept" has "index": false');
  });
});

describe('ways through stacked words', () => {
  it('are all pairs of grams', () => {
    const out = new TokenBuffer();
    analysisOf(validateAnalysis({ filter: { e: { type: 'edge_ngram', min_gram: 1, max_gram: 2 } } }))
      .adHoc({ tokenizer: 'standard', filter: ['e'] })
      .analyze('ab cd', out);
    const [terms, positions] = [out.terms.slice(0, out.length), [...out.positions.subarray(0, out.length)]];
    const slots = wordSlots({ terms, positions, lengths: terms.map(() => 1) }, 'query')!;
    expect(slots.map((slot) => slot.map((way) => way.terms.join()))).toEqual([
      ['a', 'ab'],
      ['c', 'cd'],
    ]);
    expect(pathsThrough(slots, 'query').map((way) => way.terms.join())).toEqual(['a,c', 'a,cd', 'ab,c', 'ab,cd']);
  });
});
