import fc from 'fast-check';
import { TokenBuffer } from '../analyzer.ts';
import { analyzer } from '../analyzers.ts';
import { WINDOW_UNITS, WordBatch } from './word-batch.ts';

type Positioned = [term: string, position: number];

function analyzed(name: string, text: string): Positioned[] {
  const out = new TokenBuffer();
  analyzer(name).analyze(text, out);
  return Array.from({ length: out.length }, (_, i) => [out.terms[i]!, out.positions[i]!]);
}

function scanned(name: string, text: string): Positioned[] {
  const words = analyzer(name).words!;
  const out = new WordBatch();
  const found: Positioned[] = [];
  let position = 0;
  for (let from = 0; from < text.length;) {
    const next = words.scan(text, from, out);
    expect(next).toBeGreaterThan(from);
    from = next;
    for (let i = 0; i < out.length; i++, position++) {
      const word = Buffer.from(out.bytes.subarray(i === 0 ? 0 : out.ends[i - 1], out.ends[i])).toString();
      const term = words.termFor ? words.termFor(word) : word;
      if (term !== '') found.push([term, position]);
    }
  }
  return found;
}

const piece = fc.oneof(
  fc.constantFrom(
    'the',
    'Dogs',
    "dog's",
    'running',
    'a.b',
    '1,000.5',
    'x:y',
    '_',
    '__a_',
    'can’t',
    'Ünï',
    'naïve',
    'İΣ',
  ),
  fc.constantFrom(
    ' ',
    '  ',
    ', ',
    '.',
    '. ',
    '\n',
    ':',
    '"',
    '-',
    '\u200d',
    '\u0301',
    '\ufeff',
    '\0',
    '#️⃣',
    '🇩🇪',
    '👩‍🚀',
  ),
  fc.constantFrom('漢字', 'かな', 'カタカナ', 'ภาษาไทย', 'שלום', '😀', '\ud800', '\udc00'),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.string({ maxLength: 8 }),
);
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));

describe('words in batches of bytes', () => {
  it.each(['standard', 'english', 'french', 'russian'])('are the tokens of %s', (name) => {
    fc.assert(
      fc.property(text, (given) => {
        expect(scanned(name, given)).toEqual(analyzed(name, given));
      }),
      { numRuns: 300 },
    );
  });

  it('are the same wherever a window ends', () => {
    const long = fc.tuple(
      fc.array(text, { minLength: 1, maxLength: 8 }),
      fc.nat(600),
      fc.constantFrom('a', 'ab ', '_', 'é', '漢'),
    );
    fc.assert(
      fc.property(long, ([texts, back, filler]) => {
        const start = filler.repeat(Math.ceil((WINDOW_UNITS - back) / filler.length));
        const given = `${start} ${texts.join(' ')} ${'word '.repeat(WINDOW_UNITS / 5)} ${texts.join('')}`;
        expect(scanned('standard', given)).toEqual(analyzed('standard', given));
      }),
      { numRuns: 25 },
    );
  });

  it('take a word of a megabyte', () => {
    for (const given of [
      'x'.repeat(1 << 20),
      `${'ß'.repeat(1 << 18)} end`,
      'a.'.repeat(1 << 17),
      '😀'.repeat(20_000),
    ]) {
      expect(scanned('standard', given)).toEqual(analyzed('standard', given));
    }
  });
});
