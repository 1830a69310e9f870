import fc from 'fast-check';
import { encodeUtf8 } from '#libs/kernel';
import { analysisOf } from './analysis.ts';
import { MAX_TERM_BYTES, TokenBuffer, type Analyzer } from './analyzer.ts';
import type { AnalysisSettings } from './definition/analysis-settings.ts';
import { validateAnalysis } from './definition/validate-analysis.ts';

interface Token {
  term: string;
  position: number;
  start: number;
  end: number;
  length: number;
}

function listed(analyzer: Analyzer, text: string, asked = false): Token[] {
  const out = new TokenBuffer();
  if (asked && analyzer.analyzeGraph) analyzer.analyzeGraph(text, out);
  else analyzer.analyze(text, out);
  return Array.from({ length: out.length }, (_, i) => ({
    term: out.terms[i]!,
    position: out.positions[i]!,
    start: out.starts[i]!,
    end: out.ends[i]!,
    length: out.lengths[i]!,
  }));
}

const settingsOf = (analyzer: Record<string, unknown>, others: Record<string, unknown> = {}): AnalysisSettings =>
  validateAnalysis({ analyzer: { mine: analyzer }, ...others });

const mine = (analyzer: Record<string, unknown>, others?: Record<string, unknown>): Analyzer =>
  analysisOf(settingsOf(analyzer, others)).analyzer('mine');

/** `term@position[start,end)` of each token. */
const shownTokens = (tokens: readonly Token[]): string =>
  tokens.map(({ term, position, start, end }) => `${term}@${position}[${start},${end})`).join(' ');

const filters = (...names: unknown[]) => ({ tokenizer: 'standard', filter: names });

