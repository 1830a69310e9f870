import { invalid } from '#libs/kernel';
import type { FieldSpec, TermBounds } from '#libs/segment';
import type { BoolNode, MatchNode, MatchPhraseNode, PrefixNode, QueryNode, RangeNode, Scalar } from '../query-node.ts';
import type { QuerySchema } from '../search.ts';
import { analyzeQuery } from './analyze-query.ts';
import { boolClause } from './bool-clause.ts';
import type { Clause, CompiledQuery } from './compiled-query.ts';
import { equalTo, isNumeric, mergeRanges, withinBounds } from './field-value.ts';
import { resolveMinimumShouldMatch } from './minimum-should-match.ts';
import { compileMultiMatch } from './multi-match.ts';
import { WordBudget } from './word-budget.ts';

/** What compiling needs to know beside the node. */
export interface CompileContext {
  readonly schema: QuerySchema;
  /** ms since 1970: what `now` means in dates. */
  readonly now: number;
  readonly budget: WordBudget;
}

/**
 * Applies schema and analyzers to a query. Unknown fields match nothing, as in Elasticsearch. Throws `invalid`, with the
 * node's path in the message: `bad_value` (a value that the field cannot hold), `field_type_mismatch` (a prefix of a
 * number), `phrase_needs_text` (slop over something that has no words), `bad_minimum_should_match`, `bad_boost`, `too_many_clauses`, `too_many_fields`.
 * @param options.now ms since 1970: what `now` means in dates; the same for every shard of a search
 */
export function compileQuery(node: QueryNode, schema: QuerySchema, options: { readonly now: number }): CompiledQuery {
  const { now } = options;
  return { root: compileNode(node, 1, { schema, now, budget: new WordBudget() }), now };
}

const NONE: Clause = { kind: 'none' };

/** @param outerBoost product of the boosts of all enclosing nodes */
function compileNode(node: QueryNode, outerBoost: number, context: CompileContext): Clause {
  if (!(node.boost >= 0 && node.boost < Infinity)) {
    throw invalid('bad_boost', `${node.path}: a boost of ${node.boost} is not possible; give a number from 0`, {
      value: node.boost,
      path: node.path,
    });
  }
  const boost = outerBoost * node.boost;
  switch (node.type) {
    case 'match_all':
      return { kind: 'all', boost };
    case 'match_none':
      return NONE;
    case 'ids':
      return node.values.length === 0 ? NONE : { kind: 'ids', ids: [...new Set(node.values)], boost };
    case 'bool':
      return compileBool(node, boost, context);
    case 'dis_max': {
      const clauses = node.queries.map((query) => compileNode(query, boost, context));
      return disMax(clauses, node.tieBreaker);
    }
    case 'multi_match':
      return compileMultiMatch(node, boost, context, {
        match: compileMatch,
        phrase: compilePhrase,
        prefix: compilePrefix,
        disMax,
      });
    default:
      return compileFieldNode(node, boost, context);
  }
}

type FieldNode = Extract<QueryNode, { readonly field: string }>;

function compileFieldNode(node: FieldNode, boost: number, context: CompileContext): Clause {
  const spec = context.schema.field(node.field);
  if (!spec) return NONE;
  switch (node.type) {
    case 'term':
      return termOf(spec, node.field, node.value, boost, node.path, context);
    case 'terms':
      return compileTerms(spec, node.field, node.values, boost, node.path, context);
    case 'match':
      return compileMatch(node, spec, boost, context);
    case 'match_phrase':
      return compilePhrase(node, spec, boost, context);
    case 'range':
      return compileRange(node, spec, boost, context);
    case 'prefix':
      return compilePrefix(node, spec, boost);
    default:
      return { kind: 'exists', field: node.field, boost };
  }
}

export type CompileField<N> = (node: N, spec: FieldSpec, boost: number, context: CompileContext) => Clause;

/** The largest of the clauses' scores and `tieBreaker` times the others. */
function disMax(clauses: readonly Clause[], tieBreaker: number): Clause {
  const possible = clauses.filter(({ kind }) => kind !== 'none');
  if (possible.length === 0) return NONE;
  return possible.length === 1 ? possible[0]! : { kind: 'dis_max', clauses: possible, tieBreaker };
}

function compileBool(node: BoolNode, boost: number, context: CompileContext): Clause {
  const compile = (nodes: readonly QueryNode[], by: number): Clause[] =>
    nodes.map((child) => compileNode(child, by, context));
  const [must, should] = [compile(node.must, boost), compile(node.should, boost)];
  // Filters do not score: their boosts do not matter.
  const [filter, mustNot] = [compile(node.filter, 1), compile(node.mustNot, 1)];
  if (must.length + should.length + filter.length + mustNot.length === 0) return { kind: 'all', boost };
  return boolClause({
    must,
    should,
    filter,
    mustNot,
    ...(node.minimumShouldMatch !== undefined && {
      minimumShouldMatch: resolveMinimumShouldMatch(node.minimumShouldMatch, should.length, node.path),
    }),
  });
}

