import type { Operator } from '../../query-node.ts';
import type { ParseBudget } from '../parse-budget.ts';
import type { Clause, Expression } from './expression.ts';
import { badQueryString, columnOf, type QueryStringSource } from './query-string-source.ts';
import type { RangeEnd, Token } from './token.ts';

/**
 * Tokens → expression, by recursive descent over the whole input or not at all:
 *
 *     list    := group ((OR | nothing) group)*          nothing: where the default operator is OR
 *     group   := clause ((AND | nothing) clause)*       nothing: where the default operator is AND
 *     clause  := ('+' | '-' | NOT)? boosted | NOT clause
 *     boosted := value ('^' number)?
 *     value   := '(' list ')' | field ':' plain | plain | '*:*'
 *     plain   := '(' list ')' | word | pre* | wi*d?ard | word~n | /regexp/ | "phrase"~n | range | (> | >= | < | <=) word | '*'
 *
 * So NOT binds tighter than AND, and AND tighter than OR; two clauses side by side mean the default operator, at its
 * own precedence. (Lucene's classic parser has no precedence at all: there `a OR b AND c` is `+b +c a`.)
 * `+` and `-` mark a clause of its list as required or excluded; a group with a + is required as a whole. NOT beside
 * other clauses excludes as `-` does, and between explicit ORs it is a complement: `a OR NOT b` matches what has no b.
 */
export function parseExpression(
  source: QueryStringSource,
  tokens: readonly Token[],
  options: { defaultOperator: Operator; depth: number; budget: ParseBudget },
): Expression {
  return new ExpressionParser(source, tokens, options.defaultOperator, options.budget).parse(options.depth);
}

type Mark = 'plus' | 'minus' | 'not';
interface MarkedClause {
  readonly mark: Mark | undefined;
  readonly of: Expression;
}
interface Group {
  readonly clauses: readonly MarkedClause[];
  /** An explicit OR stands before or behind it. */
  alternative: boolean;
}

const STARTS_CLAUSE = new Set<Token['kind']>([
  'word',
  'prefix',
  'wildcard',
  'regexp',
  'fuzzy',
  'phrase',
  'range',
  'compare',
  'star',
  'open',
  'plus',
  'minus',
  'not',
]);

class ExpressionParser {
  private next = 0;

  constructor(
    private readonly source: QueryStringSource,
    private readonly tokens: readonly Token[],
    private readonly defaultOperator: Operator,
    private readonly budget: ParseBudget,
  ) {}

  parse(depth: number): Expression {
    const expression = this.list(depth);
    const rest = this.peek();
    if (rest.kind === 'end') return expression;
    throw this.fail(rest, `expected the end of the query, got ${this.show(rest)}`);
  }

  private peek(ahead = 0): Token {
    return this.tokens[Math.min(this.next + ahead, this.tokens.length - 1)]!;
  }

  private take(): Token {
    const token = this.peek();
    this.next++;
    return token;
  }

  private fail(token: Token, problem: string): Error {
    return badQueryString(this.source, token.start, problem);
  }

  private show(token: Token): string {
    return token.kind === 'end' ? 'the end' : `"${this.source.text.slice(token.start, token.end).slice(0, 40)}"`;
  }

  private list(depth: number): Expression {
    this.budget.enter(depth, this.source.path);
    const at = this.peek().start;
    const groups: Group[] = [this.group(depth)];
    for (;;) {
      const explicit = this.peek().kind === 'or';
      if (explicit) this.next++;
      else if (!STARTS_CLAUSE.has(this.peek().kind)) break;
      if (explicit) groups.at(-1)!.alternative = true;
      const group = this.group(depth);
      group.alternative = explicit;
      groups.push(group);
    }
    return listOf(groups.map(clauseOf), at);
  }

  private group(depth: number): Group {
    const clauses = [this.clause(depth)];
    for (;;) {
      if (this.peek().kind === 'and') this.next++;
      else if (this.defaultOperator === 'or' || !STARTS_CLAUSE.has(this.peek().kind)) break;
      clauses.push(this.clause(depth));
    }
    return { clauses, alternative: false };
  }

  private clause(depth: number): MarkedClause {
    const token = this.peek();
    if (token.kind !== 'plus' && token.kind !== 'minus' && token.kind !== 'not')
      return { mark: undefined, of: this.boosted(depth) };
    this.next++;
    const following = this.peek();
    if (token.kind === 'not') {
      if (following.kind !== 'not') return { mark: 'not', of: this.boosted(depth) };
      this.budget.enter(depth + 1, this.source.path);
      const inner = this.clause(depth + 1);
      return { mark: 'not', of: listOf([{ occur: 'must_not', of: inner.of }], following.start) };
    }
    const sign = token.kind === 'plus' ? '+' : '-';
    if (following.start !== token.end)
      throw this.fail(token, `expected a clause right behind ${sign}; write \\${sign} for an ordinary one`);
    return { mark: token.kind, of: this.boosted(depth) };
  }