describe('custom analyzers', () => {
  it.each<
    [name: string, analyzer: Record<string, unknown>, others: Record<string, unknown>, text: string, expected: string]
  >([
    ['keeps case without lowercase', { tokenizer: 'standard' }, {}, 'Ab çD', 'Ab@0[0,2) çD@1[3,5)'],
    [
      'folds and stems',
      filters('lowercase', 'asciifolding', 'porter_stem'),
      {},
      'Cafés Running',
      'cafe@0[0,5) run@1[6,13)',
    ],
    [
      'keeps the original beside the folded',
      filters('lowercase', 'both'),
      { filter: { both: { type: 'asciifolding', preserve_original: true } } },
      'Straße x',
      'strasse@0[0,6) straße@0[0,6) x@1[7,8)',
    ],
    ['leaves gaps for stop words', filters('lowercase', 'stop'), {}, 'to be or Not', ''],
    [
      'takes stop words of any case',
      filters('s'),
      { filter: { s: { type: 'stop', stopwords: ['FOO', '_french_'], ignore_case: true } } },
      'Foo Les bar',
      'bar@2[8,11)',
    ],
    [
      'cuts grams at the edge',
      filters('lowercase', 'e'),
      { filter: { e: { type: 'edge_ngram', min_gram: 2, max_gram: 3 } } },
      'Quick x',
      'qu@0[0,5) qui@0[0,5)',
    ],
    [
      'cuts all grams',
      { tokenizer: 't' },
      { tokenizer: { t: { type: 'ngram', min_gram: 2, max_gram: 3, token_chars: ['letter'] } } },
      'abc 1é𝒜',
      'ab@0[0,2) abc@1[0,3) bc@2[1,3) é𝒜@3[5,8)',
    ],
    [
      'edge grams of words',
      { tokenizer: 't', filter: 'lowercase' },
      { tokenizer: { t: { type: 'edge_ngram', min_gram: 1, max_gram: 2, token_chars: ['letter', 'digit'] } } },
      'AB-c',
      'a@0[0,1) ab@1[0,2) c@2[3,4)',
    ],
    [
      'strips HTML and points at the original',
      { tokenizer: 'standard', filter: ['lowercase'], char_filter: ['html_strip'] },
      {},
      '<p class="a>b">Caf&eacute; &amp; b<b>a</b>r</p><script>no</script> 1 < 2',
      'café@0[15,26) bar@1[33,43) 1@2[67,68) 2@3[71,72)',
    ],
    [
      'maps characters',
      { tokenizer: 'whitespace', char_filter: ['m'] },
      { char_filter: { m: { type: 'mapping', mappings: [':) => _happy_', 'ab => x', 'a => yy', '- =>'] } } },
      'ab:) a-c',
      'x_happy_@0[0,4) yyc@1[5,8)',
    ],
    [
      'takes articles off',
      filters('elision', 'lowercase'),
      {},
      "l'Avion Qu’il d",
      'avion@0[0,7) il@1[8,13) d@2[14,15)',
    ],
    ['truncates', filters('t'), { filter: { t: { type: 'truncate', length: 2 } } }, 'abc 𝒜𝒷𝒸', 'ab@0[0,3) 𝒜𝒷@1[4,10)'],
    [
      'bounds lengths',
      filters('l'),
      { filter: { l: { type: 'length', min: 2, max: 3 } } },
      'a bb ccc dddd',
      'bb@1[2,4) ccc@2[5,8)',
    ],
    ['keeps a word once', filters('unique'), {}, 'a b a', 'a@0[0,1) b@1[2,3)'],
    ['limits', filters('l'), { filter: { l: { type: 'limit', maxTokenCount: 1 } } }, 'a b', 'a@0[0,1)'],
    ['shingles', filters('lowercase', 'stop', 'shingle'), {}, 'fox and hound', 'fox@0[0,3) hound@2[8,13)'],
    [
      'shingles without unigrams, with fillers',
      filters('stop', 's'),
      { filter: { s: { type: 'shingle', output_unigrams: false, max_shingle_size: 3 } } },
      'fox and big hound',
      'fox _ big@0[0,11) big hound@2[8,17)',
    ],
    [
      'cuts long words',
      { tokenizer: 't' },
      { tokenizer: { t: { type: 'standard', max_token_length: 3 } } },
      'abcdefg 𝒜𝒜',
      'abc@0[0,3) def@1[3,6) g@2[6,7) 𝒜@3[8,10) 𝒜@4[10,12)',
    ],
    [
      'configures the built-in',
      { type: 'english', stopwords: ['fox'], stemmer: 'porter', stem_exclusion: ['skies'] },
      {},
      'The skies of dying fox',
      'the@0[0,3) skies@1[4,9) of@2[10,12) dy@3[13,18)',
    ],
    [
      'knows no stop words when told so',
      { type: 'french', stopwords: '_none_' },
      {},
      'les chats',
      'le@0[0,3) chat@1[4,9)',
    ],
    ['standard with stop words', { type: 'standard', stopwords: '_english_' }, {}, 'The Fox', 'fox@1[4,7)'],
    [
      'lower-cases Turkish',
      filters('t'),
      { filter: { t: { type: 'lowercase', language: 'turkish' } } },
      'IŞIK İz',
      'ışık@0[0,4) iz@1[5,7)',
    ],
  ])('%s', (_name, analyzer, others, text, expected) => {
    expect(shownTokens(listed(mine(analyzer, others), text))).toBe(expected);
  });

  it('makes the same of the same settings once', () => {
    const settings = settingsOf(filters('lowercase'));
    expect(analysisOf(structuredClone(settings)).analyzer('mine')).toBe(analysisOf(settings).analyzer('mine'));
  });
});

describe('normalizers', () => {
  const normalizer = { normalizer: { plain: { type: 'custom', filter: ['lowercase', 'asciifolding', 'trim'] } } };

  it('make one term of a value', () => {
    const analysis = analysisOf(validateAnalysis(normalizer));
    expect(analysis.normalizer('plain')(' Café AU lait')).toBe('cafe au lait');
    expect(analysis.normalizer('lowercase')('ÄB c')).toBe('äb c');
    expect(() => analysis.normalizer('plian')).toThrow('did you mean "plain"?');
  });

  it('have no filters that take words together', () => {
    expect(() => validateAnalysis({ normalizer: { n: { filter: ['unique'] } } })).toThrow('takes words together');
  });
});

