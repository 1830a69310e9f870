import fc from 'fast-check';
import { isQuarryError } from '#libs/kernel';
import type { QueryNode } from '../../query-node.ts';
import { parseQuery } from '../queries/parse-query.ts';

const parse = (query: string, options: object = {}): QueryNode =>
  parseQuery({ simple_query_string: { query, fields: ['t'], ...options } }, 'q');

function brief(node: QueryNode): string {
  switch (node.type) {
    case 'match':
      return String(node.query);
    case 'match_phrase':
      return `"${node.query}"${node.slop > 0 ? `~${node.slop}` : ''}`;
    case 'multi_match':
      return `${node.query}${node.mode === 'prefix' ? '*' : `~${node.fuzzy!.fuzziness}`}`;
    case 'match_all':
      return '*:*';
    case 'match_none':
      return 'none';
    case 'bool': {
      const minimum = node.minimumShouldMatch === undefined ? '' : `@${node.minimumShouldMatch}`;
      const parts = [
        ...node.must.map((one) => `+${brief(one)}`),
        ...node.should.map(brief),
        ...node.mustNot.map((one) => `-${brief(one)}`),
      ];
      return `(${parts.join(' ')})${minimum}`;
    }
    default:
      throw new Error(`a simple query string gives no ${node.type}`);
  }
}

describe('a simple query string', () => {
  it.each([
    ['a b', '(a b)'],
    ['a + b', '(+a +b)'],
    ['a | b + c', '(+(a b) +c)'],
    ['a b + c d', '((+(a b) +c) d)'],
    ['-a', '(*:* -a)'],
    ['a -b', '(a (*:* -b))'],
    ['a + -b', '(+a +(*:* -b))'],
    ['--a', 'a'],
    ['"a b"~2 c', '("a b"~2 c)'],
    ['pre* a*b', '(pre* a*b)'],
    ['word~1 word~ word~9 a~b', '(word~1 word word~2 a~b)'],
    ['(a b) + c', '(+(a b) +c)'],
    ['e-mail a\\+b \\"c', '(e-mail a+b "c)'],
    ['(a b', '(a b)'],
    ['a) b', '(a b)'],
    ['"a b', '(a b)'],
    ['+ | a', 'a'],
    ['()', 'none'],
    ['* ~ ""', '*'],
    ['', 'none'],
  ])('%s is %s', (text, expected) => {
    expect(brief(parse(text))).toBe(expected);
  });

  it('takes options, and leaves out operators', () => {
    expect(brief(parse('a b', { default_operator: 'and', minimum_should_match: 1 }))).toBe('(+a +b)@1');
    expect(brief(parse('a|b +c', { flags: 'OR|WHITESPACE' }))).toBe('(a b +c)');
    expect(brief(parse('a b', { flags: 'NONE' }))).toBe('a b');
    expect(brief(parse('"a b"~3', { flags: 'PHRASE|SLOP' }))).toBe('"a b"~3');
    expect(() => parse('a', { flags: 'MAYBE' })).toThrow('PRECEDENCE');
    expect(parse('x*', { fields: ['t^2', 'b'] })).toMatchObject({ mode: 'prefix', tieBreaker: 1 });
  });

  it('makes something of any text, unless it is too much', () => {
    const piece = fc.constantFrom(...'+|-"*()~\\ ab1'.split(''));
    const text = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 2 })), { maxLength: 60 });
    fc.assert(
      fc.property(text, (parts) => {
        expect(typeof parse(parts.join('')).type).toBe('string');
      }),
      { numRuns: 1500 },
    );
    for (const many of ['(', ')', '"', '-', '\\', '~1', '(a) ', '+a-', '(('.repeat(20) + ')'.repeat(40)]) {
      try {
        parse(many.repeat(Math.floor(32_000 / many.length)));
      } catch (error) {
        expect(isQuarryError(error) && error.code).toMatch(/^(?:too_many_clauses|query_too_deep)$/);
      }
    }
  });
});