function termOf(
  spec: FieldSpec,
  field: string,
  value: Scalar,
  boost: number,
  path: string,
  { now }: CompileContext,
): Clause {
  if (!isNumeric(spec.type)) return { kind: 'term', field, term: String(value), boost };
  return { kind: 'numbers', field, ranges: [equalTo(spec, value, { field, path, now })], boost };
}

function compileTerms(
  spec: FieldSpec,
  field: string,
  values: readonly Scalar[],
  boost: number,
  path: string,
  { now }: CompileContext,
): Clause {
  if (values.length === 0) return NONE;
  if (!isNumeric(spec.type)) return { kind: 'term_set', field, terms: [...new Set(values.map(String))], boost };
  const ranges = values.map((value) => equalTo(spec, value, { field, path, now }));
  return { kind: 'numbers', field, ranges: mergeRanges(ranges), boost };
}

function compileMatch(
  node: Pick<MatchNode, 'field' | 'query' | 'operator' | 'minimumShouldMatch' | 'path'>,
  spec: FieldSpec,
  boost: number,
  context: CompileContext,
): Clause {
  const { field } = node;
  if (spec.type !== 'text') return termOf(spec, field, node.query, boost, node.path, context);
  const { terms } = analyzeQuery(String(node.query), spec, context.schema);
  context.budget.spend(terms.length, node.path);
  const clauses = terms.map((term): Clause => ({ kind: 'term', field, term, boost }));
  if (clauses.length === 0) return NONE;
  if (node.operator === 'and') return boolClause({ must: clauses });
  const minimum = node.minimumShouldMatch;
  return boolClause({
    should: clauses,
    ...(minimum !== undefined && {
      minimumShouldMatch: resolveMinimumShouldMatch(minimum, clauses.length, node.path),
    }),
  });
}

function compilePhrase(
  node: Pick<MatchPhraseNode, 'field' | 'query' | 'slop' | 'path'>,
  spec: FieldSpec,
  boost: number,
  context: CompileContext,
): Clause {
  const { field } = node;
  if (spec.type !== 'text') {
    if (node.slop > 0) {
      throw invalid(
        'phrase_needs_text',
        `${node.path}: a phrase with slop needs words, but "${field}" is a ${spec.type} field; use match, or a text field`,
        { field, type: spec.type, path: node.path },
      );
    }
    return termOf(spec, field, node.query, boost, node.path, context);
  }
  const { terms, positions } = analyzeQuery(String(node.query), spec, context.schema);
  context.budget.spend(terms.length, node.path);
  if (terms.length === 0) return NONE;
  if (terms.length === 1) return { kind: 'term', field, term: terms[0]!, boost };
  const offsets = positions.map((position) => position - positions[0]!);
  return { kind: 'phrase', field, terms, offsets, slop: node.slop, boost };
}

function compileRange(node: RangeNode, spec: FieldSpec, boost: number, { now }: CompileContext): Clause {
  const { field } = node;
  if (isNumeric(spec.type)) {
    const range = withinBounds(spec, node, { field, path: node.path, now });
    return range.min > range.max ? NONE : { kind: 'numbers', field, ranges: [range], boost };
  }
  const { gt, gte, lt, lte } = node;
  if (gt === undefined && gte === undefined && lt === undefined && lte === undefined) {
    return { kind: 'exists', field, boost };
  }
  const bounds: TermBounds = {
    ...(gte !== undefined && { from: String(gte) }),
    ...(gt !== undefined && { from: String(gt), fromExclusive: true }),
    ...(lte !== undefined && { to: String(lte), toInclusive: true }),
    ...(lt !== undefined && { to: String(lt), toInclusive: false }),
  };
  return { kind: 'term_range', field, bounds, boost };
}

function compilePrefix(node: Pick<PrefixNode, 'field' | 'value' | 'path'>, spec: FieldSpec, boost: number): Clause {
  const { field, value } = node;
  // Every word begins with nothing.
  if (value === '' && !isNumeric(spec.type)) return { kind: 'exists', field, boost };
  if (!isNumeric(spec.type)) return { kind: 'term_range', field, bounds: { prefix: value }, boost };
  throw invalid(
    'field_type_mismatch',
    `${node.path}: a prefix needs a text or keyword field, but "${node.field}" is a ${spec.type} field; use range`,
    { field: node.field, type: spec.type, path: node.path },
  );
}
