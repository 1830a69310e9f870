import { childrenOf } from '../compile/clause-children.ts';
import type { BoolClause, Clause, NumberRange, PhraseClause, TermRangeClause } from '../compile/compiled-query.ts';

/** Terms, ranges and clauses that are named; the rest is counted. */
const MAX_SHOWN = 10;

/** A clause in Lucene's notation, for explanations. */
export function describeClause(clause: Clause): string {
  switch (clause.kind) {
    case 'all':
      return '*:*';
    case 'none':
      return '-*:*';
    case 'term':
      return `${clause.field}:${clause.term}`;
    case 'phrase':
      return `${clause.field}:"${describeWords(clause)}"${clause.slop > 0 ? `~${clause.slop}` : ''}`;
    case 'term_set':
      return `${clause.field}:(${listed(clause.terms)})`;
    case 'term_range':
      return `${clause.field}:${describeBounds(clause)}`;
    case 'term_pattern':
      return `${clause.field}:${clause.shown}`;
    case 'numbers':
      return `${clause.field}:${listed(clause.ranges.map(describeRange))}`;
    case 'exists':
      return `${clause.field}:*`;
    case 'ids':
      return `_id:(${listed(clause.ids)})`;
    case 'bool':
      return describeBool(clause);
    case 'dis_max':
      return `(${listed(clause.clauses.map(describeClause), ' | ')})`;
    case 'min_score':
      return `${describeClause(clause.clause)} (at least ${clause.minScore})`;
    default:
      return `${clause.kind}(${listed(childrenOf(clause).map(describeClause), ', ')})`;
  }
}

const listed = (parts: readonly string[], separator = ' '): string =>
  parts.slice(0, MAX_SHOWN).join(separator) + (parts.length > MAX_SHOWN ? ` … ${parts.length} in all` : '');

const describeWords = ({ terms, last }: PhraseClause): string =>
  [...terms, ...(last ? [`(${listed(last)})`] : [])].join(' ');

const describeRange = ({ min, max }: NumberRange): string => (min === max ? String(min) : `[${min} TO ${max}]`);

function describeBounds({ bounds }: TermRangeClause): string {
  const { prefix, from, fromExclusive, to, toInclusive } = bounds;
  if (prefix !== undefined) return `${prefix}*`;
  return `${fromExclusive ? '{' : '['}${from ?? '*'} TO ${to ?? '*'}${toInclusive ? ']' : '}'}`;
}

function describeBool({ must, should, filter, mustNot, minimumShouldMatch }: BoolClause): string {
  const marked = (mark: string, clauses: readonly Clause[]): string[] =>
    clauses.map((clause) => mark + describeClause(clause));
  const parts = [...marked('+', must), ...marked('', should), ...marked('#', filter), ...marked('-', mustNot)];
  return `(${listed(parts)})${minimumShouldMatch > 1 ? `~${minimumShouldMatch}` : ''}`;
}
