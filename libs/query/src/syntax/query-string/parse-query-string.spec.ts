import { isQuarryError, type QuarryError } from '#libs/kernel';
import type { QueryNode } from '../../query-node.ts';
import { MAX_CLAUSES, MAX_QUERY_DEPTH, MAX_QUERY_STRING_BYTES } from '../limits.ts';
import { parseQueryString, type QueryStringOptions } from './parse-query-string.ts';

const parse = (text: string, options: Partial<QueryStringOptions> = {}): QueryNode =>
  parseQueryString(text, { fields: ['t'], defaultOperator: 'or', path: 'q', ...options });

function failure(text: string, options: Partial<QueryStringOptions> = {}): QuarryError {
  try {
    parse(text, options);
  } catch (error) {
    if (isQuarryError(error)) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

/** A node in one line: `+must -must_not should #filter`, `field:word`, `{fields}:word`, `^boost`. */
function brief(node: QueryNode): string {
  return bare(node) + (node.boost === 1 ? '' : `^${node.boost}`);
}

function bare(node: QueryNode): string {
  switch (node.type) {
    case 'match':
      return `${node.field}:${node.query}`;
    case 'match_phrase':
      return `${node.field}:"${node.query}"${node.slop === 0 ? '' : `~${node.slop}`}`;
    case 'multi_match': {
      const fields = node.fields.map(({ field, boost }) => (boost === 1 ? field : `${field}^${boost}`)).join(',');
      const query = node.mode === 'phrase' ? `"${node.query}"${node.slop ? `~${node.slop}` : ''}` : node.query;
      const edits = node.mode === 'fuzzy' ? `~${node.fuzzy!.fuzziness}` : '';
      return `{${fields}}:${node.mode === 'regexp' ? `/${query}/` : query}${node.mode === 'prefix' ? '*' : edits}`;
    }
    case 'range': {
      const { gt, gte, lt, lte } = node;
      const lower = gte === undefined ? (gt === undefined ? '[*' : `{${gt}`) : `[${gte}`;
      const upper = lte === undefined ? (lt === undefined ? '*]' : `${lt}}`) : `${lte}]`;
      return `${node.field}:${lower} ${upper}`;
    }
    case 'bool': {
      const signed = (sign: string, nodes: readonly QueryNode[]): string[] => nodes.map((one) => sign + brief(one));
      return `(${[
        ...signed('+', node.must),
        ...signed('', node.should),
        ...signed('-', node.mustNot),
        ...signed('#', node.filter),
      ].join(' ')})`;
    }
    case 'dis_max':
      return `max(${node.queries.map(brief).join(' ')})`;
    case 'exists':
      return `${node.field}:*`;
    case 'match_all':
      return 'all';
    case 'match_none':
      return 'none';
    default:
      throw new Error(`a query string gives no ${node.type}`);
  }
}

const nested = (levels: number): string => '('.repeat(levels) + 'a' + ')'.repeat(levels);

describe('a query string', () => {
  it.each([
    ['word', 't:word'],
    ['two words', '(t:two t:words)'],
    ['"a phrase"', 't:"a phrase"'],
    ['"a phrase"~3', 't:"a phrase"~3'],
    ['"say \\"hi\\" \\\\"', 't:"say "hi" \\"'],
    ['""', 't:""'],
    ['a AND b', '(+t:a +t:b)'],
    ['a && b', '(+t:a +t:b)'],
    ['a OR b', '(t:a t:b)'],
    ['a || b', '(t:a t:b)'],
    ['a OR b AND c', '(t:a (+t:b +t:c))'],
    ['a b AND c', '(t:a (+t:b +t:c))'],
    ['a AND b OR c AND d', '((+t:a +t:b) (+t:c +t:d))'],
    ['(a OR b) AND c', '(+(t:a t:b) +t:c)'],
    ['a and b', '(t:a t:and t:b)'],
    ['a +b', '(+t:b t:a)'],
    ['+a -b c', '(+t:a t:c -t:b)'],
    ['a NOT b', '(t:a -t:b)'],
    ['a !b', '(t:a -t:b)'],
    ['a AND NOT b', '(+t:a -t:b)'],
    ['a AND -b', '(+t:a -t:b)'],
    ['a OR NOT b', '(t:a (-t:b))'],
    ['NOT a OR b', '((-t:a) t:b)'],
    ['NOT a AND b', '(+t:b -t:a)'],
    ['a OR -b', '(t:a -t:b)'],
    ['x +a AND b', '(+(+t:a +t:b) t:x)'],
    ['NOT a', '(-t:a)'],
    ['-a', '(-t:a)'],
    ['+a', 't:a'],
    ['NOT NOT a', '(-(-t:a))'],
    ['((a))', 't:a'],
    ['title:word', 'title:word'],
    ['title : word', 'title:word'],
    ['title:(a OR b)', '(title:a title:b)'],
    ['title:(a body:b) c', '((title:a body:b) t:c)'],
    ['title:"a b"~2', 'title:"a b"~2'],
    ['-title:a', '(-title:a)'],
    ['my\\ field:a', 'my field:a'],
    ['name\\*:a', '{name*}:a'],
    ['n:[1 TO 5]', 'n:[1 5]'],
    ['n:{1 TO 5}', 'n:{1 5}'],
    ['n:[1 TO 5}', 'n:[1 5}'],
    ['n:{1 TO 5]', 'n:{1 5]'],
    ['n:[* TO 5]', 'n:[* 5]'],
    ['n:[1 TO *}', 'n:[1 *]'],
    ['n:[-1 TO -0.5]', 'n:[-1 -0.5]'],
    ['n:[* TO *]', 'n:*'],
    ['n:["a b" TO "*"]', 'n:[a b *]'],
    ['n:[ 1   TO\t2 ]^2', 'n:[1 2]^2'],
    ['d:[2024-01-01T00:00:00Z TO 2025-01-01||/d]', 'd:[2024-01-01T00:00:00Z 2025-01-01||/d]'],
    ['n:>5', 'n:{5 *]'],
    ['n:>=5', 'n:[5 *]'],
    ['n:<5', 'n:[* 5}'],
    ['n:<=-5.5', 'n:[* -5.5]'],
    ['n:(>=1 AND <3)', '(+n:[1 *] +n:[* 3})'],
    ['n:-5', 'n:-5'],
    ['pre*', '{t}:pre*'],
    ['ro?m', '{t}:ro?m'],
    ['*b', '{t}:*b'],
    ['a*b a** ?', '({t}:a*b {t}:a** {t}:?)'],
    ['a\\*b*c\\\\', '{t}:a\\*b*c\\\\'],
    ['a\\*', 't:a*'],
    ['title:te?t*^2', '{title}:te?t*^2'],
    ['room~', '{t}:room~AUTO'],
    ['title:room~2^3', '{title}:room~2^3'],
    ['room~0 x', '({t}:room~0 t:x)'],
    ['/rege.x/', '{t}:/rege.x/'],
    ['f:/a\\/b\\./^2', '{f}:/a/b\\./^2'],
    ['(/a b/)', '{t}:/a b/'],
    ['title:pre*^2', '{title}:pre*^2'],
    ['*:*', 'all'],
    ['*', 'all'],
    ['*:* AND -a', '(+all -t:a)'],
    ['title:*', 'title:*'],
    ['_exists_:title', 'title:*'],
    ['title:(*)', 'title:*'],
    ['a^2', 't:a^2'],
    ['"a b"^.5', 't:"a b"^0.5'],
    ['(a b)^2', '(t:a t:b)^2'],
    ['(a^2)^3', 't:a^6'],
    ['title:a^2', 'title:a^2'],
    ['e-mail R&D and/or hello! a+b c|d x=y', '(t:e-mail t:R&D t:and/or t:hello! t:a+b t:c|d t:x=y)'],
    ['\\AND \\(x\\) \\"y a\\:b \\*', '(t:AND t:(x) t:"y t:a:b t:*)'],
    ['\\u0041\\u00e4', 't:Aä'],
    ['日本 語\u3000x', '(t:日本 t:語 t:x)'],
    ['a"b"', '(t:a t:"b")'],
    ['', 'none'],
    [' \t\n', 'none'],
  ])('%s is %s', (text, expected) => {
    expect(brief(parse(text))).toBe(expected);
  });

  it.each([
    ['a b', '(+t:a +t:b)'],
    ['a b OR c', '((+t:a +t:b) t:c)'],
    ['a -b', '(+t:a -t:b)'],
    ['a NOT b', '(+t:a -t:b)'],
    ['+a OR b', '(+t:a t:b)'],
  ])('%s under a default operator of and is %s', (text, expected) => {
    expect(brief(parse(text, { defaultOperator: 'and' }))).toBe(expected);
  });

  it.each([
    [['a', 'b^2'], 'x', '{a,b^2}:x'],
    [['a', 'b^2'], '"x y"~2', '{a,b^2}:"x y"~2'],
    [['a', 'b^2'], '>5', 'max(a:{5 *] b:{5 *]^2)'],
    [['a', 'b^2'], '[* TO *]', 'max(a:* b:*^2)'],
    [['a^3'], 'x', 'a:x^3'],
    [['a*'], 'x*', '{a*}:x*'],
    [[], 'x "y z" p*', '({}:x {}:"y z" {}:p*)'],
    [[], 'x:y', 'x:y'],
  ])('over the fields %j %s is %s', (fields, text, expected) => {
    expect(brief(parse(text, { fields }))).toBe(expected);
  });

  it('says in the path where each node stood', () => {
    const node = parse('foo (bar AND b:baz)');
    expect(node.type === 'bool' && node.should.map(({ path }) => path)).toEqual(['q:1', 'q:6']);
  });

  it.each([
    ['foo (bar', 9, 'expected ) for the ( of column 5, got the end'],
    ['foo) bar', 4, 'expected the end of the query, got ")"'],
    ['"open', 1, 'expected a closing "'],
    ['a AND', 6, 'expected a clause behind "AND", got the end'],
    ['AND a', 1, 'expected a word'],
    ['a OR OR b', 6, 'expected a clause behind "OR", got "OR"'],
    ['a NOT', 6, 'expected a clause behind "NOT", got the end'],
    ['field:', 7, 'expected a value for the field of column 1, got the end'],
    ['x (f: ) y', 7, 'expected a value for the field of column 4, got ")"'],
    [':x', 1, 'expected a word'],
    ['a:b:c', 4, 'a second :'],
    ['"a":b', 4, 'expected the end of the query, got ":"'],
    ['ti*:b', 1, 'a field name with a wildcard'],
    ['*:b', 1, 'a field name with a wildcard'],
    ['()', 2, 'inside the parentheses'],
    ['a + b', 3, 'expected a clause right behind +'],
    ['a -', 4, 'expected a clause behind "-", got the end'],
    ['+-a', 2, 'expected a clause behind "+", got "-"'],
    ['f:-x', 3, 'expected a value for the field'],
    ['room~3', 5, 'expected 0, 1 or 2 edits'],
    ['room~0.8', 5, 'expected 0, 1 or 2 edits'],
    ['room~x', 5, 'expected 0, 1 or 2 edits'],
    ['ro*m~', 5, 'a ~ behind a word with wildcards'],
    ['~1', 1, 'right behind a word'],
    ['te?t:x', 1, 'a field name with a wildcard'],
    ['"a b"~', 6, 'whole number of moves'],
    ['"a b"~1.5', 6, 'whole number of moves'],
    ['/rege.x', 1, 'expected a closing /'],
    ['/usr/bin', 5, 'a regexp that ends inside a word'],
    ['n:[1 TO 5', 10, 'expected ] or } to close the range of column 3, got the end'],
    ['n:[1 5]', 6, 'expected TO'],
    ['n:[1]', 5, 'expected TO'],
    ['n:[TO 5]', 7, 'expected TO'],
    ['n:[1 TO ]', 9, 'got "]"'],
    ['n:[', 4, 'expected a value in the range of column 3'],
    ['n:["a TO b]', 4, 'expected a closing "'],
    ['a]', 2, 'a ] without its opening bracket'],
    ['n:> 5', 3, 'expected a value right behind >'],
    ['n:>', 3, 'expected a value right behind >'],
    ['a^', 2, 'expected a number'],
    ['a^x', 2, 'expected a number'],
    ['a^-2', 2, 'expected a number'],
    ['a^9999999', 2, 'expected a number up to 1000000'],
    ['a ^2', 3, 'right behind what it boosts'],
    ['^2', 1, 'right behind what it boosts'],
    ['a^2^3', 4, 'expected the end of the query'],
    ['a\\', 2, 'a backslash at the end'],
    ['\\u12x4', 1, 'four hexadecimal digits'],
  ])('%s fails at column %d', (text, column, message) => {
    const error = failure(text);
    expect(error).toMatchObject({ kind: 'invalid', code: 'bad_query_string', details: { column, path: 'q' } });
    expect(error.message).toContain(`q: column ${column}: `);
    expect(error.message).toContain(message);
  });

  it('refuses ranges where no field is named', () => {
    expect(failure('>5', { fields: [] })).toMatchObject({ code: 'bad_query_string' });
    expect(failure('[1 TO 2]', { fields: ['a*'] }).message).toContain('needs a field by name');
    expect(failure('a\\*:*').message).toContain('needs a field by name');
  });

  it('refuses what is nested too deep, long before the stack ends', () => {
    expect(brief(parse(nested(MAX_QUERY_DEPTH - 1)))).toBe('t:a');
    expect(failure(nested(MAX_QUERY_DEPTH)).code).toBe('query_too_deep');
    expect(failure('('.repeat(30_000)).code).toBe('query_too_deep');
    expect(failure('NOT '.repeat(8000) + 'a').code).toBe('query_too_deep');
    expect(failure('!'.repeat(30_000) + 'a').code).toBe('query_too_deep');
  });

  it('refuses too many clauses and too long a text', () => {
    expect(parse('a '.repeat(MAX_CLAUSES - 1)).type).toBe('bool');
    expect(failure('a '.repeat(MAX_CLAUSES)).code).toBe('too_many_clauses');
    expect(failure('a '.repeat(3000), { fields: ['x', 'y'] }).code).toBe('too_many_clauses');
    expect(parse('a'.repeat(MAX_QUERY_STRING_BYTES)).type).toBe('match');
    expect(failure('a'.repeat(MAX_QUERY_STRING_BYTES + 1)).code).toBe('query_string_too_long');
    expect(failure('ä'.repeat(MAX_QUERY_STRING_BYTES / 2 + 1)).code).toBe('query_string_too_long');
  });

  it('repeats a long text cut short', () => {
    expect(failure(`${'x'.repeat(20_000)} AND`).message.length).toBeLessThan(400);
  });
});
