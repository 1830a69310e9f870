import type { QueryNode } from '../../query-node.ts';
import { isObject, OptionReader, snakeCase } from '../option-reader.ts';
import { ParseBudget, type QueryPlace } from '../parse-budget.ts';
import { parseQueryStringAt } from '../query-string/parse-query-string.ts';
import { pathOf, requestError, showKey, unexpected } from '../request-error.ts';
import { didYouMean } from '../suggest.ts';
import { readBoost } from './field-query.ts';
import { parseBoosting, parseFunctionScore } from './function-score-query.ts';
import {
  parseMatch,
  parseMatchBoolPrefix,
  parseMatchPhrase,
  parseMatchPhrasePrefix,
  readMinimumShouldMatch,
  readTieBreaker,
} from './full-text-queries.ts';
import { parseMultiMatch } from './multi-match-query.ts';
import { parseFuzzy, parsePrefix, parseRegexp, parseWildcard } from './pattern-queries.ts';
import { parseQueryStringQuery, parseSimpleQueryStringQuery } from './query-string-query.ts';
import { takeQueryName } from './query-name.ts';
import { MEANT, UNSUPPORTED_QUERIES } from './query-names.ts';
import { parseExists, parseIds, parseRange, parseTerm, parseTerms } from './term-queries.ts';

type QueryParser = (body: unknown, place: QueryPlace) => QueryNode;

const PARSERS: ReadonlyMap<string, QueryParser> = new Map<string, QueryParser>([
  ['match', parseMatch],
  ['multi_match', parseMultiMatch],
  ['match_phrase', parseMatchPhrase],
  ['match_phrase_prefix', parseMatchPhrasePrefix],
  ['match_bool_prefix', parseMatchBoolPrefix],
  ['query_string', parseQueryStringQuery],
  ['simple_query_string', parseSimpleQueryStringQuery],
  ['term', parseTerm],
  ['terms', parseTerms],
  ['range', parseRange],
  ['exists', parseExists],
  ['prefix', parsePrefix],
  ['wildcard', parseWildcard],
  ['regexp', parseRegexp],
  ['fuzzy', parseFuzzy],
  ['ids', parseIds],
  ['bool', parseBool],
  ['dis_max', parseDisMax],
  ['constant_score', parseConstantScore],
  ['function_score', (body, place) => parseFunctionScore(body, place, parseClauses)],
  ['boosting', (body, place) => parseBoosting(body, place, parseClauses)],
  ['match_all', (body, place) => parseConstant('match_all', body, place)],
  ['match_none', (body, place) => parseConstant('match_none', body, place)],
]);
export const SUPPORTED_QUERIES: readonly string[] = [...PARSERS.keys()];

/**
 * A query in Elasticsearch's shapes → nodes; a string is a query_string over all fields. Throws `invalid`: `bad_query`,
 * `unknown_query`, `unknown_key`, `unsupported_option`, `query_too_deep`, `too_many_clauses`, `too_many_terms` and
 * those of parseQueryString.
 * @param budget shared by queries of one request that count together
 */
export function parseQuery(query: unknown, path: string, budget = new ParseBudget()): QueryNode {
  const place = { path, depth: 1, budget };
  if (typeof query === 'string') return parseQueryStringAt(query, { fields: [], defaultOperator: 'or' }, place);
  return parseQueryAt(query, place);
}

function parseQueryAt(query: unknown, place: QueryPlace): QueryNode {
  const { path, budget } = place;
  budget.enter(place.depth, path);
  budget.spend(1, path);
  if (!isObject(query))
    throw unexpected('bad_query', path, 'a query object, as in {"match": {"title": "word"}}', query);
  const names = Object.keys(query);
  const name = names[0];
  if (name === undefined) throw requestError('bad_query', path, 'an empty query object; use {"match_all": {}} for all');
  if (names.length > 1)
    throw requestError(
      'bad_query',
      path,
      `a query object has exactly one key, got ${names.slice(0, 5).map(showKey).join(', ')}; combine queries in a bool`,
    );
  const parser = PARSERS.get(name) ?? PARSERS.get(snakeCase(name));
  if (parser) {
    const at = pathOf(path, name);
    const { body, queryName } = takeQueryName(snakeCase(name), query[name], at);
    const node = parser(body, { ...place, path: at });
    return queryName === undefined ? node : { ...node, name: queryName };
  }
  throw unknownQuery(snakeCase(name), path);
}

