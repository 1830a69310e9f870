import fc from 'fast-check';
import { wordBoundaries } from './word-breaker.ts';

const cut = (text: string): string[] => {
  const boundaries = wordBoundaries(text);
  return boundaries.slice(1).map((end, i) => text.slice(boundaries[i], end));
};

const expectSameFromAny = (text: string): void => {
  const all = wordBoundaries(text);
  for (const from of all) {
    expect(wordBoundaries(text.slice(from)).map((at) => at + from)).toEqual(
      from === text.length ? [] : all.filter((at) => at >= from),
    );
  }
};

describe('word boundaries of UAX #29', () => {
  it.each<[rule: string, text: string, segments: string[]]>([
    ['WB3', 'a\r\nb\n\rc', ['a', '\r\n', 'b', '\n', '\r', 'c']],
    ['WB3a', '\n\u0301', ['\n', '\u0301']],
    ['WB3c', '👩‍🔬a', ['👩‍🔬', 'a']],
    ['WB3c after a letter', 'a‍🔬', ['a‍🔬']],
    ['WB3d', 'a   b', ['a', '   ', 'b']],
    ['WB3d stops at an extender', ' \u0301 ', [' \u0301', ' ']],
    ['WB4', 'e\u0301\u0301t\u00ade', ['e\u0301\u0301t\u00ade']],
    ['WB5', 'naïveжя', ['naïveжя']],
    ['WB6 and WB7', "can't a.b a:b o’neil", ["can't", ' ', 'a.b', ' ', 'a:b', ' ', 'o’neil']],
    ['WB6 across extenders', 'a\u0301.\u0301\u0301b', ['a\u0301.\u0301\u0301b']],
    [
      'WB6 needs letters on both sides',
      "a.1 a' 'a a..b",
      ['a', '.', '1', ' ', 'a', "'", ' ', "'", 'a', ' ', 'a', '.', '.', 'b'],
    ],
    ['WB7a', "א'1", ["א'", '1']],
    ['WB7b and WB7c', 'א"א א"', ['א"א', ' ', 'א', '"']],
    ['WB8, WB9, WB10', '3a a3 3', ['3a', ' ', 'a3', ' ', '3']],
    [
      'WB11 and WB12',
      "3.14 1,000;5 1'2 1:2 1,a",
      ['3.14', ' ', '1,000;5', ' ', "1'2", ' ', '1', ':', '2', ' ', '1', ',', 'a'],
    ],
    ['WB13', 'カタカナabc', ['カタカナ', 'abc']],
    ['WB13a and WB13b', '_a_1_カ__', ['_a_1_カ__']],
    ['WB13b does not bridge punctuation', 'a_.b', ['a_', '.', 'b']],
    ['WB15 and WB16', '🇩🇪🇫🇷🇬a🇬🇧', ['🇩🇪', '🇫🇷', '🇬', 'a', '🇬🇧']],
    ['WB999', '日本 ไทย', ['日', '本', ' ', 'ไ', 'ท', 'ย']],
    ['a lone surrogate', 'a\ud800b\udc00', ['a', '\ud800', 'b', '\udc00']],
  ])('%s: %j', (_rule, text, segments) => {
    expect(cut(text)).toEqual(segments);
  });

  it('has none in the empty text', () => {
    expect(wordBoundaries('')).toEqual([]);
  });

  // CLDR tailors the colon and cuts East Asian scripts (Hangul from Latin, too) by its own means; everything else is the same definition.
  it('agrees with Intl.Segmenter wherever CLDR does not tailor', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'word' });
    const pieces = Array.from('abZ09_.,;\'"-’ \r\n\t\u0301\u200d\u00adéßжЯאבαｌ🙂👩🔬🏽🇩🇪٣०');
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (value) => {
        const theirs = Array.from(segmenter.segment(value), (segment) => segment.segment);
        expect(cut(value)).toEqual(theirs);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives the same boundaries from any boundary on', () => {
    expect.hasAssertions();
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), expectSameFromAny));
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('a1._\'"א🇩\u0301\u200d🔬 ')), maxLength: 20 }),
        expectSameFromAny,
      ),
    );
  });
});
