import { analyzeText } from './analyze-text.ts';

describe('analyzeText', () => {
  it('shows tokens, over several texts', () => {
    expect(analyzeText({ analyzer: 'english', text: ['The dogs', 'ran'] })).toEqual({
      tokens: [
        { token: 'dog', start_offset: 4, end_offset: 8, position: 1 },
        { token: 'ran', start_offset: 9, end_offset: 12, position: 102 },
      ],
    });
  });

  it('puts parts together, by name or in place, and knows fields', () => {
    const filter = ['lowercase', { type: 'edge_ngram', min_gram: 2, max_gram: 2 }];
    expect(analyzeText({ tokenizer: 'whitespace', filter, text: 'Abc' }).tokens.map(({ token }) => token)).toEqual([
      'ab',
    ]);
    const schema = { fields: { t: { type: 'text', analyzer: 'simple' } }, dynamic: true, maxFields: 1 } as const;
    expect(analyzeText({ field: 't', text: 'A1b' }, schema).tokens.map(({ token }) => token)).toEqual(['a', 'b']);
  });

  it.each<[unknown, string]>([
    [{}, 'text'],
    [{ text: 'x', analyzer: 'englisch' }, 'did you mean "english"?'],
    [{ text: 'x', field: 'f' }, 'no field "f"'],
    [{ text: 'x', analyzer: 'english', tokenizer: 'standard' }, 'give one of'],
    [{ text: 'x '.repeat(20_000) }, 'more than 10000 tokens'],
    [{ text: 'x', explain: true }, 'explain'],
  ])('refuses %#', (body, message) => {
    expect(() => analyzeText(body)).toThrow(message);
  });
});