function unknownQuery(name: string, path: string): Error {
  const supported = `supported: ${SUPPORTED_QUERIES.join(', ')}`;
  const shown = showKey(name);
  if (UNSUPPORTED_QUERIES.includes(name))
    return requestError('unknown_query', path, `the ${shown} query of Elasticsearch is not supported; ${supported}`);
  const meant = Object.hasOwn(MEANT, name)
    ? `; did you mean ${MEANT[name]}?`
    : didYouMean(name, [...SUPPORTED_QUERIES, ...UNSUPPORTED_QUERIES]);
  return requestError('unknown_query', path, `unknown query "${shown}"${meant}; ${supported}`);
}

const below = (place: QueryPlace, path: string): QueryPlace => ({ ...place, path, depth: place.depth + 1 });

/** An object or an array of objects under one key of a compound query. */
function parseClauses(options: OptionReader, name: string, place: QueryPlace): QueryNode[] {
  if (!options.has(name)) return [];
  const value = options.raw(name);
  const path = options.at(name);
  if (!Array.isArray(value)) return [parseQueryAt(value, below(place, path))];
  return value.map((item, i) => parseQueryAt(item, below(place, `${path}[${i}]`)));
}

function parseBool(body: unknown, place: QueryPlace): QueryNode {
  const { path } = place;
  const options = new OptionReader(body, path, {
    code: 'bad_query',
    what: 'bool',
    allowed: ['must', 'should', 'must_not', 'filter', 'minimum_should_match', 'boost', 'adjust_pure_negative'],
    unsupported: ['_name'],
  });
  // Clients of Elasticsearch write its default out; the other value has no meaning here.
  if (options.boolean('adjust_pure_negative') === false) throw options.fail('adjust_pure_negative', 'true or nothing');
  const must = parseClauses(options, 'must', place);
  const should = parseClauses(options, 'should', place);
  const mustNot = parseClauses(options, 'must_not', place);
  const filter = parseClauses(options, 'filter', place);
  const boost = readBoost(options);
  const minimum = readMinimumShouldMatch(options);
  // Nothing asked, nothing excluded: every document, as in Elasticsearch.
  if (must.length + should.length + mustNot.length + filter.length === 0) return { type: 'match_all', boost, path };
  return { type: 'bool', boost, path, must, should, mustNot, filter, ...minimum };
}

function parseDisMax(body: unknown, place: QueryPlace): QueryNode {
  const { path } = place;
  const options = new OptionReader(body, path, {
    code: 'bad_query',
    what: 'dis_max',
    allowed: ['queries', 'tie_breaker', 'boost'],
    unsupported: ['_name'],
  });
  const raw = options.required('queries');
  if (Array.isArray(raw) && raw.length === 0) throw options.fail('queries', 'at least one query');
  const queries = parseClauses(options, 'queries', place);
  return { type: 'dis_max', boost: readBoost(options), path, queries, tieBreaker: readTieBreaker(options) };
}

/** As a bool: the filter selects, and a match_all gives every document selected the same score, its boost. */
function parseConstantScore(body: unknown, place: QueryPlace): QueryNode {
  const { path } = place;
  const options = new OptionReader(body, path, {
    code: 'bad_query',
    what: 'constant_score',
    allowed: ['filter', 'boost'],
    unsupported: ['_name'],
  });
  if (!isObject(options.required('filter'))) throw options.fail('filter', 'a query object');
  const filter = parseClauses(options, 'filter', place);
  const score: QueryNode = { type: 'match_all', boost: readBoost(options), path };
  return { type: 'bool', boost: 1, path, must: [score], should: [], mustNot: [], filter };
}

function parseConstant(type: 'match_all' | 'match_none', body: unknown, { path }: QueryPlace): QueryNode {
  const options = new OptionReader(body, path, { code: 'bad_query', what: type, allowed: ['boost'] });
  return { type, boost: readBoost(options), path };
}
