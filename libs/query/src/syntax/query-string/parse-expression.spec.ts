import fc from 'fast-check';
import { ParseBudget } from '../parse-budget.ts';
import type { Clause, Expression, ExpressionContent } from './expression.ts';
import { parseExpression } from './parse-expression.ts';
import type { RangeEnd } from './token.ts';
import { tokenize } from './tokenize.ts';

function parse(text: string): Expression {
  const source = { text, path: 'q' };
  const options = { defaultOperator: 'or', depth: 1, budget: new ParseBudget() } as const;
  return parseExpression(source, tokenize(source), options);
}

/** The canonical spelling of an expression: all grouping by parentheses, all occurrence by + and -. */
function print(expression: Expression): string {
  switch (expression.kind) {
    case 'word':
      return escape(expression.text);
    case 'prefix':
      return `${escape(expression.text)}*`;
    case 'wildcard':
      return Array.from(expression.text, (char) => (char === '*' || char === '?' ? char : escape(char))).join('');
    case 'regexp':
      return `/${expression.text.replaceAll('/', String.raw`\/`)}/`;
    case 'fuzzy':
      return `${escape(expression.text)}~${expression.edits ?? ''}`;
    case 'phrase':
      return `"${expression.text.replaceAll(/["\\]/g, '\\$&')}"${expression.slop === 0 ? '' : `~${expression.slop}`}`;
    case 'range': {
      const { lower, upper } = expression;
      const [open, close] = [lower?.inclusive === false ? '{' : '[', upper?.inclusive === false ? '}' : ']'];
      return `${open}${printEnd(lower)} TO ${printEnd(upper)}${close}`;
    }
    case 'any':
      return '*';
    case 'all':
      return '*:*';
    case 'field':
      return `${escape(expression.field)}:${group(expression.of)}`;
    case 'boost':
      return `${group(expression.of)}^${expression.factor}`;
    default:
      return expression.clauses.map(({ occur, of }) => SIGN[occur] + group(of)).join(' ');
  }
}

const SIGN = { must: '+', should: '', must_not: '-' };
const group = (of: Expression): string =>
  of.kind === 'list' || of.kind === 'boost' || of.kind === 'field' || of.kind === 'all' ? `(${print(of)})` : print(of);
const escape = (text: string): string => text.replaceAll(/[^\p{L}\d]/gu, '\\$&').replace(/^(AND|OR|NOT)$/, '\\$&');
const printEnd = (end: RangeEnd | undefined): string => (end ? `"${end.value.replaceAll(/["\\]/g, '\\$&')}"` : '*');

const at = { at: 0 };
const text = fc.oneof(
  fc.constantFrom('AND', 'OR', 'NOT', 'TO', 'a', '*', 'u0041', '-1', '/x/', 'title'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
);
const rangeEnd = fc.option(fc.record({ value: text, inclusive: fc.boolean() }), { nil: undefined });
const content = fc.letrec<{ any: ExpressionContent; leaf: ExpressionContent; list: ExpressionContent }>((tie) => {
  const inner = tie('any').map((of): Expression => ({ ...of, ...at }));
  const clause = fc.record({ occur: fc.constantFrom<Clause['occur'][]>('must', 'should', 'must_not'), of: inner });
  return {
    leaf: fc.oneof(
      fc.record({ kind: fc.constantFrom('word' as const, 'prefix' as const), text }),
      fc.record({ kind: fc.constant('wildcard' as const), text: fc.constantFrom('a*b', '?', 'x?*', '*AND', '**') }),
      fc.record({ kind: fc.constant('regexp' as const), text: fc.constantFrom('a/b', '', 'x y', '\\d"(') }),
      fc.record({ kind: fc.constant('fuzzy' as const), text, edits: fc.constantFrom(undefined, 0, 1, 2) }),
      fc.record({ kind: fc.constant('phrase' as const), text: fc.string({ unit: 'grapheme' }), slop: fc.nat(9) }),
      fc.record({ kind: fc.constant('range' as const), lower: rangeEnd, upper: rangeEnd }),
      fc.constantFrom<ExpressionContent[]>({ kind: 'any' }, { kind: 'all' }),
    ),
    list: fc.oneof(
      fc.record({ kind: fc.constant('list' as const), clauses: fc.array(clause, { minLength: 2, maxLength: 4 }) }),
      inner.map((of) => ({ kind: 'list' as const, clauses: [{ occur: 'must_not' as const, of }] })),
    ),
    any: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      tie('leaf'),
      tie('list'),
      fc.record({ kind: fc.constant('field' as const), field: text, of: inner }),
      fc.record({ kind: fc.constant('boost' as const), factor: fc.constantFrom(0, 0.5, 2, 12.25), of: inner }),
    ),
  };
});

/** Offsets depend on the spelling. */
const withoutOffsets = (expression: Expression): unknown =>
  JSON.parse(JSON.stringify(expression, (key, value: unknown) => (key === 'at' ? undefined : value)));

describe('parseExpression', () => {
  it('reads back every expression printed', () => {
    fc.assert(
      fc.property(content.any, (printed) => {
        const expression: Expression = { ...printed, ...at };
        expect(withoutOffsets(parse(print(expression)))).toEqual(withoutOffsets(expression));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the offset of each part in the text', () => {
    const list = parse('aa  bb:(cc "dd")');
    expect(list).toMatchObject({
      kind: 'list',
      clauses: [
        { of: { at: 0 } },
        { of: { kind: 'field', at: 4, of: { kind: 'list', at: 8, clauses: [{ of: { at: 8 } }, { of: { at: 11 } }] } } },
      ],
    });
  });
});
