import { type BoostMode, type QueryNode, type ScoreFunctionNode, type ScoreMode } from '../../query-node.ts';
import { isObject, OptionReader } from '../option-reader.ts';
import type { QueryPlace } from '../parse-budget.ts';
import { pathOf, requestError, unexpected } from '../request-error.ts';
import { readBoost } from './field-query.ts';
import { parseFunctionValue, FUNCTION_NAMES } from './score-functions.ts';

/** parse-query's reader of an object or an array of queries under one key. */
type ParseClauses = (options: OptionReader, name: string, place: QueryPlace) => QueryNode[];

const SCORE_MODES: readonly ScoreMode[] = ['multiply', 'sum', 'avg', 'first', 'max', 'min'];
const BOOST_MODES: readonly BoostMode[] = ['multiply', 'replace', 'sum', 'avg', 'max', 'min'];
const UNSUPPORTED = ['script_score', '_name'];

/** `{query, functions: [{filter, weight, <function>}], score_mode, boost_mode, max_boost, min_score}`, or one function beside the query. */
export function parseFunctionScore(body: unknown, place: QueryPlace, parseClauses: ParseClauses): QueryNode {
  const { path } = place;
  const options = new OptionReader(body, path, {
    code: 'bad_query',
    what: 'function_score',
    allowed: [
      'query',
      'functions',
      ...FUNCTION_NAMES,
      'weight',
      'score_mode',
      'boost_mode',
      'max_boost',
      'min_score',
      'boost',
    ],
    unsupported: UNSUPPORTED,
  });
  const maxBoost = options.number('max_boost', { min: 0 });
  const minScore = options.number('min_score', { min: 0 });
  return {
    type: 'function_score',
    path,
    boost: readBoost(options),
    query: readOne(options, 'query', place, parseClauses) ?? { type: 'match_all', boost: 1, path },
    functions: parseFunctions(options, place, parseClauses),
    scoreMode: options.oneOf('score_mode', SCORE_MODES) ?? 'multiply',
    boostMode: options.oneOf('boost_mode', BOOST_MODES) ?? 'multiply',
    ...(maxBoost !== undefined && { maxBoost }),
    ...(minScore !== undefined && { minScore }),
  };
}

function parseFunctions(options: OptionReader, place: QueryPlace, parseClauses: ParseClauses): ScoreFunctionNode[] {
  const single = [...FUNCTION_NAMES, 'weight'].filter((name) => options.has(name));
  if (!options.has('functions')) return single.length === 0 ? [] : [parseFunction(options, place, parseClauses)];
  if (single.length > 0)
    throw requestError('bad_query', options.at(single[0]!), 'one function beside functions; put it into the array');
  const list = options.raw('functions');
  const path = options.at('functions');
  if (!Array.isArray(list)) throw unexpected('bad_query', path, 'an array of functions', list);
  return list.map((item: unknown, i) => {
    const at = { ...place, path: `${path}[${i}]` };
    place.budget.spend(1, at.path);
    const shape = {
      code: 'bad_query',
      what: 'a function',
      allowed: ['filter', 'weight', ...FUNCTION_NAMES],
      unsupported: UNSUPPORTED,
    };
    return parseFunction(new OptionReader(item, at.path, shape), at, parseClauses);
  });
}

function parseFunction(options: OptionReader, place: QueryPlace, parseClauses: ParseClauses): ScoreFunctionNode {
  const { path } = options;
  const names = FUNCTION_NAMES.filter((name) => options.has(name));
  if (names.length > 1)
    throw requestError('bad_query', path, `${names.join(' and ')} in one function; make it several in functions`);
  const weight = options.number('weight', { min: 0 });
  if (names.length === 0 && weight === undefined)
    throw requestError('bad_query', path, `a function needs one of ${FUNCTION_NAMES.join(', ')}, or a weight`);
  const filter = readOne(options, 'filter', place, parseClauses);
  return {
    path: names.length === 0 ? path : options.at(names[0]!),
    weight: weight ?? 1,
    ...(filter && { filter }),
    ...(names.length > 0 && { value: parseFunctionValue(names[0]!, options.raw(names[0]!), options.at(names[0]!)) }),
  };
}

/** What matches `negative` too scores `negative_boost` times as much. */
export function parseBoosting(body: unknown, place: QueryPlace, parseClauses: ParseClauses): QueryNode {
  const { path } = place;
  const options = new OptionReader(body, path, {
    code: 'bad_query',
    what: 'boosting',
    allowed: ['positive', 'negative', 'negative_boost', 'boost'],
    unsupported: ['_name'],
  });
  for (const name of ['positive', 'negative', 'negative_boost']) options.required(name);
  return {
    type: 'function_score',
    path,
    boost: readBoost(options),
    query: readOne(options, 'positive', place, parseClauses)!,
    functions: [
      {
        path: pathOf(path, 'negative'),
        filter: readOne(options, 'negative', place, parseClauses)!,
        weight: options.number('negative_boost', { min: 0 })!,
      },
    ],
    scoreMode: 'first',
    boostMode: 'multiply',
  };
}

function readOne(
  options: OptionReader,
  name: string,
  place: QueryPlace,
  parseClauses: ParseClauses,
): QueryNode | undefined {
  if (!options.has(name)) return undefined;
  if (!isObject(options.raw(name))) throw options.fail(name, 'a query object');
  return parseClauses(options, name, place)[0];
}
