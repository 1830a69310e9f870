import { timeZone } from '../../dates/time-zone.ts';
import { readDateFormat } from '../read-date-format.ts';
import type { QueryNode, Scalar } from '../../query-node.ts';
import { MAX_TERMS_VALUES } from '../limits.ts';
import { isObject, OptionReader, readScalar } from '../option-reader.ts';
import type { QueryPlace } from '../parse-budget.ts';
import { pathOf, requestError, unexpected } from '../request-error.ts';
import { readBoost, readFieldOptions, readFieldQuery } from './field-query.ts';

export function parseTerm(value: unknown, { path }: QueryPlace): QueryNode {
  const query = readFieldQuery(value, path, 'term');
  const read = readFieldOptions(query, 'term', 'value', { allowed: ['case_insensitive'] });
  const loose = read.options.boolean('case_insensitive') && { caseInsensitive: true as const };
  return { type: 'term', path, field: query.field, value: read.value, boost: read.boost, ...loose };
}

/** `boost` stands beside the field here; a field of that name is told from it by its array. */
export function parseTerms(value: unknown, { path }: QueryPlace): QueryNode {
  if (!isObject(value)) throw unexpected('bad_query', path, '{field: [values]} in terms', value);
  const { boost, ...rest } = value;
  const boostIsField = boost === undefined || Array.isArray(boost);
  const query = readFieldQuery(boostIsField ? value : rest, path, 'terms');
  const { field, body } = query;
  if (isObject(body)) throw requestError('unsupported_option', query.path, 'terms look-up in another document');
  if (!Array.isArray(body)) throw unexpected('bad_query', query.path, 'an array of values', body);
  checkCount(body, query.path);
  const values = body.map((item, i) => readScalar(item, `${query.path}[${i}]`, 'bad_query'));
  const options = new OptionReader(boostIsField ? {} : { boost }, path, {
    code: 'bad_query',
    what: 'terms',
    allowed: ['boost'],
  });
  return { type: 'terms', path, field, values, boost: readBoost(options) };
}

function checkCount(values: readonly unknown[], path: string): void {
  if (values.length <= MAX_TERMS_VALUES) return;
  const message = `${values.length} values; at most ${MAX_TERMS_VALUES} are allowed, split them over several searches`;
  throw requestError('too_many_terms', path, message);
}

type Bound = 'gt' | 'gte' | 'lt' | 'lte';
const BOUNDS: readonly Bound[] = ['gt', 'gte', 'lt', 'lte'];
/** What a date field reads anyway. */
const DATE_FORMATS = new Set(['strict_date_optional_time', 'date_optional_time', 'epoch_millis']);

export function parseRange(value: unknown, { path }: QueryPlace): QueryNode {
  const query = readFieldQuery(value, path, 'range');
  const options = new OptionReader(query.body, query.path, {
    code: 'bad_query',
    what: 'range',
    allowed: [...BOUNDS, 'from', 'to', 'include_lower', 'include_upper', 'boost', 'format', 'time_zone'],
    unsupported: ['relation', '_name'],
  });
  const { epochMillis, format } = readFormats(options);
  const bounds: Partial<Record<Bound, Scalar>> = {};
  const set = (bound: Bound, option: string): void => {
    const raw = options.raw(option);
    // null is an open end, as in Elasticsearch.
    if (raw === undefined || raw === null) return;
    const read = readScalar(raw, options.at(option), 'bad_query');
    bounds[bound] = epochMillis && typeof read === 'string' && /^-?\d{1,15}$/.test(read) ? Number(read) : read;
  };
  for (const bound of BOUNDS) set(bound, bound);
  setOlderBound('from', 'include_lower', ['gt', 'gte']);
  setOlderBound('to', 'include_upper', ['lt', 'lte']);
  for (const [exclusive, inclusive] of [
    ['gt', 'gte'],
    ['lt', 'lte'],
  ] as const)
    if (bounds[exclusive] !== undefined && bounds[inclusive] !== undefined)
      throw requestError('bad_query', query.path, `${exclusive} and ${inclusive} together; give one of them`);
  if (Object.keys(bounds).length === 0)
    throw requestError(
      'bad_query',
      query.path,
      'range needs at least one of gt, gte, lt, lte; use exists for any value',
    );
  return {
    type: 'range',
    path,
    field: query.field,
    boost: readBoost(options),
    ...bounds,
    ...(format && { format }),
    ...readZone(options),
  };

  /** from/to with include_lower/include_upper: how ranges were written before gt and lt. */
  function setOlderBound(option: string, include: string, [exclusive, inclusive]: readonly [Bound, Bound]): void {
    const included = options.boolean(include) ?? true;
    if (!options.has(option)) {
      if (options.has(include)) throw requestError('bad_query', options.at(include), `means nothing without ${option}`);
      return;
    }
    if (bounds[exclusive] !== undefined || bounds[inclusive] !== undefined)
      throw requestError('bad_query', query.path, `${option} together with ${exclusive} or ${inclusive}; give one`);
    set(included ? inclusive : exclusive, option);
  }
}

function readZone(options: OptionReader): { timeZone?: string } {
  const name = options.string('time_zone');
  if (name === undefined) return {};
  // Throws where there is no such zone.
  timeZone(name);
  return { timeZone: name };
}

/** `epochMillis`: numbers in strings are milliseconds; `format`: dates are written otherwise than a date field reads them. */
function readFormats(options: OptionReader): { epochMillis: boolean; format?: string } {
  const format = readDateFormat(options);
  const formats = format?.split('||') ?? [];
  const isUsual = formats.every((one) => DATE_FORMATS.has(one));
  return {
    epochMillis: isUsual && formats.includes('epoch_millis'),
    ...(!isUsual && { format: format! }),
  };
}

export function parseExists(value: unknown, { path }: QueryPlace): QueryNode {
  const options = new OptionReader(value, path, { code: 'bad_query', what: 'exists', allowed: ['field', 'boost'] });
  return { type: 'exists', path, field: options.fieldName(), boost: readBoost(options) };
}

export function parseIds(value: unknown, { path }: QueryPlace): QueryNode {
  const options = new OptionReader(value, path, {
    code: 'bad_query',
    what: 'ids',
    allowed: ['values', 'boost'],
    unsupported: ['type', '_name'],
  });
  const raw = options.required('values');
  const listed: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  checkCount(listed, options.at('values'));
  const values = listed.map((id, i) => {
    if (typeof id === 'string') return id;
    if (Number.isSafeInteger(id)) return String(id);
    throw unexpected('bad_query', pathOf(path, `values[${i}]`), 'an id (a string)', id);
  });
  return { type: 'ids', path, values, boost: readBoost(options) };
}