describe('what is refused', () => {
  it.each<[code: string, settings: unknown, message: string]>([
    ['bad_analysis', [], 'settings.analysis is []'],
    ['bad_analysis', { analyser: {} }, 'did you mean "analyzer"?'],
    ['bad_analysis', { analyzer: { a: 'standard' } }, 'settings.analysis.analyzer.a is standard: give an object'],
    ['bad_analysis', { analyzer: { 'a b': {} } }, 'the name "a b"'],
    ['bad_analysis', { analyzer: { standard: { tokenizer: 'standard' } } }, 'name of a built-in analyzer'],
    ['bad_analysis', { analyzer: { default: { tokenizer: 'standard' } } }, 'not supported as a default'],
    ['bad_analysis', { analyzer: { a: {} } }, 'analyzer.a.tokenizer is missing'],
    ['unknown_analyzer', { analyzer: { a: { type: 'frensh' } } }, 'did you mean "french"?'],
    ['unknown_tokenizer', { analyzer: { a: { tokenizer: 'standart' } } }, 'did you mean "standard"?'],
    [
      'unknown_filter',
      { analyzer: { a: { tokenizer: 'standard', filter: ['lower_case'] } } },
      'did you mean "lowercase"?',
    ],
    [
      'unknown_filter',
      { filter: { f: { type: 'word_delimiter_graph' } } },
      'there is no filter "word_delimiter_graph"',
    ],
    [
      'unknown_filter',
      { analyzer: { a: { tokenizer: 'standard', filter: ['my_syns'] } }, filter: { my_syn: { type: 'stop' } } },
      'did you mean "my_syn"?',
    ],
    [
      'unknown_char_filter',
      { analyzer: { a: { tokenizer: 'standard', char_filter: ['html'] } } },
      'did you mean "html_strip"?',
    ],
    [
      'bad_analysis',
      { analyzer: { a: { tokenizer: 'standard', filters: [] } } },
      'an option "filters" that is not supported; did you mean "filter"?',
    ],
    ['bad_analysis', { analyzer: { a: { tokenizer: 'standard', filter: ['synonym'] } } }, 'needs options'],
    [
      'bad_analysis',
      { filter: { f: { type: 'edge_ngram', min_gram: 3, max_gram: 2 } } },
      'filter.f.max_gram is 2: give a whole number from 3 to 64',
    ],
    ['bad_analysis', { filter: { f: { type: 'ngram', min_gram: 1, max_gram: 20 } } }, 'from 1 to 9'],
    ['bad_analysis', { filter: { f: { type: 'stemmer', language: 'light_french' } } }, 'did you mean'],
    ['bad_analysis', { filter: { f: { type: 'stop', stopwords: '_frnch_' } } }, 'did you mean "_french_"?'],
    [
      'bad_analysis',
      { filter: { f: { type: 'synonym', synonyms: ['a, b', 'x'] } } },
      'synonyms[1] ("x") has one word only',
    ],
    ['bad_analysis', { filter: { f: { type: 'synonym', synonyms: ['a => b => c'] } } }, 'more than one =>'],
    ['bad_analysis', { filter: { f: { type: 'synonym', synonyms: ['a, !!'] } } }, 'leave nothing'],
    ['bad_analysis', { filter: { f: { type: 'synonym', synonyms_path: 'a.txt' } } }, 'synonyms is missing'],
    [
      'bad_analysis',
      {
        analyzer: { a: { tokenizer: 'standard', filter: ['stop', 's'] } },
        filter: { s: { type: 'synonym', synonyms: ['bag of words, bow'] } },
      },
      'not words side by side',
    ],
    ['bad_analysis', { char_filter: { m: { type: 'mapping', mappings: ['a'] } } }, 'the form "from => to"'],
    ['analysis_too_large', { filter: { f: { type: 'stop', stopwords: ['x'.repeat(300_000)] } } }, 'bytes of JSON'],
  ])('%s: %j', (code, settings, message) => {
    expect(() => validateAnalysis(settings)).toThrow(message);
    expect(() => validateAnalysis(settings)).toThrow(expect.objectContaining({ kind: 'invalid', code }));
  });
});