  private boosted(depth: number): Expression {
    const of = this.value(depth);
    const token = this.peek();
    if (token.kind !== 'boost') return of;
    this.next++;
    return { kind: 'boost', factor: token.factor, of, at: of.at };
  }

  private value(depth: number): Expression {
    const token = this.peek();
    if (this.peek(1).kind !== 'colon') return this.plain(depth);
    if (token.kind === 'star' && this.peek(2).kind === 'star') {
      this.next += 3;
      return { kind: 'all', at: token.start };
    }
    if (token.kind === 'prefix' || token.kind === 'wildcard' || token.kind === 'star')
      throw this.fail(token, 'a field name with a wildcard; write its * as \\*, as in title\\*:word');
    if (token.kind !== 'word') return this.plain(depth);
    this.next += 2;
    if (this.peek(1).kind === 'colon')
      throw this.fail(this.peek(1), 'a second : behind a field; write \\: for an ordinary one, or quote the value');
    return { kind: 'field', field: token.text, of: this.plain(depth), at: token.start };
  }

  private plain(depth: number): Expression {
    const token = this.take();
    const at = token.start;
    switch (token.kind) {
      case 'word':
      case 'prefix':
      case 'wildcard':
      case 'regexp':
        return { kind: token.kind, text: token.text, at };
      case 'fuzzy':
        return { kind: 'fuzzy', text: token.text, edits: token.edits, at };
      case 'phrase':
        return { kind: 'phrase', text: token.text, slop: token.slop, at };
      case 'range':
        return { kind: 'range', lower: token.lower, upper: token.upper, at };
      case 'star':
        return { kind: 'any', at };
      case 'compare':
        return this.comparison(token.sign, token);
      case 'open':
        return this.parentheses(depth, token);
      default:
        throw this.fail(token, this.expectation(token));
    }
  }

  private parentheses(depth: number, open: Token): Expression {
    const inner = this.list(depth + 1);
    const close = this.take();
    if (close.kind === 'close') return inner;
    throw this.fail(
      close,
      `expected ) for the ( of column ${columnOf(open.start)}, got ${this.show(close)}; write \\( for an ordinary one`,
    );
  }

  private comparison(sign: '>' | '>=' | '<' | '<=', token: Token): Expression {
    const value = this.take();
    if ((value.kind !== 'word' && value.kind !== 'phrase') || value.start !== token.end)
      throw this.fail(token, `expected a value right behind ${sign}; write \\${sign[0]} for an ordinary one`);
    const end: RangeEnd = { value: value.text, inclusive: sign.length === 2 };
    const below = sign[0] === '<';
    return { kind: 'range', lower: below ? undefined : end, upper: below ? end : undefined, at: token.start };
  }

  /** What was expected where no value can start, in the light of what stands before. */
  private expectation(token: Token): string {
    const got = this.show(token);
    const before = this.tokens[this.next - 2];
    switch (before?.kind) {
      case undefined:
        return `expected a word, a "phrase", a field: or a (, got ${got}`;
      case 'colon':
        return `expected a value for the field of column ${columnOf(this.tokens[this.next - 3]!.start)}, got ${got}`;
      case 'open':
        return `expected a word, a "phrase", a field: or a ( inside the parentheses, got ${got}`;
      default:
        return `expected a clause behind ${this.show(before!)}, got ${got}`;
    }
  }
}

const isExcluding = (clause: MarkedClause): boolean => clause.mark === 'minus' || clause.mark === 'not';

function clauseOf({ clauses, alternative }: Group): Clause {
  const first = clauses[0]!;
  if (clauses.length > 1) {
    const of = listOf(
      clauses.map((clause) => ({ occur: isExcluding(clause) ? 'must_not' : 'must', of: clause.of })),
      first.of.at,
    );
    return { occur: clauses.some((clause) => clause.mark === 'plus') ? 'must' : 'should', of };
  }
  if (first.mark === 'plus') return { occur: 'must', of: first.of };
  if (first.mark === 'not' && alternative)
    return { occur: 'should', of: listOf([{ occur: 'must_not', of: first.of }], first.of.at) };
  return { occur: isExcluding(first) ? 'must_not' : 'should', of: first.of };
}

/** A list of one clause that need not be a list is that clause. */
function listOf(clauses: readonly Clause[], at: number): Expression {
  const only = clauses.length === 1 ? clauses[0]! : undefined;
  return only && only.occur !== 'must_not' ? only.of : { kind: 'list', clauses, at };
}
