import { invalid } from '#libs/kernel';
import type { FieldSpec, TermBounds } from '#libs/segment';
import type { BoolNode, ExistsNode, QueryNode, RangeNode, Scalar } from '../query-node.ts';
import type { SearchRequest } from '../search-request.ts';
import { dateFormat } from '../dates/date-format.ts';
import type { DateReading } from '../dates/date-math.ts';
import { timeZone } from '../dates/time-zone.ts';
import { AutomatonBudget } from '../automaton/automaton-budget.ts';
import type { QuerySchema } from '../search.ts';
import { keywordTerm } from './analyze-query.ts';
import { boolClause } from './bool-clause.ts';
import { compileExists } from './compile-exists.ts';
import { compileFunctionScore } from './compile-function-score.ts';
import type { Clause, CompiledQuery, NamedClause } from './compiled-query.ts';
import { equalTo, isNumeric, mergeRanges, withinBounds } from './field-value.ts';
import { termOf } from './term-of.ts';
import {
  compileFuzzy,
  compilePrefix,
  compileRegexp,
  compileTermInAnyCase,
  compileWildcard,
} from './compile-patterns.ts';
import { compileBoolPrefix, compileMatch, compilePhrase, compilePhrasePrefix } from './compile-text.ts';
import { requireIndexed } from './indexed-field.ts';
import { orNone } from './lenient.ts';
import { resolveMinimumShouldMatch } from './minimum-should-match.ts';
import { compileMultiMatch } from './multi-match.ts';
import { WordBudget } from './word-budget.ts';

export interface CompileOptions {
  /** ms since 1970: what `now` means in dates; the same for every shard of a search. */
  readonly now: number;
  /** What is left of what patterns may cost; default: all of it. */
  readonly automata?: AutomatonBudget;
}

/** What compiling needs to know beside the node. */
export interface CompileContext {
  readonly schema: QuerySchema;
  /** ms since 1970: what `now` means in dates. */
  readonly now: number;
  readonly budget: WordBudget;
  /** Filled while compiling. */
  readonly named: NamedClause[];
  readonly automata: AutomatonBudget;
}

/**
 * Applies schema and analyzers to a query. Unknown fields match nothing, as in Elasticsearch. Throws `invalid`, with the
 * node's path in the message: `bad_value` (a value that the field cannot hold), `field_type_mismatch` (a prefix of a
 * number), `phrase_needs_text` (slop over something that has no words), `bad_minimum_should_match`, `bad_boost`, `too_many_clauses`, `too_many_fields`,
 * `too_complex_pattern`, `unknown_analyzer`.
 */
export function compileQuery(node: QueryNode, schema: QuerySchema, options: CompileOptions): CompiledQuery {
  return compileSearch({ query: node }, schema, options);
}

/** The same for all queries of a request. */
export function compileSearch(
  request: Pick<SearchRequest, 'query' | 'postFilter' | 'minScore'>,
  schema: QuerySchema,
  { now, automata = new AutomatonBudget() }: CompileOptions,
): CompiledQuery {
  const context: CompileContext = { schema, now, budget: new WordBudget(), named: [], automata };
  const scored = compileNode(request.query, 1, context);
  const { minScore, postFilter } = request;
  const query: Clause =
    minScore === undefined || scored.kind === 'none' ? scored : { kind: 'min_score', clause: scored, minScore };
  const filter = postFilter && compileNode(postFilter, 1, context);
  const root = filter ? boolClause({ must: [query], filter: [filter] }) : query;
  return { root, query, named: context.named, now };
}

const NONE: Clause = { kind: 'none' };

/** @param outerBoost product of the boosts of all enclosing nodes */
function compileNode(node: QueryNode, outerBoost: number, context: CompileContext): Clause {
  const clause = compileUnnamed(node, outerBoost, context);
  if (node.name !== undefined) context.named.push({ name: node.name, clause });
  return clause;
}