describe('every analyzer that can be put together', () => {
  const SYNONYMS = ['a, b c, d e f', 'x => y z', 'b b => a', 'é, e', 'ab => a'];
  const settings = validateAnalysis({
    filter: {
      edge: { type: 'edge_ngram', min_gram: 1, max_gram: 4 },
      grams: { type: 'ngram', min_gram: 2, max_gram: 3, preserve_original: true },
      both: { type: 'asciifolding', preserve_original: true },
      some: { type: 'stop', stopwords: ['a', 'c'] },
      syn: { type: 'synonym', synonyms: SYNONYMS },
    },
    char_filter: { map: { type: 'mapping', mappings: ['ab => é', 'c => dd', 'b => '] } },
    tokenizer: { e: { type: 'edge_ngram', min_gram: 1, max_gram: 3 }, cut: { type: 'standard', max_token_length: 2 } },
  });
  const names = [
    'lowercase',
    'uppercase',
    'asciifolding',
    'both',
    'some',
    'edge',
    'grams',
    'unique',
    'shingle',
    'trim',
    'reverse',
    'cjk_width',
    'cjk_bigram',
    'elision',
    'apostrophe',
    'porter_stem',
  ];
  const chains = fc.record({
    tokenizer: fc.constantFrom('standard', 'whitespace', 'keyword', 'letter', 'lowercase', 'ngram', 'e', 'cut'),
    filter: fc.tuple(
      fc.array(fc.constantFrom(...names), { maxLength: 2 }),
      fc.array(fc.constantFrom(...names), { maxLength: 2 }),
      fc.boolean(),
    ),
    char_filter: fc.array(fc.constantFrom('html_strip', 'map'), { maxLength: 2 }),
  });
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ..."abcdexé <>&;日本ガｶﾞ한ﬁß’'\u0301\ud800🙂İ".split(''),
          '<b>',
          '</p>',
          '&eacute;',
          'ab c',
          'b b',
          'd e f',
          'x'.repeat(400),
        ),
        fc.string({ unit: 'binary', maxLength: 3 }),
      ),
      { maxLength: 16 },
    )
    .map((parts) => parts.join(''));

  const make = (tokenizer: string, filter: string[], char_filter: string[]): Analyzer | undefined => {
    try {
      return analysisOf(settings).adHoc({ tokenizer, filter, char_filter });
    } catch {
      // Some filters leave nothing of a synonym's words: refused, rightly.
      return undefined;
    }
  };

  it('keeps the contract: offsets in the text, positions never fall, terms bounded, the same again', () => {
    fc.assert(
      fc.property(chains, text, ({ tokenizer, filter: [before, after, synonyms], char_filter }, value) => {
        const analyzer = make(tokenizer, [...before, ...(synonyms ? ['syn'] : []), ...after], char_filter);
        if (!analyzer) return;
        const once = listed(analyzer, value);
        let position = 0;
        for (const token of once) {
          expect(token.position).toBeGreaterThanOrEqual(position);
          position = token.position;
          expect(token.start >= 0 && token.start <= token.end && token.end <= value.length).toBe(true);
          expect(token.term).not.toBe('');
          expect(token.term.isWellFormed() && encodeUtf8(token.term).length <= MAX_TERM_BYTES).toBe(true);
        }
        expect(listed(analyzer, value)).toEqual(once);
        for (const [at, token] of listed(analyzer, value, true).entries()) {
          if (at === 0) position = 0;
          expect(token.position).toBeGreaterThanOrEqual(position);
          position = token.position;
          expect(token.length).toBeGreaterThanOrEqual(1);
        }
      }),
      {
        numRuns: 600,
        examples: [
          // A shingle of a word and the end of the synonym before it.
          [{ tokenizer: 'standard', filter: [[], ['shingle'], true], char_filter: [] }, 'a\0a'],
        ],
      },
    );
  });
});
