import { analysisOf } from '../analysis.ts';
import { TokenBuffer, type Analyzer } from '../analyzer.ts';
import { validateAnalysis } from '../definition/validate-analysis.ts';
import { parseSynonymRule } from './parse-synonyms.ts';

function synonyms(rules: string[], options: Record<string, unknown> = {}, after: string[] = []): Analyzer {
  const settings = validateAnalysis({
    analyzer: { mine: { tokenizer: 'standard', filter: ['lowercase', 'syn', ...after] } },
    filter: { syn: { type: 'synonym_graph', synonyms: rules, ...options } },
  });
  return analysisOf(settings).analyzer('mine');
}

/** `term@position[start,end)`, with `+length` where it is not 1. */
function shown(analyzer: Analyzer, text: string, asked = false): string {
  const out = new TokenBuffer();
  if (asked) analyzer.analyzeGraph!(text, out);
  else analyzer.analyze(text, out);
  return Array.from({ length: out.length }, (_, i) => {
    const length = out.lengths[i] === 1 ? '' : `+${out.lengths[i]}`;
    return `${out.terms[i]}@${out.positions[i]}[${out.starts[i]},${out.ends[i]})${length}`;
  }).join(' ');
}

describe('rules of Solr', () => {
  it.each<[string, unknown]>([
    ['a, b', { inputs: ['a', 'b'], outputs: undefined }],
    [' a b ,c => d ', { inputs: ['a b', 'c'], outputs: ['d'] }],
    ['a\\, b, c\\=>d => e', { inputs: ['a, b', 'c=>d'], outputs: ['e'] }],
    ['# a comment', undefined],
    ['  ', undefined],
    ['a => ', 'has an empty side or word'],
    ['a,,b', 'has an empty side or word'],
  ])('%j', (line, rule) => {
    expect(parseSynonymRule(line)).toEqual(rule);
  });
});

describe('what is indexed', () => {
  it.each<[name: string, rules: string[], text: string, expected: string]>([
    ['words for one another', ['tv, television'], 'my TV set', 'my@0[0,2) tv@1[3,5) television@1[3,5) set@2[6,9)'],
    ['a replaced word', ['tele => tv'], 'tele on', 'tv@0[0,4) on@1[5,7)'],
    ['the longest rule', ['a, x', 'a b, y'], 'a b a', 'a@0[0,1) y@0[0,3) b@1[2,3) a@2[4,5) x@2[4,5)'],
    [
      'a longer synonym beside the words after it',
      ['dns, domain name system'],
      'dns works well now',
      'dns@0[0,3) domain@0[0,3) works@1[4,9) name@1[0,3) well@2[10,14) system@2[0,3) now@3[15,18)',
    ],
    [
      'moved words after a longer replacement',
      ['dns => domain name'],
      'dns works',
      'domain@0[0,3) name@1[0,3) works@2[4,9)',
    ],
    [
      'moved words after a shorter replacement',
      ['domain name system => dns'],
      'domain name system works',
      'dns@0[0,18) works@1[19,24)',
    ],
    ['rules for one word together', ['a => b', 'a => c'], 'a', 'b@0[0,1) c@0[0,1)'],
    ['a replacement that keeps the word', ['a => a, b'], 'a', 'a@0[0,1) b@0[0,1)'],
    ['nothing where nothing matches', ['a b, c'], 'b a', 'b@0[0,1) a@1[2,3)'],
  ])('%s', (_name, rules, text, expected) => {
    expect(shown(synonyms(rules), text)).toBe(expected);
  });

  it('makes all the first one without expand', () => {
    expect(shown(synonyms(['a, b, c'], { expand: false }), 'c a d')).toBe('a@0[0,1) a@1[2,3) d@2[4,5)');
  });
});

describe('what is asked', () => {
  it('needs no paths for single words', () => {
    expect(synonyms(['a, b'])).not.toHaveProperty('analyzeGraph');
  });

  it.each<[name: string, rules: string[], text: string, expected: string]>([
    [
      'a path of several words',
      ['dns, domain name'],
      'my dns works',
      'my@0[0,2) dns@1[3,6)+2 domain@1[3,6) name@2[3,6) works@3[7,12)',
    ],
    ['no shared steps', ['a b, c d'], 'a b', 'a@0[0,3) c@0[0,3)+2 b@1[0,3)+2 d@2[0,3)'],
    ['a replacement', ['a b => c'], 'a b d', 'c@0[0,3) d@1[4,5)'],
  ])('%s', (_name, rules, text, expected) => {
    expect(shown(synonyms(rules), text, true)).toBe(expected);
  });

  it('leaves a hole where a word of a path goes', () => {
    expect(shown(synonyms(['wto, the organization'], {}, ['stop']), 'wto', true)).toBe(
      'wto@0[0,3)+2 @0[0,3) organization@1[0,3)',
    );
  });
});