function compileUnnamed(node: QueryNode, outerBoost: number, context: CompileContext): Clause {
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
        phrasePrefix: compilePhrasePrefix,
        boolPrefix: compileBoolPrefix,
        prefix: compilePrefix,
        wildcard: compileWildcard,
        regexp: compileRegexp,
        fuzzy: compileFuzzy,
        disMax,
      });
    case 'function_score':
      return compileFunctionScore(node, boost, context, compileNode);
    case 'exists':
      return compileExists(node, boost, context);
    default:
      return compileFieldNode(node, boost, context);
  }
}

type FieldNode = Exclude<Extract<QueryNode, { readonly field: string }>, ExistsNode>;

function compileFieldNode(node: FieldNode, boost: number, context: CompileContext): Clause {
  const spec = context.schema.field(node.field);
  if (!spec) return NONE;
  requireIndexed(spec, node.field, node.path);
  switch (node.type) {
    case 'term':
      return node.caseInsensitive && !isNumeric(spec.type)
        ? compileTermInAnyCase({ ...node, value: keywordTerm(node.value, spec, context.schema) }, boost, context)
        : termOf(spec, node.field, node.value, boost, node.path, context);
    case 'terms':
      return compileTerms(spec, node.field, node.values, boost, node.path, context);
    case 'match':
      return orNone(node.lenient, () => compileMatch(node, spec, boost, context));
    case 'match_phrase':
      return orNone(node.lenient, () => compilePhrase(node, spec, boost, context));
    case 'match_phrase_prefix':
      return orNone(node.lenient, () => compilePhrasePrefix(node, spec, boost, context));
    case 'match_bool_prefix':
      return orNone(node.lenient, () => compileBoolPrefix(node, spec, boost, context));
    case 'range':
      return orNone(node.lenient, () => compileRange(node, spec, boost, context));
    case 'prefix':
      return compilePrefix(node, spec, boost, context);
    case 'wildcard':
      return compileWildcard(node, spec, boost, context);
    case 'regexp':
      return compileRegexp(node, spec, boost, context);
    default:
      return compileFuzzy(node, spec, boost, context);
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

function compileTerms(
  spec: FieldSpec,
  field: string,
  values: readonly Scalar[],
  boost: number,
  path: string,
  { now, schema }: CompileContext,
): Clause {
  if (values.length === 0) return NONE;
  if (!isNumeric(spec.type)) {
    const terms = [...new Set(values.map((value) => keywordTerm(value, spec, schema)))];
    return { kind: 'term_set', field, terms, boost };
  }
  const ranges = values.map((value) => equalTo(spec, value, { field, path, now }));
  return { kind: 'numbers', field, ranges: mergeRanges(ranges), boost };
}

function compileRange(node: RangeNode, spec: FieldSpec, boost: number, { now, schema }: CompileContext): Clause {
  const { field } = node;
  if (isNumeric(spec.type)) {
    const { path, format, timeZone: zone } = node;
    const reading: DateReading = {
      ...(format !== undefined && { format: dateFormat(format, `${path}.format`) }),
      ...(zone !== undefined && { zone: timeZone(zone) }),
    };
    const range = withinBounds(spec, node, { field, path, now, reading });
    return range.min > range.max ? NONE : { kind: 'numbers', field, ranges: [range], boost };
  }
  const { gt, gte, lt, lte } = node;
  if (gt === undefined && gte === undefined && lt === undefined && lte === undefined) {
    return { kind: 'exists', field, boost };
  }
  const bound = (value: Scalar): string => keywordTerm(value, spec, schema);
  const bounds: TermBounds = {
    ...(gte !== undefined && { from: bound(gte) }),
    ...(gt !== undefined && { from: bound(gt), fromExclusive: true }),
    ...(lte !== undefined && { to: bound(lte), toInclusive: true }),
    ...(lt !== undefined && { to: bound(lt), toInclusive: false }),
  };
  return { kind: 'term_range', field, bounds, boost };
}
