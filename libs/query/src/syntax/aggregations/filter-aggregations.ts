import type {
  FilterAggregation,
  FiltersAggregation,
  GlobalAggregation,
  MissingAggregation,
} from '../../aggregation-request.ts';
import { MAX_FILTERS } from '../limits.ts';
import { isObject, OptionReader } from '../option-reader.ts';
import { parseQuery } from '../queries/parse-query.ts';
import { pathOf, requestError, showKey } from '../request-error.ts';
import { code, type AggregationPlace } from './aggregation-place.ts';

/** `{"filter": {"term": …}}`: any query, which does not score here. */
export function parseFilterAggregation(body: unknown, { path, budget }: AggregationPlace): FilterAggregation {
  return { type: 'filter', filter: parseQuery(body, path, budget) };
}

export function parseFiltersAggregation(body: unknown, { path, budget }: AggregationPlace): FiltersAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: 'filters',
    allowed: ['filters', 'other_bucket', 'other_bucket_key', 'keyed'],
  });
  const given = options.required('filters');
  const at = options.at('filters');
  const named = isObject(given);
  if (!named && !Array.isArray(given))
    throw options.fail('filters', 'an object of named queries, or an array of queries');
  const queries = Object.entries(given as object) as [string, unknown][];
  if (queries.length === 0 || queries.length > MAX_FILTERS)
    throw requestError(code, at, `${queries.length} filters; give 1 to ${MAX_FILTERS}`);
  const otherKey = readOtherKey(options);
  if (otherKey !== undefined && named && Object.hasOwn(given, otherKey))
    throw requestError(code, at, `"${showKey(otherKey)}" is a filter and the other bucket; set other_bucket_key`);
  return {
    type: 'filters',
    filters: queries.map(([key, query]) =>
      named
        ? { key, query: parseQuery(query, pathOf(at, key), budget) }
        : { query: parseQuery(query, `${at}[${key}]`, budget) },
    ),
    named,
    keyed: options.boolean('keyed') ?? true,
    ...(otherKey !== undefined && { otherKey }),
  };
}

function readOtherKey(options: OptionReader): string | undefined {
  const key = options.string('other_bucket_key');
  const wanted = options.boolean('other_bucket') ?? key !== undefined;
  return wanted ? (key ?? '_other_') : undefined;
}

export function parseMissingAggregation(body: unknown, { path }: AggregationPlace): MissingAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: 'missing',
    allowed: ['field'],
    unsupported: ['missing', 'value_type'],
  });
  return { type: 'missing', field: options.fieldName() };
}

export function parseGlobalAggregation(body: unknown, { path, depth }: AggregationPlace): GlobalAggregation {
  const options = new OptionReader(body, path, { code, what: 'global', allowed: [] });
  if (depth > 1)
    throw requestError(code, options.path, 'global stands at the top only: it leaves all buckets above it');
  return { type: 'global' };
}
