import fc from 'fast-check';
import { TokenBuffer } from './analyzer.ts';
import { StandardTokenizer } from './standard-tokenizer.ts';

const listed = (tokenize: (text: string, out: TokenBuffer) => void, text: string): unknown[] => {
  const out = new TokenBuffer();
  tokenize(text, out);
  return Array.from({ length: out.length }, (_, i) => [out.terms[i], out.positions[i], out.starts[i], out.ends[i]]);
};

describe('the two ways of the standard tokenizer', () => {
  // One tokenizer for all runs: its cache is warm, full of what earlier texts left.
  const tokenizer = new StandardTokenizer((word) => (word.startsWith('b') ? '' : word));
  const agree = (text: string): void => {
    const fast = listed((value, out) => tokenizer.tokenize(value, out), text);
    expect(fast).toEqual(listed((value, out) => tokenizer.tokenizeByRules(value, out), text));
  };

  it('agree on ASCII', () => {
    expect.hasAssertions();
    fc.assert(fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 40 }), agree), { numRuns: 1000 });
    const dense = fc.string({ unit: fc.constantFrom(...Array.from('abA1_.,:;\'" \n')), maxLength: 30 });
    fc.assert(fc.property(dense, agree), { numRuns: 2000 });
  });

  it('agree where ASCII meets the rest', () => {
    expect.hasAssertions();
    const unit = fc.constantFrom(
      ...Array.from("aB1_.:',;# *\u0301\u200d\ufe0f\u20e3é’א日カไ🙂🏽🇩"),
      '\ud800',
      '\udc00',
    );
    fc.assert(fc.property(fc.string({ unit, maxLength: 20 }), agree), { numRuns: 3000 });
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 20 }), agree), { numRuns: 500 });
  });

  it('grows the buffer as far as a text needs', () => {
    expect(listed((value, out) => tokenizer.tokenize(value, out), 'ab1 '.repeat(5000)).at(-1)).toEqual([
      'ab1',
      4999,
      19_996,
      19_999,
    ]);
  });
});
