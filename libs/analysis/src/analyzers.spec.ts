import fc from 'fast-check';
import { encodeUtf8 } from '#libs/kernel';
import { MAX_TERM_BYTES, TokenBuffer } from './analyzer.ts';
import { analyzer, analyzerNames } from './analyzers.ts';
import { lowerCase } from './term.ts';

const buffer = new TokenBuffer();
interface Token {
  term: string;
  position: number;
  start: number;
  end: number;
}

function tokens(name: string, text: string): Token[] {
  analyzer(name).analyze(text, buffer);
  return Array.from({ length: buffer.length }, (_, i) => ({
    term: buffer.terms[i]!,
    position: buffer.positions[i]!,
    start: buffer.starts[i]!,
    end: buffer.ends[i]!,
  }));
}
const terms = (name: string, text: string): string[] => tokens(name, text).map((token) => token.term);

/** Text that lies at the borders between the fast path, the rules and the cutting. */
const mixedText = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(...'abZ09_.,:;\'" -#*\u0301\u200d\ufe0f\u20e3é’İΣßא日ひカｶ한ไท🙂👩🏽🇩\ud800\udc00\u0085'.split('')),
      fc.constantFrom('👍🏽', '🇩🇪', '1️⃣', "can't", '3.14', 'a.b.c', 'x'.repeat(40), 'é'.repeat(700)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('standard', () => {
  it.each<[string, string[]]>([
    ['The quick Brown-Fox', ['the', 'quick', 'brown', 'fox']],
    ["can't O’Neil 'quoted' dogs'", ["can't", 'o’neil', 'quoted', 'dogs']],
    ['3.14 1,000 1:2 v1.2 e.g. a.1', ['3.14', '1,000', '1', '2', 'v1.2', 'e.g', 'a', '1']],
    ['key:value snake_case _ __ _x', ['key:value', 'snake_case', '_x']],
    ['user@example.com C++ #tag', ['user', 'example.com', 'c', 'tag']],
    ['naïve cafe\u0301 ПРИВЕТ', ['naïve', 'cafe\u0301', 'привет']],
    ['日本語 ひら カタカナ ｶﾅ 한국어', ['日', '本', '語', 'ひ', 'ら', 'カタカナ', 'ｶﾅ', '한국어']],
    ['ภาษาไทย ไทย1', ['ภาษาไทย', 'ไทย', '1']],
    ['🙂👍🏽👨‍👩‍👧 🇩🇪🇫🇷 🇩 #️⃣ 1️⃣ # ☎️ 🏽', ['🙂', '👍🏽', '👨‍👩‍👧', '🇩🇪', '🇫🇷', '#️⃣', '1️⃣', '☎️', '🏽']],
    ['½ ² ª « \ud800 \u0301', ['ª']],
    ['', []],
  ])('%j', (text, expected) => {
    expect(terms('standard', text)).toEqual(expected);
  });

  it('counts positions and points at the text', () => {
    expect(tokens('standard', 'Ab, ÇD 🙂')).toEqual([
      { term: 'ab', position: 0, start: 0, end: 2 },
      { term: 'çd', position: 1, start: 4, end: 6 },
      { term: '🙂', position: 2, start: 7, end: 9 },
    ]);
  });

  it('keeps offsets true where lower-casing would change the length', () => {
    expect(tokens('standard', 'İstanbul ΣΊΣΥΦΟΣ x')).toEqual([
      { term: 'istanbul', position: 0, start: 0, end: 8 },
      { term: 'σίσυφοσ', position: 1, start: 9, end: 16 },
      { term: 'x', position: 2, start: 17, end: 18 },
    ]);
  });

  it('tells words apart that share a slot of the cache', () => {
    const words = Array.from({ length: 100_000 }, (_, i) => `W${i.toString(36)}`);
    const text = words.join(' ');
    const expected = words.map((word) => word.toLowerCase());
    expect(terms('standard', text)).toEqual(expected);
    expect(terms('standard', text)).toEqual(expected);
  });
});

describe('the other tokenizers', () => {
  it.each<[name: string, text: string, expected: string[]]>([
    ['simple', "Can't 3rd naïveÉ日本x_y", ['can', 't', 'rd', 'naïveé日本x', 'y']],
    ['simple', '1 𝒜𝒷 \u0301', ['𝒜𝒷']],
    ['whitespace', ' A-b\tC\u00a0d\u3000e\n', ['A-b', 'C\u00a0d', 'e']],
    ['keyword', ' As it  IS ', [' As it  IS ']],
    ['keyword', '', []],
    ['keyword', 'a\ud800', ['a\ufffd']],
  ])('%s %j', (name, text, expected) => {
    expect(terms(name, text)).toEqual(expected);
  });
});

describe('english', () => {
  it('takes possessives off, stop words out with a gap, and stems', () => {
    expect(tokens('english', "The dog's dogs’ were running, it is the-END")).toEqual([
      { term: 'dog', position: 1, start: 4, end: 9 },
      { term: 'dog', position: 2, start: 10, end: 14 },
      { term: 'were', position: 3, start: 16, end: 20 },
      { term: 'run', position: 4, start: 21, end: 28 },
      { term: 'end', position: 8, start: 40, end: 43 },
    ]);
  });

  it('differs from english_porter only in the stemmer', () => {
    const text = "generously THE fairly skies' dying";
    expect(terms('english', text)).toEqual(['generous', 'fair', 'sky', 'die']);
    expect(terms('english_porter', text)).toEqual(['gener', 'fairli', 'ski', 'dy']);
  });
});

describe('every analyzer', () => {
  const known = analyzerNames();
  const basic = new Set(known.slice(0, 7));

  it('is found by its name, with a version', () => {
    expect(known.join(' ')).toBe(
      'standard simple whitespace keyword stop english english_porter arabic armenian danish dutch finnish french german greek ' +
        'hindi hungarian indonesian irish italian norwegian portuguese romanian russian spanish swedish turkish cjk',
    );
    for (const name of known) expect(analyzer(name)).toMatchObject({ name, version: 1 });
  });

  it.each([
    ['standart', /did you mean "standard"\? known: standard, simple/],
    ['English', /did you mean "english"/],
    ['constructor', /there is no analyzer "constructor"/],
  ])('refuses %s', (name, message) => {
    expect(() => analyzer(name)).toThrow(message);
    expect(() => analyzer(name)).toThrow(expect.objectContaining({ kind: 'invalid', code: 'unknown_analyzer' }));
  });

  it.each(known)('%s: tokens stand in order within the text, terms are well-formed and bounded', (name) => {
    fc.assert(
      fc.property(mixedText, (text) => {
        let previous = { position: -1, start: -1, end: 0 };
        for (const token of tokens(name, text)) {
          expect(token.position).toBeGreaterThan(previous.position);
          expect(token.start).toBeGreaterThanOrEqual(name === 'cjk' ? previous.start : previous.end);
          expect(token.end).toBeGreaterThan(token.start);
          expect(token.end).toBeLessThanOrEqual(text.length);
          expect(token.term).not.toBe('');
          expect(token.term.isWellFormed()).toBe(true);
          expect(encodeUtf8(token.term).length).toBeLessThanOrEqual(MAX_TERM_BYTES);
          previous = token;
        }
      }),
      { numRuns: basic.has(name) ? 300 : 50 },
    );
  });

  it.each(['standard', 'simple', 'whitespace', 'keyword'])('%s: offsets point at the text of the term', (name) => {
    const folded = name === 'standard' || name === 'simple';
    fc.assert(
      fc.property(mixedText, (text) => {
        for (const { term, start, end } of tokens(name, text)) {
          const whole = text.slice(start, end);
          const expected = (folded ? lowerCase(whole) : whole).toWellFormed();
          const cut = encodeUtf8(expected).length > MAX_TERM_BYTES;
          expect(term).toBe(cut ? expected.slice(0, term.length) : expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(known)('%s: cuts a token of a megabyte instead of keeping it', (name) => {
    for (const letter of ['a', 'é', '𝒜']) {
      const [token, ...rest] = tokens(name, letter.repeat(500_000));
      expect(rest).toEqual([]);
      expect(token!.end).toBe(letter.length * 500_000);
      const bytes = encodeUtf8(token!.term).length;
      expect(bytes).toBeLessThanOrEqual(MAX_TERM_BYTES);
      // Some stemmers take accents off.
      expect(bytes).toBeGreaterThan(basic.has(name) ? MAX_TERM_BYTES - 4 : MAX_TERM_BYTES / 2 - 4);
    }
  });
});
